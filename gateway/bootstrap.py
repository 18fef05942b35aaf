"""Read package data and wire the rooms: tables, profiles, engine, doors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from typing import Any

import structlog

from gateway.config import Settings
from gateway.cxml_punchout.dtds import Dtds
from gateway.edi.edifact.directories import Directories
from gateway.edi.edifact.repair import repaired as edifact_repaired
from gateway.edi.lazily import Lazily
from gateway.edi.limits import Limits
from gateway.edi.sniff import Kind, sniff
from gateway.edi.tables import Tables, open_tables, read_tables
from gateway.edi.x12.repair import repaired
from gateway.engine import Engine, again, imported
from gateway.engine.again import Wish
from gateway.engine.agreements import Known
from gateway.engine.alerting import is_zone, zone
from gateway.engine.fetching import Polled
from gateway.engine.labelling import labels
from gateway.engine.releasing import release_order
from gateway.findings import Finding, Where
from gateway.findings.language import DOMAIN, Language, language
from gateway.partner import Directory, Profile, load
from gateway.partner.certificates import files_of as certificate_files
from gateway.partner.certificates import inlined
from gateway.partner.profile import As2Channel
from gateway.pipeline.explained import as_json
from gateway.pipeline.explaining import explain as explain_data
from gateway.pipeline.inbound import read
from gateway.pipeline.ports import Transport
from gateway.pipeline.preview import Preview, preview
from gateway.pipeline.release import As, Released
from gateway.pipeline.rules import Rules
from gateway.store import profiles, queries, sealed
from gateway.store.database import Database
from gateway.store.keyrings import Keyrings
from gateway.store.rows import StockRow
from gateway.store.secrets import SecretStore
from gateway.store.world import look_up
from gateway.transport import Pickup, erp_folders, partner_folders, transports
from gateway.transport.addresses import networks
from gateway.transport.folder import PartnerFolders
from gateway.transport.hook_posts import HookPosts
from gateway.transport.https import Lines
from gateway.transport.route import Credentials
from gateway.trust.files import NotReadable, certificates_in, pem
from gateway.trust.judging import Judged as TrustJudged
from gateway.trust.known import unreadable
from gateway.ubl.document import Document, is_ubl, read_document
from gateway.verify.business_rules import Judge, judged
from gateway.verify.held import Held, packs
from gateway.verify.workers import Worker

log = structlog.get_logger()
CHECK_ORDERS = 500
"""Orders that a check maps; further ones are only held against the tables."""


def starter(name: str) -> Traversable:
    """``partner_profiles`` or ``samples``: in an installed package, else beside it."""
    package = files("gateway")
    packed = package / "_starter" / name
    return packed if packed.is_dir() else Path(str(package)).parent / name


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The X12 tables that come with the package, read as they are used."""
    return open_tables(_package_texts("x12"))


def _package_texts(standard: str) -> Mapping[str, str]:
    """The texts of the package's tables, ``004010/850.txt``, read as they are used."""
    folder = files("gateway") / "edi" / standard / "tables"
    texts = {
        f"{version.name}/{file.name}": file
        for version in folder.iterdir()
        if version.is_dir()
        for file in version.iterdir()
        if file.name.endswith(".txt")
    }
    return Lazily(texts, lambda path: texts[path].read_text("utf-8"))


@lru_cache(maxsize=1)
def edifact() -> Directories:
    """The EDIFACT directories that come with the package, read as they are used."""
    return Directories(_package_texts("edifact"))


def all_edifact(home: Path) -> Directories:
    """The package's directories, and those imported into a home folder in their place.

    A directory that was imported counts as a whole: none of ours is mixed into it.
    """
    own = table_texts(home / "standards", "D[0-9][0-9][A-Z]")
    if not own:
        return edifact()
    packed = _package_texts("edifact")
    taken = {path.partition("/")[0] for path in own}
    kept = (path for path in packed if path.partition("/")[0] not in taken)

    def text(path: str) -> str:
        return own[path] if path in own else packed[path]

    return Directories(Lazily([*kept, *own], text))


def user_tables(home: Path) -> Mapping[str, str]:
    """The imported tables of a gateway's home folder, as ``read_tables`` takes them."""
    return table_texts(home / "standards", "[0-9]" * 6)


