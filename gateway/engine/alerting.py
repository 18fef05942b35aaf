"""The alert job: rows noted with their cause become messages in the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from gateway.config import Settings
from gateway.engine.steps import Step, nothing
from gateway.partner import Profile
from gateway.partner.alerts import AlertKind, AlertRule, Quiet
from gateway.pipeline.alerting import (
    LISTED,
    Breaker,
    Limits,
    Notice,
    Raised,
    Tone,
    event,
    judge,
    mail,
)
from gateway.pipeline.ports import Failed, Outbound, Sent
from gateway.pipeline.published import SOURCE
from gateway.pipeline.sla import Agreed
from gateway.store import alerts, ids
from gateway.store import overdue as late
from gateway.store.alerts import Due, Lane
from gateway.store.certificates import in_use
from gateway.store.database import Database
from gateway.trust.policy import issuers_asked

log = structlog.get_logger()
_AT_ONCE = 1_000


def work(
    db: Database,
    profiles: Mapping[str, Profile],
    settings: Settings,
    now: datetime,
    step: Step = nothing,
) -> int:
    """Route new alerts and write what is to be told; says how much there was.

    One process at a time does it. Noting a cause as told and queuing its message is
    one transaction, so no alert is lost between them and none is told twice.
    """
    limits = limits_of(settings)
    with db.read() as tx:
        if not alerts.is_due(tx, now, now - limits.calm):
            return 0
    desk = _Desk(db, profiles, settings, now)
    with db.begin() as tx:
        if not alerts.alone(tx):
            return 0
        new = alerts.route(tx, _AT_ONCE, desk.route)
        group = timedelta(seconds=settings.alert_group_s)
        lanes = list(alerts.waiting(tx, now, now + group))
        for lane in lanes:
            breaker, notice = told(lane, now, limits)
            alerts.note(tx, lane.key, breaker)
            desk.send(tx, lane.target, notice)
        calm = alerts.calmed(tx, now, limits)
        for key, breaker in calm:
            desk.send(tx, key[1], calmed(key, breaker))
            alerts.forget_breaker(tx, key)
        if new or lanes or calm:
            step("alert.routed")
    _log(new)
    return len(new) + len(lanes) + len(calm)


def close_settled(db: Database, now: datetime) -> int:
    """Close alerts whose cause is gone by itself; says how many."""
    after, count = "", 0
    while True:
        with db.read() as tx:
            if not alerts.opened(tx, after, 1):
                return count
        with db.begin() as tx:
            after, closed = alerts.close_settled(tx, after, now)
        count += closed
        if not after:
            return count


def limits_of(settings: Settings) -> Limits:
    """When a cause is too much, as the settings have it."""
    return Limits(
        most=settings.alert_most,
        window=timedelta(seconds=settings.alert_window_s),
        calm=timedelta(seconds=settings.alert_calm_s),
    )


def overdue(db: Database, agreed: Agreed, now: datetime, limit: int) -> int:
    """Tell of acknowledgements that did not come; how many deadlines passed."""
    with db.read() as tx:
        if not late.due(tx, now):
            return 0
    with db.begin() as tx:
        return late.overdue(tx, now, limit, agreed)


def ending(
    db: Database, profiles: Mapping[str, Profile], settings: Settings, now: datetime
) -> int:
    """Raise alerts about contracts, certificates and keys that end soon; how many."""
    last = now.date() + timedelta(days=settings.expiring_days)
    with db.read() as tx:
        every = in_use(tx, profiles, settings.home, now)
        ends = late.ending_certificates(every, now)
        ends += late.ending_contracts(tx, now.date())
        ends += late.ending_lists(tx, issuers_asked(profiles.values()), now)
        ends += late.ending_keys(tx, now, last)
        new = [one for one in ends if not late.was_told(tx, one)]
    if not new:
        return 0
    with db.begin() as tx:
        return sum(late.tell_end(tx, one, now) for one in new)


def told(lane: Lane, now: datetime, limits: Limits) -> tuple[Breaker, Notice | None]:
    """What one target is told of one cause, and where its breaker stands then."""
    before = lane.breaker or Breaker(since=now, last_at=now)
    if not lane.alerts:  # all of it was settled before it was told
        return before, None
    breaker, tone = judge(before, len(lane.alerts), now, limits)
    if tone is None:
        return breaker, None
    first = lane.alerts[0]
    notice = Notice(
        tone=tone,
        partner_id=lane.partner_id,
        kind=first.kind,
        code=first.code,
        count=len(lane.alerts),
        alerts=lane.alerts[:LISTED],
    )
    return breaker, notice


def calmed(key: tuple[str, str, str], breaker: Breaker) -> Notice:
    """The word that a cause is quiet again."""
    partner_id, _, cause = key
    kind, _, code = cause.partition(" ")
    return Notice(
        tone=Tone.CALM,
        partner_id=partner_id,
        kind=AlertKind(kind),
        code=code,
        count=0,
        withheld=breaker.withheld,
    )


def rules_for(
    raised: Raised, profiles: Mapping[str, Profile], settings: Settings
) -> tuple[AlertRule, ...]:
    """The rules of its partner; of nobody's, and without any, those of the house."""
    profile = profiles.get(raised.partner_id)
    if profile is not None and profile.alerts:
        return tuple(rule for rule in profile.alerts if rule.covers(raised.kind))
    to = tuple(one.strip() for one in settings.alert_to.split(",") if one.strip())
    return (AlertRule(on=("all",), to=to),) if to else ()


