"""The Timestamp of a message: whether it is of now, by both clocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.safexml import Element, text_of
from gateway.trust.report import Fault, Sub
from gateway.trust.wssecurity.envelope import in_message
from gateway.trust.wssecurity.names import WSU
from gateway.trust.xmldsig.structure import children

__all__ = ["LONGEST", "TIMESTAMP", "Timestamp"]

TIMESTAMP = f"{{{WSU}}}Timestamp"
LONGEST = timedelta(hours=24)
"""So long a message may be said to hold at most, whatever its Expires says."""
_CREATED, _EXPIRES = f"{{{WSU}}}Created", f"{{{WSU}}}Expires"
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:\d\d)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """When a message was made, and until when it says that it holds."""

    created: datetime
    expires: datetime | None = None

    @classmethod
    def read(cls, element: Element) -> Timestamp:
        """From its element, as it was signed. Raises ``Fault``."""
        inside = children(element)
        if [one.tag for one in inside] not in ([_CREATED], [_CREATED, _EXPIRES]):
            what = "a Timestamp is Created, and perhaps Expires"
            raise in_message("timestamp", what)
        moments = [_moment(text_of(one)) for one in inside]
        expires = moments[1] if len(moments) > 1 else None
        if expires is not None and expires < moments[0]:
            raise in_message("timestamp", "a Timestamp that expires before it was made")
        return cls(created=moments[0], expires=expires)

    def check(self, at: datetime, skew: timedelta, most: timedelta) -> None:
        """Whether it is of this moment. Raises ``Fault`` with both clocks.

        ``skew`` is how far the clocks may differ; ``most`` how old a message without
        Expires may be.
        """
        if self.created > at + skew:
            self._refuse(at, "made in the future", self.created, skew)
        until = self.created + most
        if self.expires is not None:
            until = min(self.expires, self.created + LONGEST)
        if at > until + skew:
            self._refuse(at, "over", until, skew)

    def _refuse(self, at: datetime, how: str, limit: datetime, skew: timedelta) -> None:
        apart = abs((at - limit).total_seconds())
        what = (
            f"it is {how}: created {_told(self.created)}, "
            f"holds until {_told(self.expires)}, our clock says {_told(at)}: "
            f"{apart:.0f} s apart, {skew.total_seconds():.0f} s are allowed"
        )
        raise Fault(Sub.SIG_CONSTRAINTS_FAILURE, "message.timestamp", what)


def _moment(text: str) -> datetime:
    """An xsd:dateTime with its zone, to the microsecond. Raises ``Fault``."""
    found = _FORM.fullmatch(text)
    if found is not None:
        day, parts, zone = found.groups()
        try:
            told = datetime.fromisoformat(f"{day}.{(parts or '0'):0<6}{zone}")
            return told.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise in_message("timestamp", f"{text[:40]!r} is no time with its zone")


def _told(at: datetime | None) -> str:
    return "nobody knows" if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")
