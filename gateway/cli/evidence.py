"""``evidence``, ``retention`` and ``keys rotate``: the record, and how it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say
from gateway.evidence import bundle
from gateway.evidence.bundle import Verified
from gateway.findings import Finding, Severity
from gateway.store import sealing, verifying
from gateway.store.anchor import Anchor, Damaged
from gateway.store.evidence import Gathered, gather
from gateway.store.resealing import reseal
from gateway.trust.cms import Holder

_Key = Annotated[
    Path | None,
    typer.Option(help="The public key (PEM) that must have signed the bundle."),
]


def verify(
    what: Annotated[
        str, typer.Argument(help="An ord_, rcp_, int_, as2_, or a file.")
    ] = "",
    every: Annotated[
        bool, typer.Option("--all", help="The whole chain and all payloads.")
    ] = False,
    key: _Key = None,
    json: Annotated[bool, typer.Option("--json", help="One object.")] = False,
) -> None:
    """Recompute the chain of events and hold stored bytes against what was attested.

    Of an order or transmission its own bytes, versions and events; of a bundle all of
    it, without any database. Without an argument the whole chain.
    """
    if what and every:
        say.failed("name one thing, or --all")
    if what and not what.startswith(("ord_", "rcp_", "int_", "as2_")):
        _verify_file(Path(what), key, as_json=json)
        return
    with opened.gateway() as gateway:
        if what:
            _verify_one(gateway, what, as_json=json)
        else:
            _verify_chain(gateway, payloads=every, as_json=json)


def export(
    order: Annotated[str, typer.Argument(help="An ord_, rcp_, int_ or as2_.")],
    out: Annotated[Path, typer.Argument(help="The bundle to write, a ZIP.")],
) -> None:
    """Write all that proves an order into one bundle, which proves itself.

    Nothing is written when stored bytes are not what they were.
    """
    with opened.gateway() as gateway:
        gathered = _gathered(gateway, order)
        wrong = _serious(gathered.findings)
        if wrong:
            say.refused(wrong)
        signer = gateway.engine.anchor.signer()
        part = out.with_name(f"{out.name}.part")
        try:
            with part.open("wb") as file:
                bundle.write(gathered.evidence, signer, file)
            part.replace(out)
        except OSError as problem:
            say.failed(f"{out}: {problem.strerror or problem}")
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
    say.findings(gathered.findings)
    say.line(f"{out}: {len(gathered.evidence.lines)} events, key {signer.name}")


def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what would be deleted.")
    ] = False,
) -> None:
    """Delete what its days are over for (GATEWAY_RETAIN_..._DAYS), as the job does.

    What an undecided order, a quarantined transmission or an unsent message still
    needs stays, however old it is.
    """
    with opened.gateway() as gateway:
        done = gateway.engine.retain(is_trial=dry_run)
        at = gateway.settings
    days = (at.retain_messages_days, at.retain_payloads_days, at.retain_events_days)
    if not any(days):
        say.line("Everything is kept for ever: no GATEWAY_RETAIN_..._DAYS is set")
        return
    counts = ", ".join(f"{n} {name}" for name, n in asdict(done).items())
    say.line(f"{'Would delete' if dry_run else 'Deleted'} {counts}")


def keys_rotate() -> None:
    """Seal all payloads and order texts under the first key of GATEWAY_PAYLOAD_KEY.

    Stop no process for it; each must know both keys. It may be run again.
    """
    with opened.gateway() as gateway:
        keys = gateway.db.payloads.keys
        if not keys.first:
            say.failed("GATEWAY_PAYLOAD_KEY names no key")
        if keys.fault is not None:
            say.refused((keys.fault,))
        count = reseal(gateway.db)
    say.line(f"{count} payloads and texts are sealed anew, all under {keys.first}")


def show_key() -> None:
    """Print the public key that checkpoints and bundles are signed with (PEM)."""
    anchor = Anchor(opened.settings().home / "evidence")
    say.line(anchor.signer().public.decode().rstrip())


def _gathered(gateway: Gateway, id_: str) -> Gathered:
    """The evidence, once all that happened until now is sealed."""
    try:
        while gateway.engine.seal():
            pass
        keys = gateway.engine.anchor.public_keys()
    except Damaged as problem:
        say.failed(str(problem))
    with gateway.db.read() as tx:
        gathered = gather(tx, gateway.db.payloads, id_, keys, _holders(gateway))
    if gathered is None:
        say.failed(f"there is no {id_}")
    return gathered


def _holders(gateway: Gateway) -> Callable[[str], Sequence[Holder]]:
    """Our keys towards a partner that open what it encrypted."""

    def of(partner_id: str) -> Sequence[Holder]:
        ours = gateway.engine.keyrings.of(partner_id).ours.decrypting()
        return [(key.certificate, key.private_key) for key in ours]

    return of


def _verify_one(gateway: Gateway, id_: str, *, as_json: bool) -> None:
    gathered = _gathered(gateway, id_)
    told = bundle.hold(gathered.evidence)
    found = [*gathered.findings, *told]
    evidence = gathered.evidence
    counts = {"members": len(evidence.members), "events": len(evidence.lines)}
    _tell(id_, counts, found, as_json=as_json)


def _verify_chain(gateway: Gateway, *, payloads: bool, as_json: bool) -> None:
    anchor = gateway.engine.anchor
    try:
        head, keys = anchor.head(), anchor.public_keys()
    except Damaged as problem:
        say.failed(str(problem))
    with gateway.db.read() as tx:
        seen = verifying.verify(tx, keys, [head] if head else [])
        if payloads:
            for found in verifying.payloads(tx, gateway.db.payloads):
                seen.payloads += 1
                seen.findings += [found] if found else []
        is_behind = head is None and sealing.last_checkpoint(tx) is not None
    if is_behind:
        what = f"there is no {anchor.folder}/head.json: a cut end would not be seen"
        seen.findings.append(Finding.of("EVD-005", what, severity=Severity.WARNING))
    counts = {"events": seen.events, "checkpoints": seen.checkpoints}
    if payloads:
        counts["payloads"] = seen.payloads
    _tell("the chain", counts, seen.findings, as_json=as_json)


def _verify_file(path: Path, key: Path | None, *, as_json: bool) -> None:
    try:
        pem = key.read_bytes() if key else None
        with path.open("rb") as file:
            told = bundle.verify(file, pem)
    except OSError as problem:
        say.failed(f"{problem.filename}: {problem.strerror}")
    counts = {"members": told.members, "events": told.events}
    about = told.about.get("id", "")
    _tell(f"{path} {about}".rstrip(), counts, told.findings, as_json=as_json, of=told)


def _tell(
    what: str,
    counts: Mapping[str, int],
    found: list[Finding],
    *,
    as_json: bool,
    of: Verified | None = None,
) -> None:
    wrong = _serious(found)
    if as_json:
        rows = [
            {
                "code": one.code,
                "severity": str(one.severity),
                "where": str(one.where),
                "what": one.what,
            }
            for one in found
        ]
        facts = {"key": of.key, **of.about} if of else {}
        say.as_json({**facts, **counts, "whole": not wrong, "findings": rows})
    else:
        say.findings(found)
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        say.line(f"{what}: {'NOT whole' if wrong else 'whole'}; {told}")
        if of is not None and of.key:
            say.line(f"signed by key {of.key}")
    if wrong:
        raise typer.Exit(say.FOUND)


def _serious(found: list[Finding]) -> list[Finding]:
    heavy = (Severity.REJECT, Severity.ERROR)
    return [one for one in found if one.severity in heavy]
