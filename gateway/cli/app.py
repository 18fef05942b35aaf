"""The command ``gateway``: exit 0 fine, 1 something was found, 2 usage or failure."""

from __future__ import annotations

import os
import sys

import typer

from gateway.cli import (
    again,
    check,
    demo,
    doctor,
    evidence,
    explain,
    guide,
    invoice,
    logs,
    look,
    manage,
    moving,
    own_keys,
    secrets,
    send,
    sftp,
    sftp_try,
    ship,
    standard,
    work,
)

app = typer.Typer(
    name="gateway",
    help="An EDI and procurement integration gateway for suppliers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
catalog = typer.Typer(help="Contracts and prices.", no_args_is_help=True)
profile = typer.Typer(help="Trading partners.", no_args_is_help=True)
guides = typer.Typer(help="Partners' guides.", no_args_is_help=True)
standards = typer.Typer(help="Tables of the standards.", no_args_is_help=True)
proofs = typer.Typer(help="What proves an order.", no_args_is_help=True)
keys = typer.Typer(
    help="Keys to the HTTP door and to the payloads, private keys, certificates.",
    no_args_is_help=True,
)
hidden = typer.Typer(
    help="Passwords and tokens that profiles refer to.", no_args_is_help=True
)

sending = typer.Typer(
    help="Tell partners what they do not ask for.", no_args_is_help=True
)
doors = typer.Typer(help="The SFTP door that we host.", no_args_is_help=True)
accounts = typer.Typer(help="Who may come in.", no_args_is_help=True)

app.command()(manage.init)
app.command()(demo.demo)
app.command()(check.check)
app.command()(explain.explain)
app.command()(work.receive)
app.command("work")(work.work)
app.command()(work.serve)
app.command()(look.orders)
app.command()(look.messages)
app.command()(look.alerts)
app.command()(look.show)
app.command()(manage.release)
app.command()(ship.ship)
app.command()(invoice.invoice)
sending.command("stock")(send.stock)
app.add_typer(sending, name="send")
app.command()(again.resend)
app.command()(again.skip)
app.command()(again.reissue)
app.command()(again.reprocess)
app.command()(manage.codes)
app.command()(doctor.doctor)
app.command()(check.bench)
app.command("migrate-store")(moving.migrate_store)
app.command()(moving.backup)
app.command()(moving.restore)
catalog.command("import")(manage.catalog_import)
profile.command("check")(manage.profile_check)
profile.command("apply")(manage.profile_apply)
guides.command("doc")(guide.guide_doc)
guides.command("learn")(guide.guide_learn)
standards.command("import")(standard.standard_import)
standards.command("show")(standard.standard_show)
standards.command("diff")(standard.standard_diff)
keys.command("make")(manage.keys_make)
keys.command("doors")(manage.keys_doors)
keys.command("revoke")(manage.keys_revoke)
app.add_typer(catalog, name="catalog")
app.add_typer(profile, name="profile")
app.add_typer(guides, name="guide")
app.add_typer(standards, name="standard")
proofs.command("verify")(evidence.verify)
proofs.command("export")(evidence.export)
proofs.command("key")(evidence.show_key)
keys.command("rotate")(evidence.keys_rotate)
app.command()(evidence.retention)
keys.command("create")(own_keys.create)
keys.command("import")(own_keys.import_)
keys.command("list")(own_keys.list_)
keys.command("roll-over")(own_keys.roll_over)
keys.command("export")(own_keys.export)
keys.command("retire")(own_keys.retire)
hidden.command("set")(secrets.set_)
hidden.command("list")(secrets.list_)
hidden.command("remove")(secrets.remove)
keys.add_typer(hidden, name="secret")
app.add_typer(keys, name="keys")
app.add_typer(proofs, name="evidence")
doors.command("serve")(sftp.serve)
doors.command("host-keys")(sftp.host_keys)
doors.command("try")(sftp_try.try_)
accounts.command("add")(sftp.add)
accounts.command("list")(sftp.list_)
accounts.command("remove")(sftp.remove)
accounts.command("key")(sftp.key_)
accounts.command("password")(sftp.password_)
doors.add_typer(accounts, name="account")
app.add_typer(doors, name="sftp")


def main() -> None:
    """Run the command line; logs go to the standard error stream."""
    logs.configure(for_machines=os.environ.get("GATEWAY_ENV") == "production")
    try:
        app()
    except BrokenPipeError:
        # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
