"""A partner's profile: written, checked, tried on what came last, put in force."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from gateway.bootstrap import fit_to_apply, rules
from gateway.engine.replaying import replay
from gateway.findings import Finding
from gateway.findings.marking import marked as _
from gateway.partner import Profile, load
from gateway.store import profiles, proposals
from gateway.store.profiles import ProfileVersion
from gateway.store.proposals import Proposal
from gateway.trust.known import certificates_of
from gateway.verify.demanded import lacking
from gateway.verify.held import packs
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.partners import PARTNERS
from gateway.web.console.rights import Right

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
_MOST_BYTES = 1024 * 1024
Reader = Annotated[Desk, Depends(at(Right.SEE))]
Keeper = Annotated[
    Desk, Depends(at(Right.ADMINISTER_PARTNER, most_bytes=3 * _MOST_BYTES))
]
Second = Annotated[Desk, Depends(at(Right.APPROVE))]
_NEW = f"{HOME}/new-partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was written: for whom, in place of which version, and why."""

    id: str
    base: int
    yaml: str
    reason: str


@router.get(f"{PARTNERS}/{{id}}/profile")
def profile(desk: Keeper, id: str) -> Response:
    """The profile in force, to be changed."""
    history = _history(desk, id)
    if not history:
        return desk.not_found()
    last = history[0]
    draft = Draft(id=id, base=last.n, yaml=last.yaml, reason="")
    return _editor(desk, draft)


@router.get(_NEW)
def new(desk: Keeper) -> Response:
    """A profile for somebody who has none."""
    if desk.person.partner_id is not None:
        return desk.not_found()
    return _editor(desk, Draft(id="", base=0, yaml="", reason=""))


@router.post(f"{PARTNERS}/{{id}}/profile")
def change(desk: Keeper, id: str) -> Response:
    """Check what was written, try it on what came last, or put it in force."""
    if not _history(desk, id):
        return desk.not_found()
    return _changed(desk, _draft(desk, id))


@router.post(_NEW)
def add(desk: Keeper) -> Response:
    """The same for a new partner, whose id stands in the profile."""
    if desk.person.partner_id is not None:
        return desk.not_found()
    draft = _draft(desk, desk.form.get("id"))
    if draft.id and _history(desk, draft.id):
        return desk.refused(desk.speech(_("There is a partner of this id already.")))
    return _changed(desk, draft)


def _draft(desk: Desk, id_: str) -> Draft:
    base = desk.form.get("base")
    yaml = desk.form.raw("yaml").replace("\r\n", "\n")
    return Draft(
        id=id_,
        base=int(base) if base.isdecimal() and len(base) < 10 else 0,
        yaml=yaml if yaml.endswith("\n") or not yaml else f"{yaml}\n",
        reason=desk.form.get("reason")[:500],
    )


def _changed(desk: Desk, draft: Draft) -> Response:
    engine = desk.parts.engine
    others = engine.rules.directory.profiles.values()
    made = fit_to_apply(draft.yaml, draft.id, engine.settings, others)
    if not isinstance(made, Profile):
        return _editor(desk, draft, against=made, status=422)
    missing = tuple(lacking(made, packs(engine.settings.home), desk.now.date()))
    if desk.form.get("do") == "save":
        return _save(desk, draft, missing)
    if desk.form.get("do") != "try":
        return _editor(desk, draft, against=missing, is_good=True)
    rest = [one for one in others if one.id != made.id]
    then = rules([*rest, made], engine.settings)
    count, replayed = replay(engine, made.id, then, desk.now)
    return _editor(
        desk, draft, against=missing, is_good=True, tried=count, replayed=replayed
    )


def _save(desk: Desk, draft: Draft, missing: tuple[Finding, ...]) -> Response:
    """Put it in force, or before a second person where certificates are others."""
    if not draft.reason:
        told = desk.speech(_("Say why: it stands in the history."))
        return _editor(desk, draft, against=missing, wrong=told, status=422)
    speech = desk.speech
    with desk.parts.engine.db.begin() as tx:
        if profiles.hold(tx, draft.id) != draft.base:
            return desk.refused(speech(_MEANWHILE), 409)
        before = profiles.text(tx, draft.id, draft.base)
        if _certificates(before) != _certificates(draft.yaml):
            kept = Proposal(
                partner_id=draft.id,
                base=draft.base,
                yaml=draft.yaml,
                reason=draft.reason,
                by=desk.by,
                asked_at=desk.now,
            )
            proposals.keep(tx, kept)
            told = speech(_("Its certificates are others: a second person confirms."))
        else:
            made = profiles.apply(
                tx, draft.id, draft.yaml, desk.now, desk.by, draft.reason
            )
            told = speech(_IN_FORCE, n=made.n)
    desk.parts.engine.renew()
    return desk.seen_other(f"{PARTNERS}/{draft.id}" if draft.base else PARTNERS, told)


