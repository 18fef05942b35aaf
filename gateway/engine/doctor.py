"""What an operator should know before it goes wrong: check by check, with the fix."""

from __future__ import annotations

import difflib
import os
import platform
import resource
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from gateway.config import Settings
from gateway.engine.check import Check, State, fault, ok, warning
from gateway.engine.doctor_keys import of_keys
from gateway.engine.lanes import fetched_lanes
from gateway.engine.refusals import refusal
from gateway.findings.codes import CODES
from gateway.partner import Profile
from gateway.store import health, polls, revisions, users
from gateway.store.database import Damaged, Database, Unavailable
from gateway.verify.demanded import lacking
from gateway.verify.held import packs
from gateway.verify.workers import is_at_hand

PREFIX = "GATEWAY_"
_LATELY = timedelta(days=7)
_LONG_S = 300.0
_LOST_S = 3600.0
_FEW_INODES = 10_000
_FEW_FILES = 1024
_OLDEST_POSTGRESQL = 14
_LOCAL = ("127.0.0.1", "::1", "localhost")


def before(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    """What can be told without a database."""
    yield ok("python", f"Python {platform.python_version()}")
    yield from _settings(settings, environment)
    yield from _production(settings)
    yield from _folders(settings.home)
    yield from disk(settings)
    yield from _open_files()
    yield from _file_clock(settings.home)


def of_database(
    db: Database, settings: Settings, profiles: Mapping[str, Profile], now: datetime
) -> Iterator[Check]:
    """What the database tells, and the work in it."""
    try:
        yield from database(db)
        db.demand_sessions()
        if not _is_current(db):
            return
        yield from _tables(db)
        yield from _server(db, settings.database_silence_s)
        yield from _keys(db, now)
        yield from _clock(db, now)
        yield from _backlog(db, profiles, now)
        yield from _told(db, now)
        yield from _workers(db)
        yield from _people(db, settings)
        yield from _looks(db)
        yield from of_keys(db, settings, profiles, now)
    except Unavailable as problem:
        said, fix = refusal(problem)
        yield fault("database", "the database refuses", fix, said)
    yield from _alerts(settings, profiles)
    yield from shop(settings, profiles)
    yield from ubl_files(settings, profiles, now)


def database(db: Database) -> Iterator[Check]:
    """Whether it answers, has the tables of this version, and can be written."""
    name = "database"
    facts = health.facts(db)
    kind = "SQLite" if db.is_sqlite else "PostgreSQL"
    with db.read() as tx:
        revision = revisions.current(tx)
    newest = revisions.newest()
    if revision != newest:
        what = f"its tables are of revision {revision or 'none'}, not {newest}"
        yield fault(name, what, "Start gateway serve or work of this version once.")
        return
    try:
        health.write(db)
    except Damaged as problem:  # a table that is missing is no refusal on PostgreSQL
        said, fix = refusal(problem)
        yield fault(name, "it cannot be written", fix, said)
        return
    yield ok(name, f"{kind} {facts.version}, tables of revision {revision}, writable")


def _tables(db: Database) -> Iterator[Check]:
    missing = health.missing_tables(db)
    if missing:
        told = ", ".join(missing[:5]) + ", ..." * (len(missing) > 5)
        what = f"{len(missing)} of its tables are not there: {told}"
        yield fault("database", what, "Restore a backup.")


def _is_current(db: Database) -> bool:
    with db.read() as tx:
        return revisions.current(tx) == revisions.newest()


def _server(db: Database, silence_s: float) -> Iterator[Check]:
    for found in db.findings:
        yield warning("sqlite", found.what, found.fix)
    if db.is_sqlite:
        if not db.findings:
            yield ok("sqlite", "this version loses no committed rows")
        return
    facts = health.facts(db)
    major = int("".join(c for c in facts.version.split(".")[0] if c.isdigit()) or 0)
    if major < _OLDEST_POSTGRESQL:
        what = f"PostgreSQL {facts.version} is older than {_OLDEST_POSTGRESQL}"
        yield fault("postgresql", what, "Upgrade the server.")
    for name in ("fsync", "full_page_writes"):
        if facts.settings[name] != "on":
            what = (
                f"{name} is {facts.settings[name]}: a crash can lose what was answered"
            )
            yield fault("postgresql", what, f"Set {name} = on in postgresql.conf.")
    allowed_s = int(facts.settings["statement_timeout"]) / 1000
    if 0 < allowed_s < silence_s:
        what = f"the server ends each statement after {allowed_s:g} s"
        fix = "Take statement_timeout off the role: what takes longer never ends."
        yield warning("postgresql", what, fix)
    if facts.settings["server_encoding"] != "UTF8":
        what = f"the database's encoding is {facts.settings['server_encoding']}"
        yield fault("postgresql", what, "Create the database with encoding UTF8.")


def _looks(db: Database) -> Iterator[Check]:
    """Partners' SFTP servers into which the last look failed."""
    with db.read() as tx:
        troubled = polls.troubled(tx)
    for one in troubled:
        row = CODES[one.code]
        name = f"look {one.partner_id}/{one.channel}"
        what = f"{one.code}: {row.title}; {one.failures} looks in a row"
        yield fault(name, what, row.fix)


def _keys(db: Database, now: datetime) -> Iterator[Check]:
    with db.read() as tx:
        db.payloads.keys.judge(tx, now)
    found = db.payloads.keys.fault
    if found is not None:
        yield fault("payload key", found.what, found.fix)
    elif db.payloads.keys.first:
        yield ok("payload key", f"payloads are sealed with {db.payloads.keys.first}")


def _clock(db: Database, now: datetime) -> Iterator[Check]:
    name = "clock"
    facts = health.facts(db)
    fix = "Let NTP keep the clocks of this machine and of the database server."
    if facts.now is not None:
        apart = abs((datetime.now(UTC) - facts.now).total_seconds())
        if apart > 2:
            what = f"this machine and the database are {apart:.0f} s apart"
            yield (fault if apart > 60 else warning)(name, what, fix)
            return
    with db.read() as tx:
        last = health.last_receipt(tx)
    if last is not None and last > now + timedelta(minutes=1):
        what = f"a transmission came at {last:%Y-%m-%d %H:%M:%S} UTC: that is to come"
        yield fault(name, f"{what}; the clock went back", fix)
        return
    yield ok(name, f"{now:%Y-%m-%d %H:%M:%S} UTC, nothing kept is of the future")


def _file_clock(home: Path) -> Iterator[Check]:
    """Whether files get the time of this machine; a network disk has its own."""
    begun, steady = time.time(), time.monotonic()
    try:
        with tempfile.NamedTemporaryFile(dir=home, prefix=".doctor-") as file:
            file.write(b"x")
            file.flush()
            stamped = os.fstat(file.fileno()).st_mtime
    except OSError:
        return  # the folder's own check tells
    took = time.monotonic() - steady
    if abs(time.time() - begun - took) > 1:
        yield warning(
            "clock", "the clock jumped while it was looked at", "Let NTP slew it."
        )
    if not begun - 2 <= stamped <= begun + took + 2:
        what = f"files get a time {stamped - begun:+.0f} s from this machine's"
        yield warning("clock", what, "Set the clock of the machine that has the disk.")


def _backlog(
    db: Database, profiles: Mapping[str, Profile], now: datetime
) -> Iterator[Check]:
    with db.read() as tx:
        waiting = health.backlog(tx, now, fetched_lanes(profiles.values()))
    yield _queue(
        "receipts",
        waiting.receipts,
        now,
        "Start gateway serve or gateway work; if it runs, look into its log.",
    )
    yield _queue(
        "outbox",
        waiting.messages,
        now,
        "Start gateway serve or gateway work; if it runs, look at the channels.",
    )
    yield _queue(
        "alerts",
        waiting.alerts,
        now,
        "Start gateway serve or gateway work: it tells the operators.",
    )
    yield _queue(
        "evidence",
        waiting.unsealed,
        now,
        "Start gateway serve or gateway work: it seals events.",
    )
    if waiting.quarantined:
        what = f"{waiting.quarantined} transmissions are in quarantine"
        fix = "Look at each with gateway show, then gateway reprocess or release."
        yield warning("quarantine", what, fix)
    else:
        yield ok("quarantine", "empty")


def _told(db: Database, now: datetime) -> Iterator[Check]:
    """Whether operators heard what they were to be told: no alert says that."""
    with db.read() as tx:
        lost = health.untold(tx, now - _LATELY)
    if lost is None:
        yield ok("alerts told", "no message to operators was given up lately")
        return
    what = f"{lost.count} were given up in {_LATELY.days} days, the last to "
    what += f"{lost.target}: {lost.said or 'no word'}"
    fix = f"Mend the way there, then gateway resend {lost.message_id}."
    yield warning("alerts told", what, fix)


def _queue(name: str, queue: health.Queue, now: datetime, fix: str) -> Check:
    age_s = queue.age_s(now)
    if not queue.count:
        return ok(name, "nothing waits")
    more = " or more" if queue.count >= health.MOST_COUNTED else ""
    what = f"{queue.count}{more} due, the oldest for {age_s:.0f} s"
    if age_s < _LONG_S:
        return ok(name, what)
    return (fault if age_s >= _LOST_S else warning)(name, what, fix)


def _workers(db: Database) -> Iterator[Check]:
    dead = health.dead_workers(db)
    if dead:
        what = f"{len(dead)} processes died and nobody has taken over: {dead[0]}"
        yield warning("workers", what, "Start gateway serve or gateway work.")
    else:
        yield ok("workers", "nobody died without being noticed")


def _people(db: Database, settings: Settings) -> Iterator[Check]:
    """Whether anybody can log in to the console."""
    name = "console"
    if settings.oidc_issuer:
        yield ok(name, f"people log in by {settings.oidc_issuer}")
        return
    with db.read() as tx:
        every = users.every(tx)
    able = [one for one in every if one.is_active and one.has_password]
    if able:
        told = "user has" if len(able) == 1 else "users have"
        yield ok(name, f"{len(able)} {told} a password for it")
        return
    if not every:  # who lives on the API needs none
        yield ok(name, "nobody logs in yet: gateway users add NAME --role admin")
        return
    what = "nobody can log in to /console: its users are shut out or have no password"
    yield warning(name, what, "Let one in: gateway users add NAME --role admin.")


def _settings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    """Variables that nothing reads: mostly slips of the pen."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    used = settings.payload_key.split("env:")[1:]
    referred = {one.replace(",", " ").split()[0] for one in used if one.split()}
    odd = sorted(
        name
        for name in environment
        if name.upper().startswith(PREFIX)
        and name.upper() not in known
        and name not in referred
    )
    for name in odd:
        near = difflib.get_close_matches(name.upper(), known, n=1)
        hint = f"Did you mean {near[0]}?" if near else "Take it away."
        yield warning("settings", f"{name} does nothing", hint)
    if settings.smtp_user and not settings.smtp_password.get_secret_value():
        fix = "Set GATEWAY_SMTP_PASSWORD, or no user."
        yield warning("settings", "GATEWAY_SMTP_USER has no password", fix)
    if settings.smtp_host and not _mails(settings):
        what = "GATEWAY_SMTP_HOST is set and GATEWAY_ALERT_TO names no mail address"
        fix = "Fine when partners' profiles do; else name one."
        yield Check("settings", State.OK, what, fix)
    if not odd:
        yield ok("settings", f"{settings.env}, all of them are known")


def _mails(settings: Settings) -> list[str]:
    return [one for one in settings.alert_to.split(",") if "@" in one]


def _production(settings: Settings) -> Iterator[Check]:
    """What is asked for where it matters; in development it is only said."""
    tell: Callable[[str, str, str], Check] = (
        fault if settings.env == "production" else warning
    )
    name = "production" if settings.env == "production" else "development"
    if settings.host not in _LOCAL:
        what = f"the HTTP door listens on {settings.host} without TLS"
        fix = "Listen on 127.0.0.1, behind a proxy or with GATEWAY_TLS_PORT."
        yield tell(name, what, fix)
    if settings.smtp_host and settings.smtp_security == "none" and settings.smtp_user:
        what = "the mail server's password goes over the network in the clear"
        yield tell(name, what, "Set GATEWAY_SMTP_SECURITY=starttls.")
    for hook, target in settings.webhooks.items():
        parts = urlsplit(target.url)
        if parts.scheme != "https" and parts.hostname not in _LOCAL:
            what = f"webhook {hook} goes over the network in the clear"
            yield tell(name, what, "Give it an https address.")
    if settings.env != "production":
        return
    if not settings.payload_key:
        fix = "Name a key in GATEWAY_PAYLOAD_KEY."
        yield fault(name, "payloads are kept without encryption", fix)
    if not settings.alert_to:
        what = "nobody is told of what no partner's rules cover"
        yield warning(name, what, "Name somebody in GATEWAY_ALERT_TO.")
    if settings.metrics == "loopback":
        what = "a proxy on this machine may read /metrics for anybody"
        yield warning(name, what, "Set GATEWAY_METRICS=key, or bar it in the proxy.")


def _folders(home: Path) -> Iterator[Check]:
    name = "folders"
    if not home.is_dir():
        yield fault(name, f"{home} is no folder", "Make one with gateway init.")
        return
    if not os.access(home, os.X_OK):
        fix = "Run as the user whose it is, or give it to this one."
        yield fault(name, f"{home} may not be looked into by this user", fix)
        return
    found = False
    below = ("payloads", "spool", "evidence", "partners", "erp")
    for folder in (home, *(home / one for one in below)):
        if not folder.is_dir():
            continue
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            found = True
            fix = "Give it to the user that the gateway runs as."
            yield fault(name, f"{folder} cannot be written", fix)
        elif folder.stat().st_mode & stat.S_IWOTH:
            found = True
            what = f"everybody on this machine may write into {folder}"
            yield fault(name, what, f"chmod o-w {folder}")
    key = home / "evidence" / "key.pem"
    if key.is_file() and key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        found = True
        what = f"others than its owner may use {key}"
        yield fault(name, what, f"chmod 600 {key}")
    if home.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH):
        found = True
        what = f"everybody on this machine may look into {home}"
        yield warning(name, what, f"chmod o-rx {home}")
    if not found:
        yield ok(name, f"{home} is the gateway's own")


def home(settings: Settings) -> Iterator[Check]:
    """Whether the home folder can be written, and has room."""
    if not os.access(settings.home, os.R_OK | os.W_OK | os.X_OK):
        yield fault("folders", "the home folder cannot be written", "Mend its rights.")
    yield from disk(settings)


def disk(settings: Settings) -> Iterator[Check]:
    """Whether there is room for what comes."""
    try:
        free = shutil.disk_usage(settings.home).free
        inodes = os.statvfs(settings.home)
    except OSError:
        return  # the folder's own check tells
    reserve = settings.disk_reserve_bytes
    what = f"{free // 1024**2} MiB free"
    fix = "Make room, or shorten what is kept (GATEWAY_RETAIN_PAYLOADS_DAYS)."
    if free < reserve:
        yield fault("disk", f"{what}, less than GATEWAY_DISK_RESERVE_BYTES", fix)
    elif free < 4 * reserve:
        yield warning("disk", what, fix)
    elif inodes.f_files and inodes.f_favail < _FEW_INODES:
        what = f"{inodes.f_favail} inodes free"
        yield warning("disk", what, "Delete small files on this disk.")
    else:
        yield ok("disk", what)


def _open_files() -> Iterator[Check]:
    """How many files one process may open; the soft limit is raised at the start."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _FEW_FILES:
        what = f"a process may have {hard} files and connections open at once"
        yield warning("open files", what, "Allow 4096: ulimit -Hn, or LimitNOFILE.")


def shop(settings: Settings, profiles: Mapping[str, Profile]) -> Iterator[Check]:
    """Whether the browsers of partners who punch out find the shop."""
    name = "shop"
    who = sorted(one.id for one in profiles.values() if one.punchout.return_to)
    if not who:
        return
    told = f"{who[0]} and {len(who) - 1} more" if len(who) > 1 else who[0]
    if not (settings.shop_url or settings.cxml_url):
        what = f"{told} may punch out, and the shop has no public address"
        fix = "Set GATEWAY_SHOP_URL, like https://gateway.example.com/shop."
        yield warning(name, what, fix)
    elif not (settings.shop_url or settings.cxml_url).startswith("https:"):
        what = f"{told} may punch out, and browsers keep no cookie of http in a frame"
        yield warning(name, what, "Give GATEWAY_SHOP_URL an https address.")
    else:
        yield ok(name, f"{told} may punch out")


def ubl_files(
    settings: Settings, profiles: Mapping[str, Profile], now: datetime
) -> Iterator[Check]:
    """Whether the schemas and rules that profiles demand are held and in force."""
    name = "ubl"
    demanding = [one for one in profiles.values() if one.ubl.theirs or one.ubl.ours]
    if not demanding:
        return
    held, wrong = packs(settings.home), False
    fix = "Add the published files: gateway ubl add FOLDER."
    if not is_at_hand() and any("rules" in one.ubl.theirs for one in demanding):
        wrong = True
        what = "business rules are demanded, and saxonche is not installed"
        yield fault(name, what, "Install the extra: procurement-gateway[ubl].")
    for profile in demanding:
        for found in lacking(profile, held, now.date()):
            wrong = True
            yield fault(name, f"profile {profile.id}: {found.what}", fix)
    if not wrong:
        told = ", ".join(sorted(one.id for one in demanding))
        yield ok(name, f"schemas and rules are held for {told}")


def _alerts(settings: Settings, profiles: Mapping[str, Profile]) -> Iterator[Check]:
    """Whether whoever is to be told can be told."""
    named = {one.strip(): "GATEWAY_ALERT_TO" for one in settings.alert_to.split(",")}
    for profile in profiles.values():
        for rule in profile.alerts:
            named |= dict.fromkeys(rule.to, f"profile {profile.id}")
    named.pop("", None)
    lost = False
    for target, where in sorted(named.items()):
        if "@" in target and not settings.smtp_host:
            lost = True
            what = f"{where} names {target}, and there is no mail server"
            yield fault("alert targets", what, "Set GATEWAY_SMTP_HOST.")
        elif "@" not in target and target not in settings.webhooks:
            lost = True
            what = f"{where} names the webhook {target!r}, which is not set up"
            yield fault("alert targets", what, "Add it to GATEWAY_WEBHOOKS.")
    if not lost:
        what = f"{len(named)} set up" if named else "none: alerts stand in the log only"
        yield ok("alert targets", what)
