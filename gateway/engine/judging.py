"""Documents held against schemas and rules: theirs before they are answered, ours
before they leave. Both take longer than a transaction may."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from gateway.engine.running import trail
from gateway.findings import Finding, Where
from gateway.partner import Profile
from gateway.pipeline.ports import Failed, Outbound, Trouble
from gateway.pipeline.verdicts import Demand, Judge, Wanted, of_ours
from gateway.pipeline.world import Wants
from gateway.store.claim import Claimed
from gateway.ubl.document import Document, read_document

__all__ = ["Verdicts", "demand_of", "judge_all", "judge_ours", "verdicts", "why_not"]

log = structlog.get_logger()
Verdicts = dict[str, tuple[Finding, ...]]
_STANDARD = "ubl_"
_NO_VERDICT = "UBL-033"
_BROKEN = frozenset({"UBL-020", "UBL-030"})


def judge_all(
    judge: Judge | None,
    wanted: Mapping[str, Wanted],
    claimed: Sequence[Claimed],
    now: datetime,
    within_s: float,
) -> tuple[Verdicts, list[Claimed]]:
    """The verdicts on documents of a batch, each as of the day of its receipt.

    After so long no further one is begun: those receipts come back, to be taken up
    with the next batch.
    """
    found: Verdicts = {}
    until = time.monotonic() + within_s
    left: list[Claimed] = []
    for one in claimed:
        if one.id not in wanted or judge is None:
            continue
        if found and time.monotonic() > until:
            left.append(one)
            continue
        asked = wanted[one.id]
        day = (one.received_at or now).date()
        found[one.id] = _judged(judge, asked.document, asked.demand, day)
    return found, left


def verdicts(judge: Judge | None, wants: Wants, day: dt.date) -> Verdicts:
    """The verdicts on all documents that one reading asks about."""
    return {
        id_: _judged(judge, one.document, one.demand, day)
        for id_, one in wants.verdicts.items()
    }


def judge_ours(
    judge: Judge | None,
    profiles: Mapping[str, Profile],
    some: Sequence[Outbound],
    clock: Callable[[], datetime],
) -> tuple[Sequence[Outbound], Failed | None]:
    """How many of these may leave, the first ones; why the first may not."""
    for n, one in enumerate(some):
        profile = profiles.get(one.partner_id)
        demand = demand_of(one.kind, profile)
        if demand is None:
            continue
        why = why_not(judge, demand, b"".join(one.blob.chunks()), clock().date())
        if why is not None:
            return some[:n], None if n else why
    return some, None


def demand_of(kind: str, profile: Profile | None) -> Demand | None:
    """What a message of ours of this kind is held against before it leaves."""
    if profile is None or not kind.startswith(_STANDARD):
        return None
    return of_ours(profile)


def why_not(
    judge: Judge | None, demand: Demand, data: bytes, day: dt.date
) -> Failed | None:
    """Why a document of ours may not leave: it is broken, or nobody can tell yet."""
    document = read_document(data)
    if not isinstance(document, Document):
        return Failed(document[0].what, trouble=Trouble.REFUSED, code="UBL-040")
    found = _judged(judge, document, demand, day)
    broken = next((one for one in found if one.code in _BROKEN), None)
    if broken is not None:
        what = f"{broken.where}: {broken.what}"
        return Failed(what, trouble=Trouble.REFUSED, code="UBL-040")
    untold = next((one for one in found if one.code == _NO_VERDICT), None)
    if untold is None:
        return None
    return Failed(untold.what, trouble=Trouble.OURS, code=_NO_VERDICT, at_once=True)


def _judged(
    judge: Judge | None, document: Document, demand: Demand, day: dt.date
) -> tuple[Finding, ...]:
    """The verdict; that there is none where the judge broke down."""
    try:
        if judge is not None:
            return judge.judged(document, demand, day)
        what = "nothing here holds documents against schema and rules"
    except Exception as problem:
        log.error("verdict.broken", **trail(problem))
        what = f"the judge broke down: {type(problem).__name__}"
    return (Finding.of(_NO_VERDICT, what, Where(path=document.name)),)
