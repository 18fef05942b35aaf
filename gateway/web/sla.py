"""``/v1/sla``: how the time agreed on with partners is kept, and what it costs."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query

from gateway.engine.sla_overview import Overview
from gateway.web.api import PROBLEMS, Partner
from gateway.web.doors import TheCaller, TheDoors
from gateway.web.moments import Day

router = APIRouter(prefix="/v1", responses=PROBLEMS)


@router.get("/sla")
def get_sla(
    parts: TheDoors,
    who: TheCaller,
    partner: Partner = None,
    since: Annotated[
        Day | None, Query(description="What was done since this day, in UTC.")
    ] = None,
) -> Overview:
    """How clocks were kept (in 30 days), and what is late now; for operators only."""
    who.decides("clocks are seen by")
    begin = datetime.combine(since, time(), UTC) if since else None
    return parts.engine.sla_overview(since=begin, partner=partner)
