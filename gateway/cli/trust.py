"""``trust``: whether a signed document is believed, and the lists that tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from pydantic import TypeAdapter, ValidationError

from gateway import bootstrap
from gateway.bootstrap import Gateway
from gateway.cli import opened, say
from gateway.cli.check import profiles_of
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.scalars import Moment
from gateway.pipeline.signed import open_signed
from gateway.store import list_sources
from gateway.store import revocations as kept
from gateway.store.list_sources import ListSource
from gateway.trust.judging import Asked, Judged
from gateway.trust.list_signers import signer_of
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import RevocationList, UnreadableList
from gateway.trust.pki.form import against_list
from gateway.trust.pki.ocsp import OcspAnswer, UnreadableAnswer
from gateway.trust.pki.revocation import Facts
from gateway.trust.policy import Rules, rules_of
from gateway.trust.recipients import Holder
from gateway.trust.report import SignerReport, TrustReport

_MOST_BYTES = 64 * 1024 * 1024


def verify(  # noqa: PLR0913, PLR0917  # one for each option
    file: Annotated[Path, typer.Argument(help="The document, signed or to be.")],
    signature: Annotated[
        Path | None, typer.Option(help="Its signature, where that is a file.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(help="By the trust of this partner, or of this profile.yaml."),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="As of this day or time; else as of now.")
    ] = None,
    revocations: Annotated[
        list[Path] | None,
        typer.Option("--list", help="A revocation list or OCSP answer; repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write what was signed there, if believed.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One object.")] = False,
) -> None:
    """Say whether a document is believed: passed, indeterminate or failed, and why.

    Ends with 0 when it passed. Without a profile nobody is trusted, so at best the
    signature is right. Nothing is kept.
    """
    now = datetime.now(UTC)
    then = moment("--at", at) or now
    data, beside = _read(file), _read(signature) if signature else None
    facts = _facts(revocations or ())
    with _chosen(profile) as (chosen, holders, known):
        asked = Asked(
            rules=rules_of(chosen) if chosen else Rules(name="none"),
            facts=lambda those: _both(facts, known(those, then)),
            now=now,
            as_of=then,
        )
        judged = open_signed(asked, data, beside, holders)
    if json:
        say.as_json({"file": str(file)} | judged.report.as_json())
    else:
        _tell(str(file), judged.report)
    if not judged.report.is_passed:
        raise typer.Exit(say.FOUND)
    _write(out, judged)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as problem:
        say.failed(f"{path}: {problem.strerror or problem}")
    if len(data) > _MOST_BYTES:
        say.failed(f"{path}: more than {_MOST_BYTES} bytes")
    return data


_Known: TypeAlias = Callable[[Sequence[Certificate], datetime], Facts]


def _nothing(those: Sequence[Certificate], at: datetime) -> Facts:
    """What is known of revocation where no gateway is."""
    return Facts()


@contextmanager
def _chosen(
    named: str | None,
) -> Iterator[tuple[Profile | None, Sequence[Holder], _Known]]:
    """The profile, our keys for what is encrypted, and the lists that are kept."""
    if named is None:
        yield None, (), _nothing
        return
    if named.endswith((".yaml", ".yml")):
        loaded = bootstrap.load_profile(Path(named), named)
        if not isinstance(loaded, Profile):
            say.refused(loaded)
        yield loaded, (), _nothing
        return
    at = opened.settings()
    if not opened.is_there(at):
        yield profiles_of(at, named)[0], (), _nothing
        return
    with opened.gateway(at) as gateway:
        chosen = next((one for one in gateway.profiles if one.id == named), None)
        if chosen is None:
            say.failed(f"there is no partner {named!r}")
        keys = gateway.engine.keyrings.of(named).ours.decrypting()

        def known(those: Sequence[Certificate], at: datetime) -> Facts:
            with gateway.db.read() as tx:
                return kept.facts_about(tx, those, at)

        yield chosen, [(key.certificate, key.private_key) for key in keys], known


def _both(one: Facts, other: Facts) -> Facts:
    return Facts(one.lists + other.lists, one.answers + other.answers)


def import_lists(
    files: Annotated[list[Path], typer.Argument(help="Revocation lists, DER or PEM.")],
) -> None:
    """Keep revocation lists, indexed by number, for signed documents of all partners.

    Each must be signed by an anchor or an intermediate of some partner's profile. Older
    lists stay, for who asks about a moment of theirs.
    """
    now = datetime.now(UTC)
    with opened.gateway() as gateway:
        issuers = [rules_of(profile) for profile in gateway.profiles]
        wrong = list[Finding]()
        for path in files:
            told = _kept(gateway, path, issuers, now)
            if isinstance(told, Finding):
                wrong.append(told)
            else:
                say.line(told)
    if wrong:
        say.refused(wrong)


def _kept(
    gateway: Gateway, path: Path, those: Sequence[Rules], now: datetime
) -> str | Finding:
    try:
        found = RevocationList.read(_read(path))
        signer = signer_of(found, those, now)
        if signer is None:
            return Finding.of("TRU-418", f"{path}: nobody who is known signed the list")
        with gateway.db.read() as tx:
            if kept.is_known(tx, found.sha256):
                return f"{path}: is kept already{_but(found, those, now)}"
        kept.keep(gateway.db, found, signer.spki, str(path), now)
    except UnreadableList as problem:
        return Finding.of("TRU-418", f"{path}: {problem}")
    until = f"until {found.until:%Y-%m-%d %H:%M} UTC" if found.until else "no end"
    return f"{path}: kept, {until}{_but(found, those, now)}"


def _but(found: RevocationList, those: Sequence[Rules], now: datetime) -> str:
    """What keeps a list from counting for some who know its signer, and what to do."""
    broken = against_list(found)
    by = (one for one in those if one.demand(now).is_strict)
    if not broken or not any(signer_of(found, [one], now) for one in by):
        return ""
    return f"; {broken}: it counts only where a profile says trust: {{form: lenient}}"


def fetch() -> None:
    """Fetch the revocation lists that are due now, as a running gateway does.

    Ends with 1 when one of them could not be fetched or is not believed.
    """
    with opened.gateway() as gateway:
        count = gateway.engine.revocations.refresh()
        with gateway.db.read() as tx:
            wrong = [one for one in list_sources.every(tx) if one.said]
    say.line(f"{count} looked for")
    if wrong:
        say.refused([Finding.of("TRU-418", f"{one.url}: {one.said}") for one in wrong])


def lists() -> None:
    """List the revocation lists that are kept, those that end last first.

    Behind them the addresses that are fetched from, and why the last look failed.
    """
    with opened.gateway() as gateway, gateway.db.read() as tx:
        rows = kept.listed(tx)
        sources = list_sources.every(tx)
    say.table(
        ("since", "until", "entries", "source"),
        [
            (
                f"{r.since:%Y-%m-%d %H:%M}",
                f"{r.until:%Y-%m-%d %H:%M}",
                r.entries,
                r.source,
            )
            for r in rows
        ],
    )
    _sources(sources)


def _sources(found: Sequence[ListSource]) -> None:
    if found:
        rows = [(one.url, one.failures, one.said or "well") for one in found]
        say.table(("fetched from", "failures", "last look"), rows)


def moment(option: str, text: str | None) -> datetime | None:
    """The moment that an option names, if it is given."""
    if text is None:
        return None
    try:
        found: datetime = TypeAdapter(Moment).validate_python(text)
    except ValidationError:
        say.failed(
            f"{option} {text}: write a day like 2027-01-31, or a time with its zone"
        )
    return found


def _facts(files: Sequence[Path]) -> Facts:
    lists, answers = list[RevocationList](), list[OcspAnswer]()
    for path in files:
        data = _read(path)
        try:
            lists.append(RevocationList.read(data))
        except UnreadableList as no_list:
            try:
                answers.append(OcspAnswer.read(data))
            except UnreadableAnswer:
                found = Finding.of("TRU-418", f"{path}: {no_list}")
                say.refused([found])
    return Facts(tuple(lists), tuple(answers))


def _tell(name: str, report: TrustReport) -> None:
    say.line(f"{name}: {report.verdict}{_because(report)}")
    say.line(
        f"  trust profile {report.profile}, as of {report.as_of:%Y-%m-%d %H:%M:%S}Z"
    )
    for one in report.signers:
        say.line(
            f"  signed by {one.subject or 'somebody'}: {one.verdict}{_because(one)}"
        )
        for name_, clock in (("claimed", one.claimed_at), ("proven", one.proven_at)):
            if clock is not None:
                apart = abs(round((report.checked_at - clock).total_seconds()))
                say.line(
                    f"    {name_} at {clock.isoformat()}, {apart} s from our clock"
                )
        for link in one.path:
            until = f"until {link.until:%Y-%m-%d}, revocation {link.revocation}"
            say.line(f"    {link.subject} ({link.fingerprint[:16]}) {until}")
        if one.policies:
            say.line(f"    policies {', '.join(one.policies)}")


def _because(one: TrustReport | SignerReport) -> str:
    if one.sub is None:
        return ""
    return f", {one.sub} ({one.sub.code}, {one.constraint}): {one.what}"


def _write(out: Path | None, judged: Judged) -> None:
    if out is not None:
        try:
            out.write_bytes(judged.content or b"")
        except OSError as problem:
            say.failed(f"{out}: {problem.strerror or problem}")
