"""What operators are told: equal causes in groups, and too many of them once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum

from gateway.findings import CODES
from gateway.partner.alerts import AlertKind

ALERTS = "alert_"
"""What the kinds of alerts in the outbox begin with; the rest is the way they go."""

LISTED = 20
"""How many of a group are listed; the others are counted."""

_WHAT = 300  # characters of a finding's words that leave the house
_EVENTS = {
    AlertKind.HELD: "order.held",
    AlertKind.REJECTED: "message.rejected",
    AlertKind.FAILED: "message.failed",
    AlertKind.OVERDUE: "ack.overdue",
    AlertKind.EXPIRING: "contract.expiring",
    AlertKind.QUARANTINED: "receipt.quarantined",
    AlertKind.CONFLICT: "receipt.conflict",
    AlertKind.PAYMENT: "payment.differs",
    AlertKind.TEXT: "text.received",
    AlertKind.OTHER: "finding.noticed",
}
"""The type of the CloudEvent of each kind."""
_BY_CODE = {
    "SLA-004": "certificate.expiring",
    "SLA-006": "key.expiring",
    "SLA-008": "list.expiring",
    "SLA-010": "sla.warn",
    "SLA-011": "sla.overdue",
    "SLA-012": "sla.breach",
}
"""The type of what differs from the others of its kind, by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One thing that operators may want to know. ``ref`` is what it is about."""

    id: str
    partner_id: str
    kind: AlertKind
    code: str
    what: str
    ref: str
    at: datetime

    @property
    def cause(self) -> str:
        """What equal ones have in common besides the partner."""
        return f"{self.kind} {self.code}"


class Tone(StrEnum):
    """What a notice says of its cause."""

    NEWS = "news"
    """These came."""
    TOO_MANY = "too_many"
    """These came, and further ones are not told until it is quiet."""
    CALM = "calm"
    """It is quiet again; so many were not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """More than ``most`` in ``window`` are too many; calm is ``calm`` without any."""

    most: int
    window: timedelta
    calm: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How often a cause came to one target: ``count`` since ``since``."""

    since: datetime
    last_at: datetime
    count: int = 0
    tripped: bool = False
    withheld: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one target about one cause."""

    tone: Tone
    partner_id: str
    kind: AlertKind
    code: str
    count: int
    alerts: tuple[Raised, ...] = ()
    withheld: int = 0


def judge(
    breaker: Breaker, count: int, now: datetime, limits: Limits
) -> tuple[Breaker, Tone | None]:
    """So many more came: where the breaker stands, and whether to tell and how."""
    if breaker.tripped:
        after = replace(breaker, last_at=now, withheld=breaker.withheld + count)
        return after, None
    fresh = now - breaker.since >= limits.window
    since, before = (now, 0) if fresh else (breaker.since, breaker.count)
    after = Breaker(since=since, last_at=now, count=before + count)
    if after.count <= limits.most:
        return after, Tone.NEWS
    return replace(after, tripped=True), Tone.TOO_MANY


def is_calm(breaker: Breaker, now: datetime, limits: Limits) -> bool:
    """Whether a tripped breaker has been quiet for long enough."""
    return breaker.tripped and now - breaker.last_at >= limits.calm


def subject(notice: Notice) -> str:
    """One line: how many, of whom, what."""
    who = notice.partner_id or "gateway"
    row = CODES.get(notice.code)
    title = row.title if row else notice.code
    match notice.tone:
        case Tone.CALM:
            return f"[{who}] calm again: {notice.kind}, {title}"
        case Tone.TOO_MANY:
            return f"[{who}] too many: {notice.count} {notice.kind}, {title}"
        case Tone.NEWS:
            return f"[{who}] {notice.count} {notice.kind}: {title}"


def text(notice: Notice) -> str:
    """The notice for people: what happened, to what, and what to do."""
    row = CODES.get(notice.code)
    lines = [subject(notice), ""]
    if notice.tone is Tone.CALM:
        lines.append(f"{notice.withheld} more came since and were not told.")
        return "\n".join(lines) + "\n"
    for one in notice.alerts[:LISTED]:
        lines.append(f"{one.at:%Y-%m-%d %H:%M:%S} UTC  {_line(one.ref) or '-'}")
        lines.append(f"    {one.code}: {_line(one.what)}")
    more = notice.count - len(notice.alerts[:LISTED])
    if more > 0:
        lines.append(f"and {more} more of the same cause")
    if row:
        lines += ["", f"What to do: {row.fix}"]
    if notice.tone is Tone.TOO_MANY:
        lines += ["", "Further ones of this cause are not told until it is quiet."]
    return "\n".join(lines) + "\n"


def mail(notice: Notice, id_: str, sender: str, to: str, now: datetime) -> bytes:
    """The notice as a finished mail; a repeat has the same Message-ID (RFC 5322)."""
    made = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    made["From"] = sender
    made["To"] = to
    made["Subject"] = _line(subject(notice))
    made["Date"] = format_datetime(now)
    domain = sender.rpartition("@")[2].removesuffix(">") or "localhost"
    made["Message-ID"] = f"<{id_}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers from machines
    made.set_content(text(notice))
    return made.as_bytes()


def event(notice: Notice, id_: str, source: str, now: datetime) -> bytes:
    """The notice as a CloudEvent 1.0 in structured JSON."""
    row = CODES.get(notice.code)
    data = {
        "tone": notice.tone,
        "kind": notice.kind,
        "partner": notice.partner_id,
        "code": notice.code,
        "title": row.title if row else "",
        "fix": row.fix if row else "",
        "count": notice.count,
        "withheld": notice.withheld,
        "alerts": [
            {
                "id": one.id,
                "ref": _line(one.ref),
                "at": one.at.isoformat(),
                "what": _line(one.what),
            }
            for one in notice.alerts[:LISTED]
        ],
    }
    told = {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": _type(notice),
        "time": now.isoformat(),
        "subject": notice.partner_id or "gateway",
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _type(notice: Notice) -> str:
    return _BY_CODE.get(notice.code) or _EVENTS[notice.kind]


def _line(words: str) -> str:
    """Words on one line, without control characters, not too many."""
    shown = "".join(one if one.isprintable() else " " for one in words)
    return (
        shown if len(shown) <= _WHAT else shown[: _WHAT - 1] + "\N{HORIZONTAL ELLIPSIS}"
    )
