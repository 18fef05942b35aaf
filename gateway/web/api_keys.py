"""``/v1/keys``: the keys to this API, made, listed and revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.store import keys
from gateway.store.keys import ApiKey
from gateway.web.acting import Acting, shown_once
from gateway.web.api import NOT_FOUND, PROBLEMS, nothing
from gateway.web.doors import TheCaller, TheDoors
from gateway.web.problem import Problem
from gateway.web.shapes import Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=Acting)

Right = Literal["read", "write", "operate", "approve", "partners", "admin"]
assert set(Right.__args__) == set(keys.RIGHTS)  # type: ignore[attr-defined]  # a Literal has them


class NewKey(BaseModel):
    """A new key. No ``partner_id``: to everything; no ``days``: it does not end.

    The key of a partner has ``read`` and ``write`` at most.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=100)
    partner_id: str = Field(default="", max_length=100)
    rights: tuple[Right, ...] = Field(default=("read",), min_length=1, max_length=6)
    days: int | None = Field(default=None, ge=1, le=36_500)


class KeyShape(BaseModel):
    """A key to the API. ``partner_id`` empty: to everything."""

    id: str
    name: str
    partner_id: str
    rights: tuple[Right, ...]
    created_at: datetime
    expires_at: datetime | None
    has_ended: bool

    @classmethod
    def of(cls, one: ApiKey, now: datetime) -> KeyShape:
        """A key of the store."""
        return cls.model_validate(_told(one, now))


class MadeKey(KeyShape):
    """A key with its secret, which is shown this once."""

    secret: str


@router.get("/keys")
def list_keys(parts: TheDoors, who: TheCaller) -> Listed[KeyShape]:
    """Keys that are not revoked, oldest first."""
    who.decides("keys are managed by")
    with parts.engine.db.read() as tx:
        every = keys.every(tx)
    now = parts.clock()
    items = tuple(KeyShape.of(one, now) for one in every)
    return Listed[KeyShape](items=items, cursor=None)


@router.post("/keys", status_code=201)
def make_key(
    parts: TheDoors, who: TheCaller, wanted: NewKey, response: Response
) -> MadeKey:
    """Make a key; its secret is shown this once. Nobody gives more than they have."""
    who.decides("keys are managed by")
    for right in wanted.rights:
        who.needs(right)
    of = wanted.partner_id
    if of and of not in parts.engine.rules.directory.profiles:
        raise Problem.of("API-007", f"there is no partner {of!r}")
    now = parts.clock()
    ends = None if wanted.days is None else now + timedelta(days=wanted.days)
    scope = f"partner:{of}" if of else keys.EVERYTHING
    with parts.engine.db.begin() as tx:
        made, secret = keys.make(
            tx, wanted.name, scope, now, ends, rights=wanted.rights, by=who.by
        )
    response.headers["Location"] = "/v1/keys"
    shown_once(response)
    return MadeKey.model_validate(_told(made, now) | {"secret": secret})


@router.delete("/keys/{id}", status_code=204, responses=NOT_FOUND)
def revoke_key(parts: TheDoors, who: TheCaller, id: str) -> Response:
    """End a key: after five seconds at most it opens nothing."""
    who.decides("keys are managed by")
    with parts.engine.db.begin() as tx:
        done = keys.revoke(tx, id, parts.clock(), who.by)
    if not done:
        raise nothing(id)
    return Response(status_code=204)


def _told(one: ApiKey, now: datetime) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "partner_id": one.partner_id or "",
        "rights": tuple(right for right in keys.RIGHTS if right in one.rights),
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "has_ended": one.has_ended(now),
    }
