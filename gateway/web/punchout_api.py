"""``/v1/punchout``: for suppliers whose own shop takes part in punch-out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from gateway.cxml_punchout.basket import Visit
from gateway.engine.own_shop import OwnShop
from gateway.findings import Finding
from gateway.web.api import NOT_FOUND, PROBLEMS, Key, nothing
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.problem import Problem
from gateway.web.punchout_shapes import (
    HandedOver,
    ShopCart,
    ShopSession,
    ShopWayBack,
)
from gateway.web.shapes import ProblemShape

router = APIRouter(prefix="/v1/punchout", responses=PROBLEMS)

_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "model": ProblemShape,
        "content": {"application/problem+json": {}},
        "description": "The session is over, or the key came with another cart.",
    }
}


@router.post("/handover")
def redeem(parts: TheDoors, who: TheCaller, handed: HandedOver) -> ShopSession:
    """The session that a browser's code hands over: once, within five minutes."""
    _is_ours(who)
    found = OwnShop(parts.engine).redeem(handed.code, parts.clock())
    if isinstance(found, Finding):
        raise Problem(found)
    return ShopSession.of(found)


@router.get("/sessions/{id}", responses=NOT_FOUND)
def get_session(parts: TheDoors, who: TheCaller, id: str) -> ShopSession:
    """A punch-out session as it stands, with its cart at our prices of now."""
    _is_ours(who)
    return ShopSession.of(_session(parts, id))


@router.post("/sessions/{id}/cart", responses=NOT_FOUND | _CONFLICT)
def give_back(
    request: Request,
    parts: TheDoors,
    who: TheCaller,
    id: str,
    cart: ShopCart,
    idempotency_key: Key = "",
) -> ShopWayBack:
    """End a session with the cart of the supplier's own shop.

    All lines go back or none. The same idempotency key with the same cart gives the
    same answer.
    """
    _is_ours(who)
    _session(parts, id)
    key = f"{who.key_id}|{idempotency_key}" if idempotency_key else ""
    went = OwnShop(parts.engine).give_back(id, cart.back(key), parts.clock())
    if isinstance(went, tuple):
        raise Problem(went[0], findings=went)
    usual = f"{str(request.base_url).rstrip('/')}/shop"
    return ShopWayBack.of(went, parts.engine.settings.shop_url or usual)


def _is_ours(who: Caller) -> None:
    """Carts and their prices are the supplier's to say, never a buyer's."""
    who.decides("punch-out sessions are for")


def _session(parts: Doors, id: str) -> Visit:
    found = OwnShop(parts.engine).find(id, parts.clock())
    if isinstance(found, Finding):
        raise nothing(id)
    return found
