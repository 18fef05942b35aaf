"""``evidence``, ``retention`` and ``keys rotate``: the record, and how it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say
from gateway.cli.trust import moment
from gateway.engine.proving import damage, evidence_of, holders_of
from gateway.evidence import bundle
from gateway.evidence.bundle import Verified
from gateway.findings import Finding, Severity
from gateway.pipeline.proof import FOLDER, PROFILE, Proof, proofs
from gateway.store import revocations, sealing, verifying
from gateway.store.anchor import Anchor, Damaged
from gateway.store.evidence import Gathered
from gateway.store.resealing import reseal
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.revocation import Facts
from gateway.trust.report import TrustReport

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
    as_of: Annotated[
        str | None,
        typer.Option(help="Judge what was signed as of this day or time, too."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One object.")] = False,
) -> None:
    """Recompute the chain of events and hold stored bytes against what was attested.

    Of an order or transmission its own bytes, versions and events; of a bundle all of
    it, without any database. Without an argument the whole chain. What was signed is
    judged again by the lists and answers that were kept with it.
    """
    if (what and every) or (as_of and not what):
        say.failed("name one thing, or --all")
    at = moment("--as-of", as_of)
    if what and not what.startswith(("ord_", "rcp_", "int_", "as2_")):
        _verify_file(Path(what), key, at, as_json=json)
        return
    with opened.gateway() as gateway:
        if what:
            _verify_one(gateway, what, at, as_json=json)
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
        wrong = damage(gathered)
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
        gathered = evidence_of(gateway.engine, id_)
    except Damaged as problem:
        say.failed(str(problem))
    if gathered is None:
        say.failed(f"there is no {id_}")
    return gathered


def _verify_one(
    gateway: Gateway, id_: str, at: datetime | None, *, as_json: bool
) -> None:
    gathered = _gathered(gateway, id_)
    told = bundle.hold(gathered.evidence)
    found = [*gathered.findings, *told]
    evidence = gathered.evidence
    counts = {"members": len(evidence.members), "events": len(evidence.lines)}
    read = {
        one.name: b"".join(one.content.chunks())
        for one in evidence.members
        if _is_of_proof(one.name)
    }
    again = _again(read, at, gateway)
    _tell(id_, counts, found, as_json=as_json, again=again)


def _is_of_proof(name: str) -> bool:
    return name.startswith(FOLDER) or name == PROFILE


def _again(
    members: Mapping[str, bytes], at: datetime | None, gateway: Gateway | None = None
) -> list[_Judged]:
    """What was signed, judged again: for the moment of then, or for another one."""
    return [_judged(one, at, gateway) for one in proofs(members)]


def _judged(one: Proof, at: datetime | None, gateway: Gateway | None) -> _Judged:
    as_of, now = at or one.as_of, datetime.now(UTC)

    def also(certificates: Sequence[Certificate]) -> Facts:
        if gateway is None:
            return Facts()
        with gateway.db.read() as tx:
            return revocations.facts_about(tx, certificates, as_of)

    holders = holders_of(gateway.engine, one.partner_id) if gateway else ()
    found = one.judged(now, as_of, also, holders)
    if found is None:
        return _Judged(one.id, as_of)
    if at is None:
        return _Judged(one.id, as_of, found, one.differs(found))
    what = (
        f"{one.id} as of {as_of:%Y-%m-%d %H:%M} UTC: {found.constraint}: {found.what}"
    )
    wrong = None if found.is_passed else Finding.of("EVD-013", what, value=one.id)
    return _Judged(one.id, as_of, found, wrong)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of a signed document; no report: it could not be judged here."""

    id: str
    as_of: datetime
    report: TrustReport | None = None
    wrong: Finding | None = None

    @property
    def told(self) -> str:
        """A line for people."""
        verdict = self.report.verdict if self.report else "not judged"
        return f"{self.id}: {verdict} as of {self.as_of:%Y-%m-%d %H:%M:%S} UTC"


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


def _verify_file(
    path: Path, key: Path | None, at: datetime | None, *, as_json: bool
) -> None:
    try:
        pem = key.read_bytes() if key else None
        with path.open("rb") as file:
            told = bundle.verify(file, pem)
            read = bundle.read(file, _is_of_proof) if not told.findings else {}
    except OSError as problem:
        say.failed(f"{problem.filename}: {problem.strerror}")
    counts = {"members": told.members, "events": told.events}
    about = told.about.get("id", "")
    what, again = f"{path} {about}".rstrip(), _again(read, at)
    _tell(what, counts, told.findings, as_json=as_json, of=told, again=again)


def _tell(
    what: str,
    counts: Mapping[str, int],
    found: list[Finding],
    *,
    as_json: bool,
    of: Verified | None = None,
    again: Sequence[_Judged] = (),
) -> None:
    found = [*found, *(one.wrong for one in again if one.wrong)]
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
        facts: dict[str, Any] = {"key": of.key, **of.about} if of else {}
        if again:
            facts["signed"] = [
                {
                    "id": one.id,
                    "as_of": one.as_of.isoformat(),
                    "report": one.report.as_json() if one.report else None,
                }
                for one in again
            ]
        say.as_json({**facts, **counts, "whole": not wrong, "findings": rows})
    else:
        say.findings(found)
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        say.line(f"{what}: {'NOT whole' if wrong else 'whole'}; {told}")
        if of is not None and of.key:
            say.line(f"signed by key {of.key}")
        for one in again:
            say.line(one.told)
    if wrong:
        raise typer.Exit(say.FOUND)


def _serious(found: list[Finding]) -> list[Finding]:
    heavy = (Severity.REJECT, Severity.ERROR)
    return [one for one in found if one.severity in heavy]
