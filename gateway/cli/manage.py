"""``init``, ``release``, ``codes``, ``catalog``, ``profile`` and ``keys``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway import bootstrap
from gateway.bootstrap import Gateway
from gateway.catalog.importing import read_csv, read_json, rows
from gateway.catalog.model import Contract, Item
from gateway.cli import opened, say
from gateway.config import Settings
from gateway.findings import CODES, Finding, Severity
from gateway.partner import Directory, Profile
from gateway.store import catalog as catalogs
from gateway.store import change_page, keys, order_page, profiles
from gateway.store.catalog import Catalog
from gateway.store.database import Transaction
from gateway.verify.demanded import lacking
from gateway.verify.held import packs

_IN_MEMORY_BYTES = 16 * 1024 * 1024
"""Catalog files up to this size may have their rows in any order."""


def init(
    starters: Annotated[
        bool,
        typer.Option("--starters", help="Put the sample partners in force too."),
    ] = False,
) -> None:
    """Make a gateway: its folder, database, starter profiles and first key.

    The starters are copied to ``partner_profiles`` in the home folder, to be changed
    and applied. The key to the HTTP door is shown this once.
    """
    at = opened.settings()
    is_new = not opened.is_there(at)
    if is_new:
        opened.restored(at)
    try:
        at.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        copied = _copy(
            bootstrap.starter("partner_profiles"), at.home / "partner_profiles"
        )
    except OSError as problem:
        what = f"{problem.filename or at.home}: {problem.strerror or problem}"
        say.failed(f"{what}; GATEWAY_HOME names the folder, which has to be ours")
    gateway = opened.begun(at)
    try:
        with gateway.db.begin() as tx:
            first = not keys.every(tx)
            made = keys.make(tx, "init", "all", datetime.now(UTC)) if first else None
        is_new |= first and not gateway.db.is_sqlite
        if starters:
            put_starters_in_force(gateway)
    finally:
        gateway.close()
    say.line(f"{'Made' if is_new else 'There was'} a gateway in {at.home}")
    say.line(f"{copied} starter files are in {at.home / 'partner_profiles'}")
    if made:
        say.line(f"Key to the HTTP door, shown this once: {made[1]}")
    say.line("A user of the console: gateway users add NAME --role admin")
    say.line("Next: gateway serve")


def put_starters_in_force(gateway: Gateway) -> None:
    """Apply the sample partners and their catalogs."""
    now = datetime.now(UTC)
    for profile in bootstrap.starter_profiles():
        folder = bootstrap.starter("partner_profiles") / profile.id
        text = bootstrap.profile_text(folder / "profile.yaml", profile.id)
        assert isinstance(text, str), "it has been loaded"
        with gateway.db.begin() as tx:
            profiles.apply(tx, profile.id, text, now)
        prices = (folder / "catalog.csv").read_text("utf-8")
        read = read_csv(prices, "catalog.csv", partner_id=profile.id)
        catalogs.save(gateway.db, profile.id, read, now)


def _copy(source: Traversable, target: Path) -> int:
    """Copy what is not there yet; how many files there are."""
    target.mkdir(parents=True, exist_ok=True)
    count = 0
    for entry in source.iterdir():
        if entry.is_dir():
            count += _copy(entry, target / entry.name)
        else:
            count += 1
            if not (target / entry.name).exists():
                (target / entry.name).write_bytes(entry.read_bytes())
    return count


def release(
    id: Annotated[
        str, typer.Argument(help="A held ord_, a chg_, or an rcp_ in conflict.")
    ],
    as_: Annotated[
        str,
        typer.Option(
            "--as",
            help="accept, change or reject; of a conflict new, replacement or reject.",
        ),
    ],
    line: Annotated[
        list[str] | None, typer.Option(help="Only this line; may be repeated.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
) -> None:
    """Release a held order, decide a change of one, or a conflict.

    An order: as ordered, changed to ours, or rejected. While a line still waits the
    order stays held and nothing is sent. A change that waits or is held: as the buyer
    wants it, or rejected. A transmission whose number came before with
    other bytes: as a new one, as a replacement of the first, or rejected.
    """
    if id.startswith(("rcp_", "int_")):
        _settle(id, as_, reason)
        return
    order = id
    if as_ not in ("accept", "change", "reject"):
        say.failed(f"--as is accept, change or reject, not {as_!r}")
    with opened.gateway() as gateway:
        against = gateway.release(
            order, as_=as_, lines=line or (), reason=reason, by="cli"
        )
        if against:
            say.refused(against)
        with gateway.db.read() as tx:
            state = _state(tx, order)
    say.line(f"{order} is {state}")


def _state(tx: Transaction, id_: str) -> str:
    """Where an order or a change stands now."""
    if id_.startswith("chg_"):
        change = change_page.change(tx, id_)
        return change.change.state if change else ""
    order = order_page.order(tx, id_)
    return order.order.state if order else ""


def _settle(id_: str, as_: str, reason: str) -> None:
    if as_ not in ("new", "replacement", "reject"):
        say.failed(f"--as is new, replacement or reject, not {as_!r}")
    settle: Literal["new", "replacement", "reject"] = as_  # type: ignore[assignment]  # one of the three
    with opened.gateway() as gateway:
        against = gateway.settle(id_, as_=settle, by="cli", reason=reason)
    if against is not None:
        say.refused((against,))
    say.line(f"{id_} is settled: {as_}")


def codes(
    code: Annotated[str | None, typer.Argument(help="One code, or a prefix.")] = None,
) -> None:
    """Explain finding codes: what happened, what to do, what is answered."""
    wanted = (code or "").upper()
    rows_ = [row for row in CODES.values() if row.code.startswith(wanted)]
    if not rows_:
        say.failed(f"there is no code {code!r}")
    for row in rows_:
        answers = (
            ("TA105", row.ta105),
            ("AK502", row.ak502),
            ("AK905", row.ak905),
            ("AK304", row.ak304),
            ("AK403", row.ak403),
            ("0085", row.e0085),
            ("cXML", row.cxml),
        )
        told = " ".join(f"{name}={value}" for name, value in answers if value)
        say.line(f"{row.code}  {row.severity}  {row.title}. {row.fix}  {told}".rstrip())


# Catalogs.


def catalog_import(
    file: Annotated[Path, typer.Argument(help="CSV or JSON; see docs/catalog.md.")],
    partner: Annotated[str, typer.Option(help="Whose contracts these are.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read it, and change nothing.")
    ] = False,
) -> None:
    """Replace the items and prices of the contracts in a file.

    Nothing is taken over when any row is wrong. Files over 16 MB must be sorted by
    contract and item; they are streamed.
    """
    with opened.gateway() as gateway:
        if partner not in gateway.rules.directory.profiles:
            say.failed(f"there is no partner {partner!r} in force")
        read, found = _read(file, partner)
        for one in found:
            typer.echo(f"{one.where}: {one.code}: {one.what}. {one.fix}", err=True)
        if any(one.severity is Severity.REJECT for one in found):
            raise typer.Exit(say.FOUND)
        contracts = list(read.contracts)
        if dry_run:
            say.line(f"{len(contracts)} contracts could be imported")
            return
        count = catalogs.save(gateway.db, partner, read, datetime.now(UTC))
    say.line(f"{len(contracts)} contracts, {count} items imported for {partner}")


def _read(file: Path, partner: str) -> tuple[Catalog, Iterable[Finding]]:
    try:
        if file.stat().st_size > _IN_MEMORY_BYTES and file.suffix.lower() != ".json":
            return _streamed(file, partner)
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as problem:
        say.failed(f"{file}: not UTF-8 at byte {problem.start}; save it as UTF-8")
    except OSError as problem:
        say.failed(f"{file}: {problem.strerror or problem}")
    reader = read_json if file.suffix.lower() == ".json" else read_csv
    read = reader(text, file.name, partner_id=partner)
    return read, read.findings


@dataclass(frozen=True, slots=True)
class _Streamed:
    """A large sorted file: looked through once for faults, then once for its items."""

    file: Path
    partner: str
    contracts: tuple[Contract, ...]

    @property
    def items(self) -> Iterator[Item]:
        """The items, one in memory at a time."""
        with self.file.open(encoding="utf-8-sig", newline="") as lines:
            for one in rows(lines, self.file.name, partner_id=self.partner):
                if isinstance(one, Item):
                    yield one


def _streamed(file: Path, partner: str) -> tuple[_Streamed, list[Finding]]:
    contracts, found = [], []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for one in rows(lines, file.name, partner_id=partner):
            if isinstance(one, Contract):
                contracts.append(one)
            elif isinstance(one, Finding):
                found.append(one)
                if len(found) >= 500:
                    break
    return _Streamed(file, partner, tuple(contracts)), found


# Profiles and keys.


def profile_check(
    path: Annotated[Path, typer.Argument(help="A profile.yaml or its folder.")],
) -> None:
    """Check a profile: keys, values, the guide's places, and that its samples agree.

    Samples named good-* must be accepted, those named bad-* must not. Schemas and
    rules that it has documents of UBL held against must be there.
    """
    profile = _loaded(path)
    at = opened.settings()
    wrong = _disagreeing(_file(path).parent / "samples", profile, at)
    for name, verdict in wrong:
        say.line(f"{name}: {verdict}")
    missing = tuple(lacking(profile, packs(at.home), datetime.now(UTC).date()))
    say.findings(missing)
    if wrong or missing:
        raise typer.Exit(say.FOUND)
    say.line(f"{profile.id}: the profile is good")


def _disagreeing(folder: Path, profile: Profile, at: Settings) -> list[tuple[str, str]]:
    out = []
    for sample in sorted(folder.glob("*.edi")):
        expected = re.match("good|bad", sample.name)
        if not expected:
            continue
        seen = bootstrap.check_offline(
            [sample.read_bytes()], [profile], at, datetime.now(UTC)
        )
        verdict = seen.body["verdict"]
        if (verdict == "rejected") != (expected[0] == "bad"):
            out.append((sample.name, f"is {verdict}"))
    return out


def profile_apply(
    path: Annotated[Path, typer.Argument(help="A profile.yaml or its folder.")],
) -> None:
    """Put a profile in force, as a new version, once it is checked.

    Certificates that it names lie beside it, and are copied into it. A running gateway
    goes by the profile within seconds, and by its certificates within a minute.
    """
    profile = _loaded(path)
    with opened.gateway() as gateway:
        others = [p for p in gateway.profiles if p.id != profile.id]
        disputed = Directory.of([*others, profile]).findings
        if disputed:
            say.refused(disputed)
        text = bootstrap.profile_text(_file(path), str(_file(path)))
        if not isinstance(text, str):
            say.refused(text)
        with gateway.db.begin() as tx:
            version = profiles.apply(tx, profile.id, text, datetime.now(UTC))
    say.line(f"{profile.id} version {version.n} is in force")


def _file(path: Path) -> Path:
    return path / "profile.yaml" if path.is_dir() else path


def _loaded(path: Path) -> Profile:
    file = _file(path)
    known = bootstrap.all_tables(opened.settings().home)
    profile = bootstrap.load_profile(file, str(file), known)
    if not isinstance(profile, Profile):
        say.refused(profile)
    if opened.settings().env == "production":
        bare = tuple(bootstrap.unprotected(profile, str(file)))
        if bare:
            say.refused(bare)
    return profile


def keys_make(
    name: Annotated[str, typer.Argument(help="Who or what it is for.")],
    partner: Annotated[
        str | None, typer.Option(help="Only this partner's rows and files.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, help="So long it is good; else for ever."),
    ] = None,
    right: Annotated[
        list[str] | None,
        typer.Option(help=f"What it is for: {', '.join(keys.RIGHTS)}; else all."),
    ] = None,
) -> None:
    """Make a key to the HTTP door and show it this once.

    A partner's key is for read and write at most.
    """
    for one in right or ():
        if one not in keys.RIGHTS:
            say.failed(f"there is no right {one!r}; rights: {', '.join(keys.RIGHTS)}")
    scope = f"partner:{partner}" if partner else "all"
    with opened.gateway() as gateway:
        if partner and partner not in gateway.rules.directory.profiles:
            say.failed(f"there is no partner {partner!r} in force")
        with gateway.db.begin() as tx:
            now = gateway.clock()
            ends = None if days is None else now + timedelta(days=days)
            rights = right or keys.RIGHTS
            _, secret = keys.make(tx, name, scope, now, ends, rights=rights, by="cli")
    say.line(secret)


def keys_doors(
    json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """List the keys to the HTTP door that are not revoked, and when they end."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        every, now = keys.every(tx), gateway.clock()
    if json:
        for one in every:
            told = {"rights": sorted(one.rights), "has_ended": one.has_ended(now)}
            say.as_json(asdict(one) | told)
        return
    head = ("key", "name", "for", "rights", "made", "ends")
    say.table(
        head,
        (
            (
                one.id,
                one.name,
                one.partner_id or "everything",
                " ".join(each for each in keys.RIGHTS if each in one.rights),
                f"{one.created_at:%Y-%m-%d %H:%M}",
                _end_of(one, now),
            )
            for one in every
        ),
    )


def _end_of(one: keys.ApiKey, now: datetime) -> str:
    if one.expires_at is None:
        return "never"
    return f"{one.expires_at:%Y-%m-%d %H:%M}" + " (over)" * one.has_ended(now)


def keys_revoke(
    key: Annotated[str, typer.Argument(help="Its id, key_...")],
) -> None:
    """End a key to the HTTP door: from now on it opens nothing."""
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        done = keys.revoke(tx, key, gateway.clock())
    if not done:
        say.failed(f"there is no key {key} that is not revoked")
    say.line(f"{key} opens nothing any more")
