"""The dashboard: what came and left day by day, how much of it went wrong, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Response

from gateway.findings import CODES
from gateway.findings.marking import marked as _
from gateway.store import volumes
from gateway.store.volumes import Day
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.rights import Right

__all__ = ["Bar", "bars", "router"]

router = APIRouter(include_in_schema=False)
_WIDTH, _HEIGHT, _GAP = 560, 120, 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart, in its coordinates; ``bad`` is the height of what is wrong."""

    x: float
    y: float
    width: float
    height: float
    bad: float


def bars(pairs: Sequence[tuple[int, int]]) -> list[Bar]:
    """A bar for each number and the part of it that is wrong, the highest on top."""
    most = max((total for total, _wrong in pairs), default=0) or 1
    step = _WIDTH / max(len(pairs), 1)
    found = []
    for place, (total, wrong) in enumerate(pairs):
        height = round(_HEIGHT * total / most, 1)
        bad = round(_HEIGHT * min(wrong, total) / most, 1)
        top, wide = round(_HEIGHT - height, 1), round(step - _GAP, 1)
        found.append(Bar(round(place * step, 1), top, wide, height, bad))
    return found


@router.get(f"{HOME}/dashboard")
def dashboard(
    desk: Annotated[Desk, Depends(at(Right.SEE))], partner: str = ""
) -> Response:
    """Two weeks of messages, of one partner or of all."""
    chosen = desk.person.partner_id or partner[:200] or None
    with desk.parts.engine.db.read() as tx:
        found = volumes.volumes(tx, desk.now, desk.person.zone, chosen)
    total = sum(day.total for day in found.days)
    wrong = sum(day.wrong for day in found.days)
    percent = (Decimal(100) * wrong / max(total, 1)).quantize(Decimal("0.1"))
    known = desk.parts.engine.rules.directory.profiles
    return desk.page(
        "dashboard.html",
        title=desk.speech(_("Dashboard")),
        found=found,
        chosen=chosen or "",
        asked={"partner": chosen or ""},
        partners=sorted(known),
        volume=bars([(day.total, day.wrong) for day in found.days]),
        late=bars([(day.late, day.late) for day in found.days]),
        box=f"0 0 {_WIDTH} {_HEIGHT}",
        height=_HEIGHT,
        told=[_told(desk, day) for day in found.days],
        list_of=list_of,
        total=total,
        share=f"{desk.speech.number(percent)}\u202f%" if total else "-",
        title_of=lambda code: desk.speech(CODES[code].title) if code in CODES else "",
        overdue=sum(day.late for day in found.days),
    )


def _told(desk: Desk, day: Day) -> str:
    text = _("{day}: {total} messages, {wrong} of them went wrong")
    shown = desk.speech.number(day.total) + ("+" if day.is_cut else "")
    return desk.speech(text, day=desk.speech.day(day.day), total=shown, wrong=day.wrong)


def list_of(**asked: str) -> str:
    """The list of the messages that a figure is about."""
    return f"{HOME}/messages?{urlencode({k: v for k, v in asked.items() if v})}"
