"""``/healthz``, ``/readyz`` and ``/metrics``: for those who watch the gateway."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials

from gateway.engine import doctor
from gateway.engine.check import State
from gateway.engine.metrics import MEDIA_TYPE
from gateway.web.doors import Doors, TheDoors, bearer, look_up
from gateway.web.problem import Problem
from gateway.web.shapes import Health

router = APIRouter()
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@router.get("/healthz")
def health() -> Health:
    """Whether the process answers."""
    return Health(status="ok")


@router.get("/readyz")
def ready(parts: TheDoors) -> Health:
    """Whether it may get work: the database is of this version and can be written,
    there is room on the disk, and the process is not about to stop.
    """
    engine = parts.engine
    if engine.leaving.is_set() or engine.stopping.is_set():
        raise Problem.of("API-013", "the gateway is stopping")
    locked = engine.db.payloads.keys.fault
    if locked is not None:
        raise Problem(locked, headers={"Retry-After": "5"})
    looked = [*doctor.database(engine.db), *doctor.home(engine.settings)]
    for one in looked:
        if one.state is State.FAULT:
            raise Problem.of("API-013", f"{one.name}: {one.what}")
    return Health(status="ready")


def may_read(
    request: Request,
    parts: TheDoors,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Doors:
    """Whoever ``GATEWAY_METRICS`` lets read the metrics."""
    match parts.engine.settings.metrics:
        case "off":
            raise Problem.of("API-011", "no such address")
        case "loopback":
            if not _is_of_this_machine(request):
                raise Problem.of("API-014", "metrics are for this machine only")
        case "key":
            if look_up(parts, sent).partner_id is not None:
                raise Problem.of("API-014", "this key is for one partner only")
    return parts


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={
        401: {"description": "No key, or none that is known."},
        403: {"description": "A key for one partner only, or another machine."},
        404: {"description": "The metrics are nobody's (GATEWAY_METRICS)."},
    },
)
def metrics(parts: Annotated[Doors, Depends(may_read)]) -> PlainTextResponse:
    """What was counted and what waits, for Prometheus."""
    return PlainTextResponse(parts.engine.metrics(), media_type=MEDIA_TYPE)


def _is_of_this_machine(request: Request) -> bool:
    """Whether nobody else asks through a proxy on this machine."""
    if any(name in request.headers for name in _FORWARDED) or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
