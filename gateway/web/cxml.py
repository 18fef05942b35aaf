"""``/cxml``: requests of buying systems, each answered with a Response and a Status."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from gateway.cxml_punchout.envelope import MEDIA_TYPE
from gateway.engine.cxml import CHANNEL, Asked, Door
from gateway.findings import Finding
from gateway.pipeline.ports import InMemory
from gateway.store.receipts import Busy
from gateway.transport.addresses import networks
from gateway.web import intake
from gateway.web.certified import partner_of
from gateway.web.doors import Doors, doors
from gateway.web.peers import peer_of
from gateway.web.problem import Problem

__all__ = ["router"]

_NOTHING = InMemory.of(b"")


async def take(request: Request) -> Response:
    """Answer what is posted: HTTP 200 with a Status, whatever becomes of it."""
    parts = await doors(request)
    engine, asked = parts.engine, _asked(request, parts)
    door = Door(engine)
    certified = await partner_of(request.scope, engine, asked.received_at)
    if isinstance(certified, Finding):
        return _told(door.failed(asked, certified))
    asked = replace(asked, certified=certified)
    most = engine.rules.limits.message_bytes
    try:
        with engine.admit(), intake.spool_for(engine.settings, most) as spool:
            await intake.receive(request, spool, timeout_s=parts.body_timeout_s)
            came = replace(asked, body=spool.blob(), received_at=parts.clock())
            answer = await door.receive(came)
    except Problem as problem:
        answer = door.failed(asked, problem.finding)
    except (Busy, OSError) as full:
        what = f"{type(full).__qualname__} while the body came"
        answer = door.failed(asked, Finding.of("API-016", what))
    return _told(answer)


def _told(answer: bytes) -> Response:
    return Response(answer, headers={"Content-Type": MEDIA_TYPE})


def _asked(request: Request, parts: Doors) -> Asked:
    """What the request says before its body has come."""
    settings = parts.engine.settings
    return Asked(
        body=_NOTHING,
        content_type=request.headers.get("content-type", ""),
        peer=peer_of(request.scope, networks(settings.trusted_proxies)).address,
        url=_url(request),
        received_at=parts.clock(),
    )


def _url(request: Request) -> str:
    try:
        return str(request.url.replace(query="", fragment=""))
    except ValueError:  # Host is no host
        return ""


router = APIRouter()
router.add_route(f"/{CHANNEL}", take, methods=["POST"], include_in_schema=False)