def due_at(rule: AlertRule, at: datetime, group_s: float) -> datetime:
    """When a rule wants something told: after its hours, and not in the quiet ones."""
    moment = at + timedelta(hours=rule.after_h, seconds=group_s)
    return moment if rule.quiet is None else _after(rule.quiet, moment)


def _after(quiet: Quiet, moment: datetime) -> datetime:
    """The moment, or the end of the quiet hours it falls into."""
    here = moment.astimezone(zone(quiet.zone))
    begin, end = quiet.from_, quiet.to
    clock = f"{here:%H:%M}"
    inside = begin <= clock < end if begin <= end else clock >= begin or clock < end
    if not inside:
        return moment
    hour, minute = (int(part) for part in end.split(":"))
    after = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if after <= here:
        day = here.date() + timedelta(days=1)
        after = after.replace(year=day.year, month=day.month, day=day.day)
    return after.astimezone(UTC)


def is_zone(name: str) -> bool:
    """Whether this machine knows the time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of this name; UTC for one that this machine does not know."""
    if is_zone(name):
        return ZoneInfo(name)
    log.error("alert.zone_unknown", zone=name)
    return ZoneInfo("UTC")


class _Desk:
    """What comes in goes to those who want to know it, in the form they read."""

    def __init__(
        self,
        db: Database,
        profiles: Mapping[str, Profile],
        settings: Settings,
        now: datetime,
    ) -> None:
        self._db = db
        self._profiles = profiles
        self._settings = settings
        self._now = now

    def route(self, raised: Raised) -> Iterator[Due]:
        """To whom it goes, and when."""
        for rule in rules_for(raised, self._profiles, self._settings):
            then = due_at(rule, raised.at, self._settings.alert_group_s)
            for target in rule.to:
                if not self._way(target):
                    log.error("alert.no_way", target=target, partner=raised.partner_id)
                    continue
                yield Due(
                    alert=raised,
                    target=target,
                    due_at=then,
                    if_lasting=rule.after_h > 0,
                )

    def send(self, tx: alerts.Tx, target: str, notice: Notice | None) -> None:
        """Write the message in the form that the target reads, and queue it."""
        way = self._way(target)
        if notice is None or not way:
            return
        id_, now = ids.new("msg"), self._now
        if way == "mail":
            content = mail(notice, id_, self._settings.smtp_from, target, now)
        else:
            content = event(notice, id_, SOURCE, now)
        alerts.send(
            tx,
            self._db.payloads,
            way=way,
            target=target,
            id_=id_,
            content=content,
            notice=notice,
            now=now,
        )

    def _way(self, target: str) -> str:
        """How a target is reached; empty: it is not set up."""
        if "@" in target:
            return "mail" if self._settings.smtp_host else ""
        return "webhook" if target in self._settings.webhooks else ""


def log_not_told(some: Iterable[Outbound], outcomes: Iterable[Sent | Failed]) -> None:
    """Each attempt to tell that failed: no alert can say so."""
    for one, outcome in zip(some, outcomes, strict=False):
        if isinstance(outcome, Failed):
            log.warning(
                "alert.not_told",
                message=one.id,
                to=one.file_name,
                attempt=one.attempt,
                said=outcome.what,
            )


def _log(new: list[Raised]) -> None:
    """Each cause once; what partners sent stands in no log."""
    causes = Counter((one.partner_id, one.kind, one.code) for one in new)
    first = {(one.partner_id, one.kind, one.code): one.ref for one in reversed(new)}
    for key, count in causes.items():
        partner_id, kind, code = key
        log.warning(
            "alert",
            kind=str(kind),
            code=code,
            partner=partner_id,
            count=count,
            ref=first[key],
        )
