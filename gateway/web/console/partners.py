"""Partners: the list with what waits, the page of one, its guide, its channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from markupsafe import Markup
from pydantic import BaseModel

from gateway.edi.plan import plan
from gateway.engine.trying import tried
from gateway.findings.marking import marked as _
from gateway.mappers import READERS
from gateway.partner import Profile, load
from gateway.partner.policy import CASES
from gateway.partner.profile import Channel
from gateway.pipeline.guide_doc import guide_page
from gateway.pipeline.guide_words import FRENCH
from gateway.pipeline.page import fragment
from gateway.store import partner_health, profiles, proposals, queries
from gateway.store.partner_health import Standing
from gateway.store.profiles import ProfileVersion
from gateway.trust.keyring import Certified, State, fingerprint
from gateway.trust.known import certificates_of
from gateway.web.console.desk import HOME, Desk, at
from gateway.web.console.kinds import kind_name
from gateway.web.console.rights import Right

__all__ = ["PARTNERS", "router"]

router = APIRouter(include_in_schema=False)
PARTNERS = f"{HOME}/partners"
Reader = Annotated[Desk, Depends(at(Right.SEE))]
Keeper = Annotated[Desk, Depends(at(Right.ADMINISTER_PARTNER))]
_MESSAGES = 20
_X12 = "x12_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A partner in the list; ``status`` is a word of the console's."""

    id: str
    name: str
    stage: str
    version: int
    standing: Standing
    proposed: bool

    @property
    def status(self) -> str:
        """Whether something of theirs waits for people."""
        return "waiting" if self.standing.open_work or self.proposed else "active"


@router.get(PARTNERS)
def partners(desk: Reader) -> Response:
    """All partners with a profile, those first whose work waits."""
    only = desk.person.partner_id
    with desk.parts.engine.db.read() as tx:
        every = [v for v in profiles.active(tx) if only in (None, v.partner_id)]
        standings = partner_health.standings(tx, tuple(v.partner_id for v in every))
        waiting = proposals.every(tx)
    rows = [
        _row(one, standings[one.partner_id], one.partner_id in waiting) for one in every
    ]
    rows.sort(key=lambda row: (-row.standing.open_work, row.id))
    proposed = [one for id_, one in sorted(waiting.items()) if only in (None, id_)]
    return desk.page(
        "partners.html",
        title=desk.speech(_("Partners")),
        rows=rows,
        proposed=proposed,
    )


def _row(version: ProfileVersion, standing: Standing, proposed: bool) -> Row:
    profile = load(version.yaml, version.partner_id)
    known = profile if isinstance(profile, Profile) else None
    return Row(
        id=version.partner_id,
        name=known.name if known else version.partner_id,
        stage=known.stage if known else "",
        version=version.n,
        standing=standing,
        proposed=proposed,
    )


@router.get(f"{PARTNERS}/{{id}}")
def partner(desk: Reader, id: str) -> Response:
    """One partner: names, channels, what is exchanged, certificates, last messages."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    version, profile = found
    with desk.parts.engine.db.read() as tx:
        standing = partner_health.standings(tx, (id,))[id]
        last = queries.messages(tx, partner=id, limit=_MESSAGES).items
        proposal = proposals.of_partner(tx, id)
        history = profiles.history(tx, id)
    return desk.page(
        "partner.html",
        title=profile.name,
        profile=profile,
        version=version,
        history=history,
        standing=standing,
        messages=last,
        proposal=proposal,
        names=list(_names(profile.identities)),
        ours=list(_names(profile.us)),
        channels=[(one.id, one.kind, _where(one)) for one in profile.channels],
        kind_name=kind_name,
        decided=_decided(profile),
        certificates=list(_certificates(profile, desk.now, _soon(desk))),
        is_loaded=desk.parts.engine.rules.directory.profiles.get(id) == profile,
        guides=[one.message for one in _exchanged(profile) if _has_guide(one.message)],
    )


def _found(desk: Desk, id_: str) -> tuple[ProfileVersion, Profile] | None:
    """The version in force and the profile; none where it is not theirs to see."""
    if desk.person.partner_id not in (None, id_):
        return None
    with desk.parts.engine.db.read() as tx:
        history = profiles.history(tx, id_)
    profile = load(history[0].yaml, id_) if history else ()
    return (history[0], profile) if isinstance(profile, Profile) else None


def _names(form: BaseModel) -> Iterator[tuple[str, str]]:
    """The names of a party as a person reads them: kind, name."""
    for kind, value in _stated(form):
        for one in value if isinstance(value, tuple) else (value,):
            told = dict(_stated(one)).values() if isinstance(one, BaseModel) else [one]
            yield kind, " ".join(map(_flat, told))


def _where(channel: Channel) -> str:
    """Where a channel leads; empty: they come to us."""
    for name in ("url", "host", "outbound"):
        if place := getattr(channel, name, ""):
            return str(place)
    return ""


def _decided(profile: Profile) -> list[tuple[str, str]]:
    """What the policy says that is not usual."""
    stated = dict(_stated(profile.policy))
    decided = {
        case: action
        for case, action in stated.pop("decisions", {}).items()
        if action is not CASES[case].default
    }
    return sorted((name, _flat(its)) for name, its in (stated | decided).items())


def _stated(form: BaseModel) -> Iterator[tuple[str, Any]]:
    """What a part of a profile says besides what is usual."""
    for name, field in type(form).model_fields.items():
        value = getattr(form, name)
        if value != field.default:
            yield name, value


def _flat(value: Any) -> str:
    """A value of a profile in one line."""
    if isinstance(value, BaseModel):
        value = dict(_stated(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_flat(its)}" for key, its in value.items())
    return ", ".join(map(_flat, value)) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A certificate of theirs. ``overlaps``: another one for the same use holds too."""

    name: str
    uses: str
    since: datetime
    until: datetime
    days: int
    status: str
    fingerprint: str
    overlaps: bool


