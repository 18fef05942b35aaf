"""Messages in and out: one list, its filters in the address, and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from gateway.findings.marking import marked as _
from gateway.store import queries, views
from gateway.store.message_search import FILTERS, Wanted
from gateway.store.rows import MessageRow, Page
from gateway.store.views import View
from gateway.web.console.desk import HOME, Desk, at, page_headers
from gateway.web.console.kinds import kind_name
from gateway.web.console.rights import Right
from gateway.web.console.words import STATUSES

__all__ = ["Filters", "router", "safe_cell"]

router = APIRouter(include_in_schema=False)
MESSAGES = f"{HOME}/messages"
_LONGEST = 200
_LIMIT = 50
_TOLD = 3  # findings under a row
_COUNTED = 100
_EXPORTED = 100_000
_PART = 500
_VIEWS = (
    (_("Rejected"), {"validation": "rejected"}),
    (_("Accepted with errors"), {"validation": "accepted_with_errors"}),
    (_("Delivery failed"), {"delivery": "failed"}),
    (_("To be sent"), {"delivery": "queued"}),
    (_("Acknowledgement overdue"), {"acknowledgement": "overdue"}),
    (_("Rejected by the partner"), {"acknowledgement": "rejected"}),
)
"""The lists that most people want, with what they filter by."""
VALUES = {
    "direction": ("in", "out"),
    "validation": ("accepted", "accepted_with_errors", "rejected"),
    "delivery": ("none", "queued", "sending", "delivered", "failed", "cancelled"),
    "acknowledgement": (
        *("not_expected", "waiting", "accepted", "accepted_with_errors"),
        *("partly_accepted", "rejected", "overdue"),
    ),
}
"""What the filters with few values take."""
_NAMES = {"in": _("in"), "out": _("out")} | {
    word: name for word, (_tone, name) in STATUSES.items()
}
_COLUMNS = (
    *("id", "at", "partner_id", "direction", "type", "interchange_number"),
    *("control_number", "validation", "delivery", "acknowledgement", "wire"),
    *("receipt_id", "order_id", "last_said"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Person = Annotated[Desk, Depends(at(Right.SEE))]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address filters by, as it was typed; ``wrong`` names what it is not."""

    asked: dict[str, str]
    wanted: Wanted
    wrong: str = ""

    @classmethod
    def of(cls, query: Iterable[tuple[str, str]], desk: Desk) -> Filters:
        """The filters of an address that are known; the rest is left out."""
        known = {n: v.strip()[:_LONGEST] for n, v in query if n in FILTERS}
        asked = {name: value for name, value in known.items() if value}
        own = desk.person.partner_id
        for name, values in VALUES.items():
            if name in asked and asked[name] not in values:
                return cls(asked, Wanted(partner=own or ""), name)
        given: dict[str, Any] = {k: v for k, v in asked.items() if k not in _DAYS}
        if "code" in given:
            given["code"] = given["code"].upper()
        for name, more in _DAYS.items():
            if name in asked:
                moment = _moment(asked[name], desk.person.zone, more)
                if moment is None:
                    return cls(asked, Wanted(partner=own or ""), name)
                given[name] = moment
        wanted = Wanted(**given, ours=own is None)
        return cls(asked, wanted if own is None else replace(wanted, partner=own))

    @property
    def query(self) -> str:
        """As an address has it."""
        return urlencode(self.asked)


_DAYS = {"since": timedelta(), "until": timedelta(days=1)}
"""Days that are filtered by; the last one is part of the list."""


def _moment(text: str, zone: ZoneInfo, more: timedelta) -> datetime | None:
    """A day or a moment as a person writes it; none: it is neither."""
    try:
        if len(text) == len("2026-11-22"):
            day = date.fromisoformat(text) + more
            return datetime.combine(day, time(), zone).astimezone(UTC)
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


@router.get(MESSAGES)
def list_messages(desk: Person, cursor: str = "") -> Response:
    """Messages, newest first, fifty at a time."""
    filters = Filters.of(desk.request.query_params.multi_items(), desk)
    found: Page[MessageRow] = Page((), None)
    with desk.parts.engine.db.read() as tx:
        if not filters.wrong:
            found = queries.listed(tx, filters.wanted, cursor[:64] or None, _LIMIT)
        told = queries.findings_in(tx, [row.id for row in found.items], _TOLD)
        kept = views.views_of(tx, desk.person.user_id)
        counts = [] if desk.is_fragment else list(_counts(desk, partial(_count, tx)))
    return desk.page(
        "messages.html",
        title=desk.speech(_("Messages")),
        status=400 if filters.wrong else 200,
        filters=filters,
        found=found,
        told=told,
        values=VALUES,
        partners=sorted(desk.parts.engine.rules.directory.profiles),
        kind_name=kind_name,
        views=kept,
        counts=counts,
        words=_NAMES,
        is_first=not cursor,
    )


def _counts(
    desk: Desk, count: Callable[[Wanted], str]
) -> Iterator[tuple[str, str, str]]:
    """The usual lists: name, address and how many are in them, up to a hundred."""
    own = desk.person.partner_id
    for name, filters in _VIEWS:
        asked: dict[str, Any] = {**filters}
        wanted = Wanted(**asked, partner=own, ours=own is None)
        yield desk.speech(name), f"{MESSAGES}?{urlencode(asked)}", count(wanted)


def _count(tx: queries.Tx, wanted: Wanted) -> str:
    page = queries.listed(tx, wanted, None, _COUNTED)
    return f"{len(page.items)}{'+' if page.cursor else ''}"


@router.post(MESSAGES + "/views")
def keep_view(desk: Person) -> Response:
    """Keep the filters under a name, or forget those of a name."""
    pairs = [(one, desk.form.get(one)) for one in FILTERS]
    filters, name = Filters.of(pairs, desk), desk.form.get("name")[:60]
    place = f"{MESSAGES}?{filters.query}" if filters.query else MESSAGES
    if not name:
        return desk.seen_other(place, desk.speech(_("A saved list needs a name.")))
    with desk.parts.engine.db.begin() as tx:
        if desk.form.get("forget"):
            views.drop(tx, desk.person.user_id, name)
            done = _("The list {name} is no longer kept.")
        elif views.keep(tx, desk.person.user_id, View(name, filters.query), desk.now):
            done = _("The list {name} is kept.")
        else:
            done = _("There is room for twenty lists; forget one first.")
    return desk.seen_other(place, desk.speech(done, name=name))


@router.get(MESSAGES + ".csv")
def export(desk: Person, request: Request) -> Response:
    """The whole list as CSV; of very long ones the newest 100,000 messages."""
    filters = Filters.of(request.query_params.multi_items(), desk)
    if filters.wrong:
        return desk.refused(desk.speech(_("This filter has no such value.")), 400)
    headers = page_headers(desk) | {
        "Content-Disposition": 'attachment; filename="messages.csv"'
    }
    return StreamingResponse(
        _lines(desk, filters.wanted),
        media_type="text/csv; charset=utf-8",
        headers=headers,
    )


def _lines(desk: Desk, wanted: Wanted) -> Iterator[str]:
    yield _line(_COLUMNS)
    cursor, left = None, _EXPORTED
    while left > 0:
        with desk.parts.engine.db.read() as tx:
            page = queries.listed(tx, wanted, cursor, min(_PART, left))
        for row in page.items:
            cells = [getattr(row, name) for name in _COLUMNS]
            yield _line(safe_cell(str(cell)) for cell in cells)
        left -= len(page.items)
        cursor = page.cursor
        if cursor is None:
            return


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
