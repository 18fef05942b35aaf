"""``/v1``: send again, skip, build anew, process again, decide a conflict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from gateway.findings import Finding
from gateway.store import queries
from gateway.web.api import NOT_FOUND, PROBLEMS, Key, nothing
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.problem import Problem
from gateway.web.shapes import Interchange, Message

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

    def skip(self, id_: str, *, by: str, reason: str, key: str) -> Finding | None:
        """Nothing: it is done."""
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

    apply: StrictBool = False


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, of what, by whom, and under which idempotency key."""

    parts: Doors
    does: Actions
    who: Caller
    id: str
    given_key: str

    @property
    def by(self) -> str:
        """Who stands in the history."""
        return self.who.name or self.who.key_id

    @property
    def key(self) -> str:
        """The key as it is kept: callers do not share theirs."""
        return f"{self.who.key_id}|{self.given_key}" if self.given_key else ""

    def message(self) -> Message:
        """The message, if it is there and this caller may see it."""
        engine = self.parts.engine
        with engine.db.read() as tx:
            found = queries.message(
                tx,
                engine.db.payloads,
                self.id,
                partner=self.who.partner_id,
                ours=self.who.partner_id is None,
            )
        if found is None:
            raise nothing(self.id)
        return Message.of(found)

    def transmission(self) -> Interchange:
        """The transmission, if it is there and this caller may see it."""
        with self.parts.engine.db.read() as tx:
            found = queries.interchange(tx, self.id, partner=self.who.partner_id)
        if found is None:
            raise nothing(self.id)
        return Interchange.of(found)


def asked(
    parts: TheDoors,
    does: TheActions,
    who: TheCaller,
    id: str,
    idempotency_key: Key = "",
) -> Asked:
    """Everything but the body."""
    return Asked(parts, does, who, id, idempotency_key)


TheAsked = Annotated[Asked, Depends(asked)]


@router.post("/messages/{id}/resend", status_code=202, responses=NOT_FOUND | CONFLICT)
def resend(one: TheAsked, why: Why) -> Made:
    """Send a message's identical bytes again, under the same name and numbers."""
    one.message()
    made = one.does.resend(one.id, by=one.by, reason=why.reason, key=one.key)
    return Made(id=_good(made))


@router.post("/messages/{id}/skip", responses=NOT_FOUND | CONFLICT)
def skip(one: TheAsked, why: Why) -> Message:
    """Give up a message that has not left, so that those behind it may leave."""
    one.message()
    one.who.decides("messages are skipped by")
    against = one.does.skip(one.id, by=one.by, reason=why.reason, key=one.key)
    if against is not None:
        raise Problem(against)
    return one.message()


@router.post("/messages/{id}/reissue", status_code=202, responses=NOT_FOUND | CONFLICT)
def reissue(one: TheAsked, why: Why) -> Made:
    """Build an order answer anew under new numbers, marked as a replacement."""
    one.message()
    one.who.decides("messages are built anew by")
    made = one.does.reissue(one.id, by=one.by, reason=why.reason, key=one.key)
    return Made(id=_good(made))


@router.post("/messages/{id}/reprocess", responses=NOT_FOUND | CONFLICT)
def reprocess_message(one: TheAsked, wanted: Reprocessed) -> dict[str, Any]:
    """Process the transmission of a message again, or show what would differ."""
    one.message()
    return _reprocessed(one, wanted)


@router.post("/interchanges/{id}/reprocess", responses=NOT_FOUND | CONFLICT)
def reprocess_interchange(one: TheAsked, wanted: Reprocessed) -> dict[str, Any]:
    """Process a transmission again, or show what would differ."""
    one.transmission()
    return _reprocessed(one, wanted)


@router.post("/interchanges/{id}/release", responses=NOT_FOUND | CONFLICT)
def release_interchange(one: TheAsked, wanted: Settled) -> Interchange:
    """Decide a conflict: accept it as new, as a replacement, or reject it."""
    one.transmission()
    one.who.decides("conflicts are decided by")
    against = one.does.settle(
        one.id, as_=wanted.as_, by=one.by, reason=wanted.reason, key=one.key
    )
    if against is not None:
        raise Problem(against)
    return one.transmission()


def _reprocessed(one: Asked, wanted: Reprocessed) -> dict[str, Any]:
    if wanted.apply:
        one.who.decides("transmissions are processed again by")
    return _good(
        one.does.reprocess(
            one.id,
            apply=wanted.apply,
            by=one.by,
            reason=wanted.reason,
            key=one.key,
        )
    )


def _good(outcome: T | Finding) -> T:
    if isinstance(outcome, Finding):
        raise Problem(outcome)
    return outcome