def table_texts(folder: Path, version: str) -> dict[str, str]:
    """The table files of the versions that fit a pattern; odd bytes are replaced."""
    return {
        f"{file.parent.name}/{file.name}": file.read_text("utf-8", errors="replace")
        for file in sorted(folder.glob(f"{version}/*.txt"))
    }


def all_tables(home: Path) -> Tables:
    """The package's tables, and before them those imported into a home folder.

    Imported tables that are damaged are left out; ``standard show`` says what is wrong.
    """
    texts = user_tables(home)
    own = read_tables(texts) if texts else None
    return tables().with_sets_of(own) if isinstance(own, Tables) else tables()


def dtds(home: Path) -> Dtds:
    """The DTDs of cXML that ``gateway cxml add-dtd`` laid into a home folder."""
    files_ = {
        f"{file.parent.name}/{file.name}": file.read_bytes
        for file in sorted((home / "cxml").glob("*/*.dtd"))
    }
    return Dtds(files_)


def limits(settings: Settings) -> Limits:
    """What one message may need, as the settings have it."""
    return Limits(
        message_bytes=settings.max_message_bytes,
        segment_bytes=settings.max_segment_bytes,
    )


def rules(
    loaded: Iterable[Profile], settings: Settings, always: Profile | None = None
) -> Rules:
    """Tables and these profiles; ``always`` is taken for every sender."""
    known = all_tables(settings.home)
    directories = all_edifact(settings.home)
    of = Directory.of(loaded)
    held = dtds(settings.home)
    return Rules(known, of, limits(settings), always, directories, held, zones=zone)


def load_profile(
    path: Path | Traversable, name: str, known: Tables | None = None
) -> Profile | tuple[Finding, ...]:
    """A profile from its file, held against the tables; or what is wrong with it.

    ``known`` are the tables; without them it is the package's.
    """
    text = profile_text(path, name)
    return profile_of(text, name, known) if isinstance(text, str) else text


def profile_of(
    text: str, name: str, known: Tables | None = None
) -> Profile | tuple[Finding, ...]:
    """A profile from its text, held against the tables; or what is wrong with it."""
    profile = load(text, name)
    if not isinstance(profile, Profile):
        return profile
    by = Rules(known or tables(), Directory.of([profile]), directories=edifact())
    against = (*by.guide_findings(profile), *_unknown_zones(profile, name))
    return against or (*unreadable(profile, name),) or profile