def _certificates(profile: Profile, now: datetime, soon: timedelta) -> Iterator[Held]:
    every = certificates_of(profile).all
    good = [one for one in every if one.certificate.not_valid_after_utc > now]
    for one in every:
        until = one.certificate.not_valid_after_utc
        yield Held(
            name=one.name.rpartition("/")[2],
            uses=", ".join(sorted(map(str, one.uses))),
            since=one.active_from or one.certificate.not_valid_before_utc,
            until=until,
            days=(until - now).days,
            status=_standing(one, now, soon),
            fingerprint=fingerprint(one.certificate),
            overlaps=any(
                other is not one and set(other.uses) & set(one.uses) for other in good
            ),
        )


def _standing(one: Certified, now: datetime, soon: timedelta) -> str:
    if one.certificate.not_valid_after_utc <= now:
        return "expired"
    state = one.standing(now)
    if state is not State.CURRENT:
        return str(state)
    return "expiring" if one.certificate.not_valid_after_utc - now < soon else "active"


def _soon(desk: Desk) -> timedelta:
    return timedelta(days=desk.parts.engine.settings.expiring_days)


# The guide.


def _exchanged(profile: Profile) -> Iterator[Any]:
    yield from profile.receives
    yield from profile.sends


def _has_guide(message: str) -> bool:
    return message.startswith(_X12)


@router.get(f"{PARTNERS}/{{id}}/guide")
def guide(
    desk: Reader, id: str, message: Annotated[str, Query(max_length=40)] = "x12_850"
) -> Response:
    """What the partner's guide asks of a message, segment by segment."""
    found = _found(desk, id)
    if found is None:
        return desk.not_found()
    profile = found[1]
    agreed = next((o for o in _exchanged(profile) if o.message == message), None)
    if agreed is None or not _has_guide(message):
        return desk.not_found()
    schema = desk.parts.engine.rules.tables.schema(agreed.version[:6], message[-3:])
    if schema is None:
        return desk.not_found()
    reader = READERS.get(message)
    laid = plan(
        schema, profile.guide, message=message, reads=reader.reads if reader else None
    )
    blocks = guide_page(
        profile,
        laid,
        message=message,
        joined=(*profile.guide.relate, *profile.guide.pairs),
        say=lambda text: _in(desk, text),
    )
    title = desk.speech(_("{message} of {partner}"), message=message, partner=id)
    text = Markup(fragment(blocks))  # noqa: S704  every text in it is escaped
    return desk.page("guide.html", title=title, id=id, text=text)


def _in(desk: Desk, text: str) -> str:
    own = FRENCH.get(text) if desk.speech.name == "fr" else None
    return own or desk.speech(text)


# Channels.


@router.post(f"{PARTNERS}/{{id}}/channels/{{channel}}")
def try_channel(desk: Keeper, id: str, channel: str) -> Response:
    """Look whether a channel is there, by the profile that runs now."""
    profile = desk.parts.engine.rules.directory.profiles.get(id)
    if profile is None or desk.person.partner_id not in (None, id):
        return desk.not_found()
    chosen = next((one for one in profile.channels if one.id == channel), None)
    if chosen is None:
        return desk.not_found()
    title = desk.speech(
        _("Channel {channel} of {partner}"), channel=channel, partner=id
    )
    found = tried(desk.parts.engine, profile, chosen)
    return desk.page("channel.html", title=title, id=id, checks=found)
