"""``/v1``: send again, build anew, process again, decide a conflict."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from gateway.findings import Finding
from gateway.store import queries
from gateway.web.api import NOT_FOUND, PROBLEMS, Key, nothing
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.problem import Problem
from gateway.web.shapes import Interchange

T = TypeVar("T")
router = APIRouter(prefix="/v1", responses=PROBLEMS)
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"description": "Not possible as things stand; the code says why."}
}


class Actions(Protocol):
    """What operators do to what is kept already. A finding speaks against it."""

    def resend(self, id_: str, *, by: str, reason: str, key: str) -> str | Finding:
        """The id of the repeat."""
        ...

    def reissue(self, id_: str, *, by: str, reason: str, key: str) -> str | Finding:
        """The id of the replacement."""
        ...

    def reprocess(
        self, id_: str, *, apply: bool, by: str, reason: str, key: str
    ) -> dict[str, Any] | Finding:
        """What differs."""
        ...

    def settle(
        self,
        id_: str,
        *,
        as_: Literal["new", "replacement", "reject"],
        by: str,
        reason: str,
        key: str,
    ) -> Finding | None:
        """Nothing: it is done."""
        ...


class Why(BaseModel):
    """Why it is done: it stands in the history."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=1, max_length=500)


class Reprocessed(Why):
    """With ``apply`` it is done; without it is only shown what differs."""

    apply: bool = False


class Settled(Why):
    """How a conflict is decided."""

    as_: Literal["new", "replacement", "reject"] = Field(alias="as")


class Made(BaseModel):
    """The message that is queued now."""

    id: str


def actions(request: Request) -> Actions:
    """What the app was made with."""
    found: Actions = request.app.state.actions
    return found


TheActions = Annotated[Actions, Depends(actions)]


@router.post("/messages/{id}/resend", status_code=202, responses=NOT_FOUND | CONFLICT)
def resend(
    parts: TheDoors,
    does: TheActions,
    who: TheCaller,
    id: str,
    why: Why,
    idempotency_key: Key = "",
) -> Made:
    """Send a message's identical bytes again, under the same name and numbers."""
    _own(parts, who, id)
    key = _key(who, idempotency_key)
    made = does.resend(id, by=_by(who), reason=why.reason, key=key)
    return Made(id=_good(made))


@router.post("/messages/{id}/reissue", status_code=202, responses=NOT_FOUND | CONFLICT)
def reissue(
    parts: TheDoors,
    does: TheActions,
    who: TheCaller,
    id: str,
    why: Why,
    idempotency_key: Key = "",
) -> Made:
    """Build an order answer anew under new numbers, marked as a replacement."""
    _own(parts, who, id)
    key = _key(who, idempotency_key)
    made = does.reissue(id, by=_by(who), reason=why.reason, key=key)
    return Made(id=_good(made))


@router.post("/messages/{id}/reprocess", responses=NOT_FOUND | CONFLICT)
def reprocess_message(
    parts: TheDoors,
    does: TheActions,
    who: TheCaller,
    id: str,
    wanted: Reprocessed,
    idempotency_key: Key = "",
) -> dict[str, Any]:
    """Process the transmission of a message again, or show what would differ."""
    _own(parts, who, id)
    return _reprocessed(does, who, id, wanted, idempotency_key)


@router.post("/interchanges/{id}/reprocess", responses=NOT_FOUND | CONFLICT)
def reprocess_interchange(
    parts: TheDoors,
    does: TheActions,
    who: TheCaller,
    id: str,
    wanted: Reprocessed,
    idempotency_key: Key = "",
) -> dict[str, Any]:
    """Process a transmission again, or show what would differ."""
    _transmission(parts, who, id)
    return _reprocessed(does, who, id, wanted, idempotency_key)


@router.post("/interchanges/{id}/release", responses=NOT_FOUND | CONFLICT)
def release_interchange(
    parts: TheDoors,
    does: TheActions,
    who: TheCaller,
    id: str,
    wanted: Settled,
    idempotency_key: Key = "",
) -> Interchange:
    """Decide a conflict: accept it as new, as a replacement, or reject it."""
    _transmission(parts, who, id)
    key = _key(who, idempotency_key)
    against = does.settle(
        id, as_=wanted.as_, by=_by(who), reason=wanted.reason, key=key
    )
    if against is not None:
        raise Problem(against)
    return _transmission(parts, who, id)


def _reprocessed(
    does: Actions, who: Caller, id: str, wanted: Reprocessed, key: str
) -> dict[str, Any]:
    return _good(
        does.reprocess(
            id,
            apply=wanted.apply,
            by=_by(who),
            reason=wanted.reason,
            key=_key(who, key),
        )
    )


def _good(outcome: T | Finding) -> T:
    if isinstance(outcome, Finding):
        raise Problem(outcome)
    return outcome


def _by(who: Caller) -> str:
    return who.name or who.key_id


def _key(who: Caller, key: str) -> str:
    """Callers do not share their keys."""
    return f"{who.key_id}|{key}" if key else ""


def _own(parts: Doors, who: Caller, id: str) -> None:
    """The message is there, and this caller may see it."""
    engine = parts.engine
    with engine.db.read() as tx:
        found = queries.message(
            tx,
            engine.db.payloads,
            id,
            partner=who.partner_id,
            ours=who.partner_id is None,
        )
    if found is None:
        raise nothing(id)


def _transmission(parts: Doors, who: Caller, id: str) -> Interchange:
    with parts.engine.db.read() as tx:
        found = queries.interchange(tx, id, partner=who.partner_id)
    if found is None:
        raise nothing(id)
    return Interchange.of(found)
