"""Verdicts that workers give on documents before they are answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.findings import Finding, Where
from gateway.partner import Profile
from gateway.ubl.document import Document

__all__ = ["Check", "Demand", "Judge", "Wanted", "of_ours", "of_theirs", "verdict_on"]

Check = Literal["schema", "rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a document is to be held against, by which release of the rules.

    Without a release it is the newest in force.
    """

    checks: tuple[Check, ...] = ("schema", "rules")
    release: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document that a verdict is wanted on."""

    document: Document
    demand: Demand


class Judge(Protocol):
    """Holds documents against schemas and rules; may take seconds."""

    def judged(
        self, document: Document, demand: Demand, day: dt.date
    ) -> tuple[Finding, ...]:
        """What speaks against a document; that nobody can tell is UBL-033."""
        ...

    def close(self) -> None:
        """End whatever it started."""
        ...


def of_theirs(profile: Profile) -> Demand | None:
    """What documents of a partner are held against, if anything."""
    return _demand(profile, profile.ubl.theirs)


def of_ours(profile: Profile) -> Demand | None:
    """What documents of ours to this partner are held against, if anything."""
    return _demand(profile, profile.ubl.ours)


def _demand(profile: Profile, checks: tuple[Check, ...]) -> Demand | None:
    if not checks:
        return None
    return Demand(checks=checks, release=profile.ubl.release or "")


def verdict_on(
    verdicts: Mapping[str, tuple[Finding, ...]], receipt_id: str, name: str
) -> tuple[Finding, ...]:
    """The verdict on what came with a receipt; without one it is not passed."""
    known = verdicts.get(receipt_id)
    if known is not None:
        return known
    what = "the document was held against neither schema nor rules"
    return (Finding.of("UBL-033", what, Where(path=name)),)