_MEANWHILE = _("Somebody has put another version in force meanwhile. Begin anew.")
_IN_FORCE = _("Version {n} is in force. All gateways go by it within seconds.")


def _certificates(yaml: str) -> object:
    """What a profile says of whom to believe."""
    known = load(yaml, "") if yaml else ()
    if not isinstance(known, Profile):
        return (), None
    return tuple(certificates_of(known).all), known.trust


def _editor(  # noqa: PLR0913  what the page may tell
    desk: Desk,
    draft: Draft,
    *,
    against: Iterable[Finding] = (),
    wrong: str = "",
    status: int = 200,
    is_good: bool = False,
    tried: int | None = None,
    replayed: Iterable[object] = (),
) -> Response:
    title = desk.speech(_("Profile of {partner}"), partner=draft.id)
    found = tuple(against)
    return desk.page(
        "profile.html",
        title=title if draft.base else desk.speech(_("A new partner")),
        status=status,
        draft=draft,
        against=found,
        lines={one: line for one in found if (line := _line(one))},
        wrong=wrong,
        is_good=is_good,
        tried=tried,
        replayed=tuple(replayed),
        shown=_shown,
        action=f"{PARTNERS}/{draft.id}/profile" if draft.base else _NEW,
    )


def _shown(value: object) -> str:
    """A verdict, a decision, or several codes and lines."""
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values() if one)
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value)) or "\u2013"
    return str(value) if value else "\u2013"


def _line(finding: Finding) -> str:
    """The line of the text that a finding is about; empty: of none."""
    line = finding.where.path.rpartition(":")[2]
    return line if line.isdecimal() else ""


# What was in force before.


@router.get(f"{PARTNERS}/{{id}}/versions/{{n}}")
def version(desk: Reader, id: str, n: int) -> Response:
    """A version as it was put in force, and what it changed."""
    history = _history(desk, id)
    found = next((one for one in history if one.n == n), None)
    if found is None:
        return desk.not_found()
    before = next((one.yaml for one in history if one.n == n - 1), "")
    return desk.page(
        "version.html",
        title=desk.speech(_("{partner}, version {n}"), partner=id, n=n),
        version=found,
        last=history[0].n,
        difference=_difference(before, found.yaml, f"{n - 1}", f"{n}"),
    )


def _difference(before: str, after: str, old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), old, new, lineterm=""
    )
    return list(lines)


def _history(desk: Desk, id_: str) -> tuple[ProfileVersion, ...]:
    """The versions of a partner whom this person may see, newest first."""
    if desk.person.partner_id not in (None, id_):
        return ()
    with desk.parts.engine.db.read() as tx:
        return profiles.history(tx, id_)


# The second person.


@router.get(f"{PARTNERS}/{{id}}/proposal")
def proposal(desk: Reader, id: str) -> Response:
    """A profile that waits to be confirmed, and what it changes."""
    found = _proposed(desk, id)
    if found is None:
        return desk.not_found()
    history = _history(desk, id)
    before = next((one.yaml for one in history if one.n == found.base), "")
    return desk.page(
        "proposal.html",
        title=desk.speech(_("Proposed profile of {partner}"), partner=id),
        proposal=found,
        is_own=found.by == desk.by,
        difference=_difference(before, found.yaml, f"{found.base}", found.by),
    )


@router.post(f"{PARTNERS}/{{id}}/proposal")
def confirm(desk: Second, id: str) -> Response:
    """Put it in force, or take it back."""
    found = _proposed(desk, id)
    if found is None:
        return desk.not_found()
    speech, reason = desk.speech, desk.form.get("reason")[:500]
    if desk.form.get("do") == "refuse":
        with desk.parts.engine.db.begin() as tx:
            proposals.withdraw(tx, found, desk.now, by=desk.by, reason=reason)
        return desk.seen_other(f"{PARTNERS}", speech(_("It is taken back.")))
    if found.by == desk.by:
        return desk.refused(speech(_("Somebody else has to confirm what you propose.")))
    engine = desk.parts.engine
    others = engine.rules.directory.profiles.values()
    made = fit_to_apply(found.yaml, id, engine.settings, others)
    if not isinstance(made, Profile):
        return desk.refused(speech.finding(made[0]), 409)
    with engine.db.begin() as tx:
        if profiles.hold(tx, id) != found.base:
            return desk.refused(speech(_MEANWHILE), 409)
        proposals.take(tx, found, desk.now, by=desk.by)
        applied = profiles.apply(tx, id, found.yaml, desk.now, desk.by, found.reason)
    desk.parts.engine.renew()
    return desk.seen_other(f"{PARTNERS}/{id}", speech(_IN_FORCE, n=applied.n))


def _proposed(desk: Desk, id_: str) -> Proposal | None:
    if desk.person.partner_id not in (None, id_):
        return None
    with desk.parts.engine.db.read() as tx:
        return proposals.of_partner(tx, id_)