def profile_text(path: Path | Traversable, name: str) -> str | tuple[Finding, ...]:
    """A profile from its file, with the certificates beside it copied into it.

    So every node has them, and what was believed when is in the versions.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        told = getattr(problem, "strerror", None) or "it is no text in UTF-8"
        what = f"{name} cannot be read: {told}"
        return (Finding.of("CFG-001", what, Where(path=name)),)
    files_ = certificate_files(text)
    if not files_:
        return text
    profile = load(text, name)
    if not isinstance(profile, Profile):
        return profile
    found, pems = list[Finding](), dict[str, str]()
    for file, line in files_:
        try:
            pems[file] = _one_certificate(Path(str(path)).parent / file)
        except (OSError, NotReadable) as problem:
            told = getattr(problem, "strerror", None) or problem
            what = f"the certificate {file} cannot be read: {told}"
            where = Where(path=f"{name}:{line}")
            found.append(Finding.of("CFG-040", what, where, file))
    return tuple(found) or inlined(text, pems)


def _one_certificate(file: Path) -> str:
    with file.open("rb") as opened:
        every = certificates_in(opened.read(2_000_000))
    if len(every) != 1:
        raise NotReadable(f"{len(every)} certificates are in it; give each its entry")
    return pem(every)


def _unknown_zones(profile: Profile, name: str) -> Iterator[Finding]:
    """Time zones that this machine does not know."""
    if not is_zone(profile.cxml.zone):
        what = f"cxml: {profile.cxml.zone!r} is no time zone; write Europe/Paris"
        yield Finding.of("CFG-003", what, Where(path=name), profile.cxml.zone)
    for rule in profile.alerts:
        if rule.quiet and not is_zone(rule.quiet.zone):
            what = f"alerts: {rule.quiet.zone!r} is no time zone; write Europe/Paris"
            yield Finding.of("CFG-003", what, Where(path=name), rule.quiet.zone)
    for channel in profile.channels:
        zones = [channel.delivery.zone] if channel.delivery else []
        if isinstance(channel, Polled) and channel.get is not None:
            zones.append(channel.get.zone)
        for named in zones:
            if not is_zone(named):
                what = f"channels: {named!r} is no time zone; write Europe/Paris"
                yield Finding.of("CFG-003", what, Where(path=name), named)


def fit_to_apply(
    text: str, partner_id: str, settings: Settings, others: Iterable[Profile]
) -> Profile | tuple[Finding, ...]:
    """The profile of a partner if it may be put in force; or what speaks against it.

    Beside a text lie no files, so its certificates have to be in it.
    """
    name = f"{partner_id}/profile.yaml"
    profile = profile_of(text, name, all_tables(settings.home))
    if not isinstance(profile, Profile):
        return profile
    found = [
        Finding.of(
            "CFG-040",
            f"the certificate {file} has to stand in the profile itself",
            Where(path=f"{name}:{line}"),
            file,
        )
        for file, line in certificate_files(text)
    ]
    if profile.id != partner_id:
        what = f"the id is {profile.id!r}, and not {partner_id!r}"
        found.append(Finding.of("CFG-003", what, Where(path=name), profile.id))
    if settings.env == "production":
        found += unprotected(profile, name)
    rest = [one for one in others if one.id != profile.id]
    found += Directory.of([*rest, profile]).findings
    return tuple(found) or profile


def unprotected(profile: Profile, name: str) -> Iterator[Finding]:
    """AS2 channels without any security, which production refuses."""
    for channel in profile.channels:
        if isinstance(channel, As2Channel) and channel.security.is_none:
            what = f"the channel {channel.id} has no security"
            yield Finding.of("TRU-410", what, Where(path=name), channel.id)


def starter_profiles() -> tuple[Profile, ...]:
    """The profiles that come with the package."""
    folders = sorted(starter("partner_profiles").iterdir(), key=lambda f: f.name)
    loaded = (
        load_profile(folder / "profile.yaml", f"{folder.name}/profile.yaml")
        for folder in folders
        if (folder / "profile.yaml").is_file()
    )
    return tuple(profile for profile in loaded if isinstance(profile, Profile))


def spoken(name: str) -> Language:
    """The language of this name, read from the package."""
    if name == "en":
        return Language()
    place = files("gateway") / "locale" / name / "LC_MESSAGES" / f"{DOMAIN}.po"
    made = language(name, place.read_text("utf-8"), f"{name}/{DOMAIN}.po")
    if isinstance(made, Language):
        return made
    raise RuntimeError(f"the package's texts are damaged: {made[0].where}")


def active_profiles(db: Database) -> tuple[Profile, ...]:
    """The profiles in force. They were checked when they were applied."""
    with db.read() as tx:
        versions = profiles.active(tx)
    loaded = (load(v.yaml, f"{v.partner_id} version {v.n}") for v in versions)
    return tuple(profile for profile in loaded if isinstance(profile, Profile))


class Gateway:
    """One process of the gateway: the database and everything that works on it."""

    def __init__(
        self, settings: Settings, clock: Callable[[], datetime] | None = None
    ) -> None:
        """Opens the database and brings its tables up to date.

        Without a ``clock`` of its own it goes by the time that all processes of the
        database share.
        """
        self.settings = settings
        self.db = Database.open(settings)
        self.db.migrate()
        self.db.ask_time()
        self.clock = clock or self.db.time
        self.register_keys()
        self._renewing = threading.Lock()
        self._known = self._versions()
        self._imported = imported.stamp(settings.home)
        profiles_ = active_profiles(self.db)
        secrets = SecretStore(self.db)
        keyrings = Keyrings(self.db, secrets)
        self._credentials = Credentials(
            secrets,
            keyrings.of,
            self._agreed,
            self._believes,
        )
        laid = rules(profiles_, settings)
        self.engine = Engine(
            self.db,
            laid,
            settings,
            self._ways(laid),
            self.clock,
            secrets=secrets,
            keyrings=keyrings,
            hooks=HookPosts(
                Lines(), networks(settings.webhook_networks), settings.webhook_timeout_s
            ),
            judge=Judge(Held(settings.home)),
            renew=self.renew,
        )
        self.pickup = Pickup(
            self.engine.accept_file,
            self._folders(profiles_),
            settings,
            clock=self.clock,
        )

    @property
    def rules(self) -> Rules:
        """The tables and the profiles in force, as they are gone by."""
        return self.engine.rules

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles that are gone by, by partner id."""
        known = self.rules.directory.profiles
        return tuple(known[id_] for id_ in sorted(known))

    def renew(self) -> bool:
        """Go by what was put in force since; whether there was anything.

        That is profiles, and tables and DTDs that were imported. What is being read or
        sent is finished as it was begun.
        """
        with self._renewing:
            versions, files_ = self._versions(), imported.stamp(self.settings.home)
            if not imported.settled(files_):
                files_ = self._imported
            if versions == self._known and files_ == self._imported:
                return False
            found = active_profiles(self.db)
            laid = rules(found, self.settings)
            self.engine.send_by(self._ways(laid))
            self.engine.use(laid)
            self.pickup.watch(self._folders(found))
            is_imported = files_ != self._imported
            self._known, self._imported = versions, files_
        log.info("profiles.renewed", partners=len(found), imported=is_imported)
        return True

    def _versions(self) -> dict[str, int]:
        with self.db.read() as tx:
            return profiles.numbers(tx)

    def _ways(self, laid: Rules) -> Mapping[str, Transport]:
        return transports(
            self.settings.home,
            laid.directory.profiles.values(),
            self.settings,
            self._credentials,
            self.clock,
            dtds=laid.dtds,
        )

    def _folders(self, known: Sequence[Profile]) -> Iterator[PartnerFolders]:
        yield from partner_folders(self.settings.home, known)
        yield from erp_folders(self.settings.home, known)

    def _agreed(self, partner_id: str, channel_id: str) -> Known | None:
        """What the engine, which is made later, knows to be agreed about AS2."""
        return self.engine.agreements.of(partner_id, channel_id)

    def register_keys(self) -> None:
        """Hold the payload keys against those that the database was written with.

        With others nothing is taken in or answered until it runs with the right ones.
        """
        keys = self.db.payloads.keys
        with self.db.read() as tx:
            fresh = keys.judge(tx, self.clock())
        if fresh:
            with self.db.begin() as tx:
                sealed.note(tx, fresh)
        if keys.fault is not None:
            log.error("payloads.locked", code=keys.fault.code, which=keys.fault.value)

    def _believes(self, partner_id: str, raw: bytes, question: str) -> TrustJudged:
        """What the engine, which is made later, thinks of a portal's answer."""
        return self.engine.believes(partner_id, raw, question)

    def close(self) -> None:
        """Finish what is being accepted and close the database."""
        self.engine.close()
        self.db.close()

    def check(self, data: bytes, partner: str | None) -> dict[str, Any]:
        """Read, check, decide; keep nothing. ``partner``: only that one's profile."""
        chosen = [p for p in self.profiles if partner in (None, p.id)]
        against = rules(chosen, self.settings)
        now = self.clock()
        reading = read([data], against, receipt_id="rcp_check", orders=CHECK_ORDERS)
        with self.db.read() as tx:
            world = look_up(tx, reading.wants, now)
        world = self.engine.with_verdicts(world, reading.wants, now)
        return preview(reading, now, world=world).body

    def explain(
        self, data: bytes, ack: bytes, *, lang: str, partner: str | None
    ) -> dict[str, Any]:
        """What bytes and their acknowledgement say, in words; keep nothing."""
        chosen = [p for p in self.profiles if partner in (None, p.id)]
        told = explain_data(data, rules(chosen, self.settings), ack=ack)
        return as_json(told, spoken(lang))

    def labels(self, ids: Sequence[str]) -> bytes | Finding:
        """The labels of these shipments as PDF."""
        return labels(self.db, ids)

    def stock(self, sku: str | None = None) -> tuple[StockRow, ...]:
        """Our stock as the ERP counted it last."""
        with self.db.read() as tx:
            return queries.stock(tx, sku)

    def release(
        self,
        order_id: str,
        *,
        as_: str,
        lines: Sequence[str],
        reason: str,
        by: str,
        version: int = 0,
    ) -> tuple[Finding, ...]:
        """Release a held order; what speaks against it, or nothing."""
        wanted = Released(
            as_=_as(as_), lines=tuple(lines), reason=reason, by=by, version=version
        )
        return release_order(self.db, self.rules, order_id, wanted, self.clock())

    def resend(
        self, id_: str, *, by: str, reason: str = "", key: str = ""
    ) -> str | Finding:
        """Send a message's identical bytes again; the id of the repeat."""
        wish = Wish(by=by, reason=reason, key=key)
        return again.resend(self.db, id_, wish, self.clock())

    def skip(
        self, id_: str, *, by: str, reason: str = "", key: str = ""
    ) -> Finding | None:
        """Give up a message that holds those behind it; what speaks against it."""
        wish = Wish(by=by, reason=reason, key=key)
        return again.skip(self.db, id_, wish, self.clock())

    def reissue(
        self, id_: str, *, by: str, reason: str = "", key: str = ""
    ) -> str | Finding:
        """Build a message anew, as a replacement; the id of the new one."""
        wish = Wish(by=by, reason=reason, key=key)
        return again.reissue(self.db, self.rules, id_, wish, self.clock())

    def reprocess(
        self, id_: str, *, apply: bool, by: str, reason: str = "", key: str = ""
    ) -> dict[str, Any] | Finding:
        """What today's code and profile make of a transmission; ``apply`` does it."""
        wish = Wish(by=by, reason=reason, key=key)
        now = self.clock()
        found = again.reprocess(
            self.db,
            self.rules,
            id_,
            wish,
            now,
            apply=apply,
            with_verdicts=self.engine.with_verdicts,
        )
        return found if isinstance(found, Finding) else found.body

    def settle(
        self, id_: str, *, as_: again.Settle, by: str, reason: str = "", key: str = ""
    ) -> Finding | None:
        """Decide about a transmission in conflict with an earlier one."""
        wish = Wish(by=by, reason=reason, key=key)
        now = self.clock()
        done = again.settle_conflict(self.db, self.rules, id_, as_, wish, now)
        return done if isinstance(done, Finding) else None


