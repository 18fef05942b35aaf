"""Learn once: what a number, a place or a unit of theirs means, from a day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Query, Response

from gateway.catalog.learned import Kind
from gateway.engine.learning import learn
from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.pipeline.waiting import key_of
from gateway.store import cross_references
from gateway.store.cross_references import CrossReference
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.rights import Right
from gateway.web.console.sentences import short_reason

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
Asked = Annotated[str, Query(max_length=200)]
_KINDS: dict[str, str] = {
    "item": _("item"),
    "ship_to": _("ship-to"),
    "unit": _("unit"),
}
_FIELDS = ("partner", "kind", "theirs", "ours", "about", "from", "reason")
_LONGEST = 200


@router.get(f"{HOME}/map")
def ask(
    desk: Annotated[Desk, Depends(at(Right.SEE))],
    partner: Asked = "",
    kind: Asked = "",
    theirs: Asked = "",
    cursor: Asked = "",
) -> Response:
    """The form for a new cross-reference, and those that there are."""
    asked = {"partner": partner.strip(), "kind": kind, "theirs": theirs}
    return _page(desk, asked, cursor)


def _page(
    desk: Desk,
    asked: Mapping[str, str],
    cursor: str = "",
    *,
    wrong: str = "",
    status: int = 200,
) -> Response:
    kind = asked["kind"] if asked["kind"] in _KINDS else ""
    mine = desk.person.partner_id or asked["partner"] or None
    with desk.parts.engine.db.read() as tx:
        found = cross_references.every(
            tx, partner=mine, kind=kind or None, cursor=cursor or None
        )
        waits = 0
        if mine and kind and (key := key_of(asked["theirs"])):
            waits = cross_references.waiting_for(tx, mine, kind, key)
    profiles = desk.parts.engine.rules.directory.profiles
    profile = profiles.get(mine or "")
    return desk.page(
        "map.html",
        title=desk.speech(_("Cross-references")),
        status=status,
        wrong=wrong,
        found=found,
        waits=waits,
        kinds=_KINDS,
        partners=[desk.person.partner_id] if desk.person.partner_id else [*profiles],
        places=profile.locations if profile else (),
        today=desk.now.astimezone(desk.person.zone).date().isoformat(),
        asked=dict(asked) | {"partner": mine or "", "kind": kind or "item"},
    )


@router.post(f"{HOME}/map")
def make(desk: Annotated[Desk, Depends(at(Right.OPERATE))]) -> Response:
    """Keep it, and look again at every order that waits for it."""
    sent = {name: desk.form.get(name)[:_LONGEST] for name in _FIELDS}
    wanted = _wanted(desk)
    if wanted is None:
        said = _("Name the partner, what is theirs, what it is of ours, and a day.")
        return _page(desk, sent, wrong=desk.speech(said), status=422)
    if desk.person.partner_id not in (None, wanted.partner_id):
        return desk.not_found()
    engine = desk.parts.engine
    made = learn(engine.db, engine.rules, wanted, desk.now)
    if isinstance(made, Finding):
        return _page(desk, sent, wrong=desk.speech.finding(made), status=409)
    engine.queued.set()
    return desk.seen_other(f"{HOME}/map/{made.id}", desk.speech(_("It is kept.")))


def _wanted(desk: Desk) -> CrossReference | None:
    form = desk.form
    kind = next((one for one in get_args(Kind) if one == form.get("kind")), None)
    try:
        day = dt.date.fromisoformat(form.get("from"))
    except ValueError:
        return None
    texts = {name: form.get(name) for name in ("theirs", "ours", "about", "partner")}
    if kind is None or not texts["theirs"] or not texts["partner"]:
        return None
    if any(len(text) > _LONGEST for text in texts.values()):
        return None
    return CrossReference(
        id="",
        partner_id=texts["partner"],
        kind=kind,
        theirs=texts["theirs"],
        about=texts["about"] if kind == "unit" else "",
        ours=texts["ours"],
        valid_from=day,
        by=desk.by,
        reason=short_reason(desk),
        created_at=desk.now,
        state="",
    )


@router.get(f"{HOME}/map/{{id}}")
def show(desk: Annotated[Desk, Depends(at(Right.SEE))], id: str) -> Response:
    """What was said, and what became of the orders that waited for it."""
    with desk.parts.engine.db.read() as tx:
        one = cross_references.find(tx, id, partner=desk.person.partner_id)
    if one is None:
        return desk.not_found()
    return desk.page(
        "mapped.html",
        title=desk.speech(
            _("{theirs} of {partner}"), theirs=one.theirs, partner=one.partner_id
        ),
        one=one,
        kind=_KINDS[one.kind],
    )
