"""The audit: what happened, who did it, and how far the record is sealed."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from gateway.findings.marking import marked as _
from gateway.store import audit
from gateway.web.console.desk import HOME, Desk, Person, at
from gateway.web.console.rights import Right

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
_LEADS = {
    "ord_": "orders",
    "chg_": "changes",
    "msg_": "messages",
    "rcp_": "receipts",
    "usr_": "users",
    "xrf_": "map",
}
"""The pages of things, by how their ids begin."""
Asked = Annotated[str, Query(max_length=200)]


@router.get(f"{HOME}/audit")
def page(
    desk: Annotated[Desk, Depends(at(Right.SEE))],
    name: Asked = "",
    ref: Asked = "",
    by: Asked = "",
    partner: Asked = "",
    cursor: Asked = "",
) -> Response:
    """The events of the chain, newest first."""
    with desk.parts.engine.db.read() as tx:
        found = audit.happened(
            tx,
            partner=desk.person.partner_id or partner or None,
            name=name.strip(),
            ref=ref.strip(),
            by=by.strip(),
            cursor=cursor or None,
        )
        chain = audit.chain(tx)
    return desk.page(
        "audit.html",
        title=desk.speech(_("Audit")),
        found=found,
        chain=chain,
        asked={"name": name, "ref": ref, "by": by, "partner": partner},
        leads_to=partial(leads_to, desk.person),
    )


def leads_to(person: Person, ref: str) -> str:
    """The page of what an event is about; empty where they may not see one."""
    room = _LEADS.get(ref[:4])
    if room is None or (room == "users" and not person.may(Right.ADMINISTER)):
        return ""
    return f"{HOME}/{room}/{ref}"