def _as(text: str) -> As:
    match text:
        case "accept" | "change" | "reject":
            return text
        case _:
            raise ValueError(f"{text!r} is none of accept, change, reject")


def check_offline(
    data: Iterable[bytes],
    loaded: Sequence[Profile],
    settings: Settings,
    now: datetime,
    *,
    always: Profile | None = None,
) -> Preview:
    """Read and check without any database; orders are mapped, not decided."""
    against = rules(loaded, settings, always)
    pieces = iter(data)
    first = next(pieces, b"")
    data = chain((first,), pieces)
    if is_ubl(first):
        data = (b"".join(data),)
    reading = read(data, against, receipt_id="rcp_check", orders=CHECK_ORDERS)
    seen = preview(reading, now)
    if not is_ubl(first):
        return seen
    return seen.with_more(_held_rules(data, settings.home, now.date()))


def _held_rules(data: Iterable[bytes], home: Path, day: date) -> tuple[Finding, ...]:
    """What the schemas and rule packs of a home folder say of a UBL document."""
    document = read_document(b"".join(data))
    if not isinstance(document, Document):
        return ()
    with Worker() as worker:
        return tuple(judged(document, packs(home), worker, day))


def repair_offline(
    data: Iterable[bytes],
    loaded: Sequence[Profile],
    settings: Settings,
    now: datetime,
    *,
    always: Profile | None = None,
) -> Iterator[bytes]:
    """The bytes with everything mended that has one possible meaning."""
    pieces = iter(data)
    first = next(pieces, b"")
    data = chain((first,), pieces)
    against = rules(loaded, settings, always)
    if sniff(first) is Kind.EDIFACT:
        encoding = against.edifact_encoding
        return edifact_repaired(data, now, against.limits, encoding)
    return repaired(data, now, against.limits, against.encoding)
