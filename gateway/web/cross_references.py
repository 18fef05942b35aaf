"""``/v1/cross-references``: what partners' numbers mean, said once, from a day on."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.catalog.learned import Kind
from gateway.engine.learning import learn
from gateway.findings import Finding
from gateway.store import cross_references
from gateway.store.cross_references import CrossReference
from gateway.web.api import NOT_FOUND, PROBLEMS, ThePart, nothing
from gateway.web.doors import TheCaller, TheDoors
from gateway.web.moments import Day
from gateway.web.problem import Problem
from gateway.web.shapes import Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS)
_Number = Annotated[str, Field(max_length=200)]


class Said(BaseModel):
    """What one number, place or unit of a partner means."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [
                {
                    "partner_id": "acme",
                    "kind": "item",
                    "theirs": "77-9999",
                    "ours": "BB-1002",
                    "valid_from": "2026-11-22",
                    "reason": "new number of theirs",
                }
            ]
        },
    )

    partner_id: str = Field(min_length=1, max_length=200)
    kind: Literal["item", "ship_to", "unit"]
    theirs: _Number = Field(min_length=1, description="As they send it.")
    ours: _Number = Field(
        "", description="Our item, location or unit; empty: nothing any more."
    )
    about: _Number = Field("", description="Of a unit: of this item of ours only.")
    valid_from: Day = Field(description="The first day on which it holds.")
    reason: str = Field("", max_length=500)


@router.post("/cross-references", status_code=201)
def make(parts: TheDoors, who: TheCaller, said: Said) -> CrossReference:
    """Keep it, and look again at the held orders that wait for it.

    The first of them are looked at at once, the others soon: ``state`` is done then.
    """
    who.decides("cross-references are made by")
    kind: Kind = said.kind
    wanted = CrossReference(
        id="",
        partner_id=said.partner_id,
        kind=kind,
        theirs=said.theirs,
        about=said.about if kind == "unit" else "",
        ours=said.ours,
        valid_from=said.valid_from,
        by=who.name or who.key_id,
        reason=said.reason,
        created_at=parts.clock(),
        state="",
    )
    engine = parts.engine
    made = learn(engine.db, engine.rules, wanted, parts.clock())
    if isinstance(made, Finding):
        raise Problem(made)
    engine.queued.set()
    return made


@router.get("/cross-references")
def list_cross_references(
    parts: TheDoors, which: ThePart, kind: Kind | None = None
) -> Listed[CrossReference]:
    """All that were ever said, newest first; of several the last one counts."""
    with parts.engine.db.read() as tx:
        page = cross_references.every(
            tx,
            partner=which.partner,
            kind=kind,
            cursor=which.cursor,
            limit=which.limit,
        )
    return Listed[CrossReference].of(page)


@router.get("/cross-references/{id}", responses=NOT_FOUND)
def get_cross_reference(parts: TheDoors, who: TheCaller, id: str) -> CrossReference:
    """One of them, and what became of the orders that waited for it."""
    with parts.engine.db.read() as tx:
        found = cross_references.find(tx, id, partner=who.partner_id)
    if found is None:
        raise nothing(id)
    return found
