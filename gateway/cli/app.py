"""The command ``gateway``: exit 0 fine, 1 something was found, 2 usage or failure."""

from __future__ import annotations

import gc
import os
import signal
import sys

from gateway.cli.lazily import group

_OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""What is made while modules are read stays, so looking for cycles is in vain."""

app = group(
    "An EDI and procurement integration gateway for suppliers.",
    {
        "init": "manage.init",
        "demo": "demo.demo",
        "check": "check.check",
        "explain": "explain.explain",
        "receive": "work.receive",
        "work": "work.work",
        "serve": "work.serve",
        "orders": "look.orders",
        "changes": "changes.changes",
        "messages": "look.messages",
        "alerts": "look.alerts",
        "advices": "advices.advices",
        "sla": "sla.sla",
        "show": "look.show",
        "release": "manage.release",
        "ship": "ship.ship",
        "invoice": "invoice.invoice",
        "resend": "again.resend",
        "skip": "again.skip",
        "reissue": "again.reissue",
        "reprocess": "again.reprocess",
        "codes": "manage.codes",
        "doctor": "doctor.doctor",
        "bench": "check.bench",
        "migrate-store": "moving.migrate_store",
        "backup": "moving.backup",
        "restore": "moving.restore",
        "retention": "evidence.retention",
        "send": group(
            "Tell partners what they do not ask for.",
            {
                "stock": "send.stock",
                "prices": "send.prices",
                "status": "send.status",
            },
        ),
        "catalog": group(
            "Contracts and prices, and what partners' numbers mean.",
            {"import": "manage.catalog_import", "map": "mapping.catalog_map"},
        ),
        "profile": group(
            "Trading partners.",
            {"check": "manage.profile_check", "apply": "manage.profile_apply"},
        ),
        "guide": group(
            "Partners' guides.",
            {"doc": "guide.guide_doc", "learn": "guide.guide_learn"},
        ),
        "standard": group(
            "Tables of the standards.",
            {
                "import": "standard.standard_import",
                "show": "standard.standard_show",
                "diff": "standard.standard_diff",
            },
        ),
        "cxml": group("cXML documents.", {"add-dtd": "cxml.add_dtd"}),
        "ubl": group(
            "Schemas and business rules of UBL.",
            {"add": "ubl.add", "show": "ubl.show"},
        ),
        "simulate": group("Play a partner.", {"punchout": "simulate.punchout"}),
        "keys": group(
            "Keys to the HTTP door and to the payloads, private keys, certificates.",
            {
                "make": "manage.keys_make",
                "doors": "manage.keys_doors",
                "revoke": "manage.keys_revoke",
                "rotate": "evidence.keys_rotate",
                "create": "own_keys.create",
                "import": "own_keys.import_",
                "list": "own_keys.list_",
                "roll-over": "own_keys.roll_over",
                "export": "own_keys.export",
                "retire": "own_keys.retire",
                "secret": group(
                    "Passwords and tokens that profiles refer to.",
                    {
                        "set": "secrets.set_",
                        "list": "secrets.list_",
                        "remove": "secrets.remove",
                    },
                ),
            },
        ),
        "webhooks": group(
            "Where events are posted to.",
            {
                "add": "hooks.add",
                "list": "hooks.list_",
                "rotate": "hooks.rotate",
                "pause": "hooks.pause",
                "resume": "hooks.resume",
                "remove": "hooks.remove",
                "events": "hooks.events",
                "replay": "hooks.replay",
            },
        ),
        "users": group(
            "Who may use the console.",
            {
                "add": "users.add",
                "list": "users.list_",
                "role": "users.role",
                "password": "users.password",
                "disable": "users.disable",
                "enable": "users.enable",
            },
        ),
        "evidence": group(
            "What proves an order.",
            {
                "verify": "evidence.verify",
                "export": "evidence.export",
                "key": "evidence.show_key",
            },
        ),
        "trust": group(
            "Whether signed documents are believed.",
            {
                "verify": "trust.verify",
                "import": "trust.import_lists",
                "fetch": "trust.fetch",
                "lists": "trust.lists",
            },
        ),
        "sftp": group(
            "The SFTP door that we host.",
            {
                "serve": "sftp.serve",
                "host-keys": "sftp.host_keys",
                "try": "sftp_try.try_",
                "account": group(
                    "Who may come in.",
                    {
                        "add": "sftp.add",
                        "list": "sftp.list_",
                        "remove": "sftp.remove",
                        "key": "sftp.key_",
                        "password": "sftp.password_",
                    },
                ),
            },
        ),
    },
    name="gateway",
)


def main() -> None:
    """Run the command line; logs go to the standard error stream."""
    _open_streams()
    if os.getpid() == 1:
        _obey_signals()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 50)
    from gateway.cli import logs  # noqa: PLC0415  after the threshold is set

    logs.configure(for_machines=os.environ.get("GATEWAY_ENV") == "production")
    try:
        app()
    except BrokenPipeError:
        # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _obey_signals() -> None:
    """End when told to, while nothing is begun that has to be finished.

    To the first process of a container the system passes no signal on that it has no
    handler for: it would not hear SIGTERM before it works.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: sys.exit(128 + got))


def _open_streams() -> None:
    """Have all three standard streams: whoever started this may have closed them.

    A database or a connection would get the number of one that is closed, and what is
    printed would go there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # it takes the lowest free number
            os.set_inheritable(opened, True)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115  a number
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
