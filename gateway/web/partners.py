"""``/v1/partners``: who we trade with, by which profile, and by which ones before."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from gateway.bootstrap import fit_to_apply
from gateway.partner import Profile, load
from gateway.store import profiles
from gateway.store.profiles import ProfileVersion
from gateway.trust.known import certificates_of
from gateway.web import intake
from gateway.web.acting import Acting
from gateway.web.api import NOT_FOUND, PROBLEMS, UNDER_WAY, nothing
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.etags import PRECONDITION, IfMatch, check, etag
from gateway.web.problem import Problem
from gateway.web.shapes import Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=Acting)
MEDIA_TYPE = "application/yaml"
_MOST_BYTES = 1024 * 1024
_YAML = {
    "requestBody": {
        "required": True,
        "description": "A profile as docs/profile.md has it, certificates in it.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


class PartnerShape(BaseModel):
    """A partner and the version of the profile in force; ``stage``: test or live."""

    id: str
    name: str
    stage: str
    version: int
    sha256: str
    active_from: datetime

    @classmethod
    def of(cls, version: ProfileVersion) -> PartnerShape:
        """A version of the store."""
        profile = load(version.yaml, version.partner_id)
        known = profile if isinstance(profile, Profile) else None
        return cls(
            id=version.partner_id,
            name=known.name if known else "",
            stage=known.stage if known else "",
            version=version.n,
            sha256=version.sha256,
            active_from=version.active_from,
        )


class VersionShape(BaseModel):
    """A version of a profile; the last one is in force."""

    version: int
    sha256: str
    active_from: datetime


Version = Annotated[
    int | None, Query(ge=1, le=1_000_000_000, description="None: the one in force.")
]


@router.get("/partners")
def list_partners(parts: TheDoors, who: TheCaller) -> Listed[PartnerShape]:
    """All partners that have a profile in force, by id."""
    who.decides("partners are listed by")
    with parts.engine.db.read() as tx:
        every = profiles.active(tx)
    items = tuple(map(PartnerShape.of, every))
    return Listed[PartnerShape](items=items, cursor=None)


@router.get("/partners/{id}", responses=NOT_FOUND)
def get_partner(
    parts: TheDoors, who: TheCaller, id: str, response: Response
) -> PartnerShape:
    """One partner."""
    last = _history(parts, who, id)[0]
    response.headers["ETag"] = etag(last.n)
    return PartnerShape.of(last)


@router.get("/partners/{id}/versions", responses=NOT_FOUND)
def list_versions(parts: TheDoors, who: TheCaller, id: str) -> Listed[VersionShape]:
    """The versions of a partner's profile, newest first."""
    items = tuple(
        VersionShape(version=one.n, sha256=one.sha256, active_from=one.active_from)
        for one in _history(parts, who, id)
    )
    return Listed[VersionShape](items=items, cursor=None)


@router.get(
    "/partners/{id}/profile",
    responses=NOT_FOUND
    | {200: {"content": {MEDIA_TYPE: {}}, "description": "The profile."}},
    response_class=Response,
)
def get_profile(
    parts: TheDoors, who: TheCaller, id: str, version: Version = None
) -> Response:
    """The profile of a partner as YAML, in force or as it was."""
    every = _history(parts, who, id)
    found = next((one for one in every if version in (None, one.n)), None)
    if found is None:
        raise nothing(f"{id} version {version}")
    headers = {"ETag": etag(found.n)}
    return Response(found.yaml, media_type=MEDIA_TYPE, headers=headers)


@router.put(
    "/partners/{id}/profile",
    responses=NOT_FOUND | PRECONDITION | UNDER_WAY,
    openapi_extra=_YAML,
)
async def put_profile(  # noqa: PLR0913, PLR0917  each a part of the request
    request: Request,
    parts: TheDoors,
    who: TheCaller,
    id: str,
    response: Response,
    if_match: IfMatch = "",
    dry_run: Annotated[
        bool, Query(description="Check it, and put nothing in force.")
    ] = False,
) -> PartnerShape:
    """Put a profile in force as a new version; what is wrong with it is a problem.

    Who has other certificates in it needs the right ``approve`` too. A new partner
    takes no If-Match. Gateways that run go by it within seconds, and by its
    certificates within a minute.
    """
    who.decides("profiles are put in force by")
    timeout_s = parts.body_timeout_s
    data = await intake.small(request, _MOST_BYTES, timeout_s=timeout_s)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Problem.of("CFG-001", "the profile is not UTF-8") from None
    made = await run_in_threadpool(_put, parts, who, id, text, if_match, dry_run)
    await run_in_threadpool(parts.engine.renew)
    response.headers["ETag"] = etag(made.n)
    return PartnerShape.of(made)


def _put(
    parts: Doors, who: Caller, id: str, text: str, if_match: str, dry_run: bool
) -> ProfileVersion:
    engine = parts.engine
    others = engine.rules.directory.profiles.values()
    profile = fit_to_apply(text, id, engine.settings, others)
    if not isinstance(profile, Profile):
        raise Problem(profile[0], findings=profile)
    with engine.db.begin() as tx:
        n = profiles.hold(tx, id)
        if n:
            check(if_match, n)
        before = profiles.text(tx, id, n)
        if _certificates(before) != _certificates(text):
            who.needs("approve")
        now = parts.clock()
        if dry_run:
            return ProfileVersion(
                partner_id=id, n=n, sha256="", active_from=now, yaml=text
            )
        return profiles.apply(tx, id, text, now, who.by)


def _certificates(yaml: str) -> object:
    profile = load(yaml, "") if yaml else ()
    return certificates_of(profile) if isinstance(profile, Profile) else ()


def _history(parts: Doors, who: Caller, id: str) -> tuple[ProfileVersion, ...]:
    who.decides("partners are seen by")
    with parts.engine.db.read() as tx:
        found = profiles.history(tx, id)
    if not found:
        raise nothing(id)
    return found
