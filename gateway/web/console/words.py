"""What templates say of values: moments, statuses, findings, each with its mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

from gateway.findings import Finding
from gateway.findings.language import SEVERITIES
from gateway.findings.marking import marked as _
from gateway.findings.model import Severity
from gateway.web.problem import PAGE
from gateway.web.speech import Speech

__all__ = ["STATUSES", "Words", "zone_of"]

_NOTHING = Markup("\u2013")
_ICONS = MappingProxyType(
    {"good": "✓", "wait": "…", "warn": "▲", "bad": "✕", "none": _NOTHING}
)
_TIME = Markup('<time datetime="{}" title="{}">{}</time>')
_TITLE = Markup(' title="{}"')
_STATUS = Markup(
    '<span class="status {}"{}><span aria-hidden="true">{}</span> {}</span>'
)
_WHERE = Markup('<span class="where">{}</span> ')
_FINDING = Markup(
    '<div class="finding {tone}"><p>{severity} <a href="{page}/{code}">{code}</a> '
    '{where}{what} <span class="fix">{fix}</span></p></div>'
)
_TONES = MappingProxyType(
    {
        Severity.REJECT: "bad",
        Severity.ERROR: "bad",
        Severity.WARNING: "warn",
        Severity.NOTE: "none",
    }
)
STATUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # validation
        "received": ("wait", _("received")),
        "accepted": ("good", _("accepted")),
        "accepted_with_errors": ("warn", _("accepted with errors")),
        "rejected": ("bad", _("rejected")),
        "quarantined": ("bad", _("in quarantine")),
        # transmissions
        "todo": ("wait", _("to be processed")),
        "done": ("good", _("done")),
        "refused": ("bad", _("refused")),
        "quarantine": ("bad", _("in quarantine")),
        # delivery
        "none": ("none", _("none")),
        "queued": ("wait", _("queued")),
        "sending": ("wait", _("being sent")),
        "delivered": ("good", _("delivered")),
        "failed": ("bad", _("failed")),
        "cancelled": ("none", _("cancelled")),
        # acknowledgement
        "not_expected": ("none", _("not expected")),
        "waiting": ("wait", _("waiting")),
        "partly_accepted": ("warn", _("partly accepted")),
        "overdue": ("bad", _("overdue")),
        # orders
        "held": ("warn", _("held")),
        "confirmed": ("good", _("confirmed")),
        "changed": ("good", _("changed")),
        "backordered": ("warn", _("backordered")),
        "partly_shipped": ("wait", _("partly shipped")),
        "shipped": ("good", _("shipped")),
        "invoiced": ("good", _("invoiced")),
        # trust
        "passed": ("good", _("passed")),
        "indeterminate": ("warn", _("indeterminate")),
        # other things
        "active": ("good", _("active")),
        "disabled": ("none", _("disabled")),
        # webhooks
        "paused": ("warn", _("paused")),
        "dead": ("bad", _("given up")),
        "planned": ("wait", _("from later on")),
        "expiring": ("warn", _("expires soon")),
        "expired": ("bad", _("expired")),
        "previous": ("none", _("no longer used")),
        "revoked": ("bad", _("revoked")),
    }
)
"""How each status looks, and its name."""


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name; UTC where there is none of this name."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Words:
    """The language and the time zone of who reads."""

    speech: Speech
    zone: ZoneInfo

    def at(self, when: datetime | None) -> Markup:
        """A moment in the reader's zone; its machine form is in UTC."""
        if when is None:
            return _NOTHING
        here = when.astimezone(self.zone)
        utc = when.astimezone(UTC)
        return _TIME.format(
            f"{utc:%Y-%m-%dT%H:%M:%SZ}",
            f"{utc:%Y-%m-%d %H:%M:%S} UTC",
            f"{self.speech.day(here.date())}, {here:%H:%M}",
        )

    def status(self, word: str, title: str = "") -> Markup:
        """A status by its word: a mark and its name, so that colour never is alone."""
        tone, name = STATUSES.get(word, ("none", ""))
        return self._marked(tone, self.speech(name) if name else word, title)

    def finding(self, found: Finding) -> Markup:
        """What is wrong, where, and what to do; its code leads to its page."""
        tone, name = _TONES[found.severity], SEVERITIES[str(found.severity)]
        place = self.speech.language.place(found.where)
        return _FINDING.format(
            tone=tone,
            severity=self._marked(tone, self.speech(name), ""),
            page=PAGE,
            code=found.code,
            where=_WHERE.format(place) if place else "",
            what=self.speech.finding(found),
            fix=self.speech.language.fix(found.code),
        )

    def _marked(self, tone: str, name: str, title: str) -> Markup:
        more = _TITLE.format(title) if title else ""
        return _STATUS.format(tone, more, _ICONS[tone], name)
