"""A signed document out of its evidence, judged again by what was known then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.findings import Finding
from gateway.partner import Profile, load
from gateway.pipeline.signed import open_signed
from gateway.trust.cms import Holder
from gateway.trust.judging import Asked, Known
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import RevocationList, UnreadableList
from gateway.trust.pki.ocsp import OcspAnswer, UnreadableAnswer
from gateway.trust.pki.revocation import Facts
from gateway.trust.policy import rules_of
from gateway.trust.report import TrustReport

__all__ = ["FOLDER", "PROFILE", "Proof", "proofs"]

FOLDER = "signed/"
PROFILE = "facts/profile.yaml"
_DOCUMENT = ".p7m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A document as it came, the report of then, and what that rests on.

    ``facts`` are revocation lists and answers of responders, as they came.
    """

    id: str
    document: bytes
    report: Mapping[str, Any]
    profile: bytes
    facts: tuple[bytes, ...]
    signature: bytes | None = None
    """The one that came beside it, in a file of its own."""

    @property
    def partner_id(self) -> str:
        """Whose document it is; empty: its profile is not there."""
        profile = self._profile()
        return profile.id if profile else ""

    @property
    def as_of(self) -> datetime:
        """The moment that the report is about."""
        return datetime.fromisoformat(self.report["clocks"]["as_of"])

    def judged(
        self,
        now: datetime,
        as_of: datetime,
        also: Known | None = None,
        holders: Sequence[Holder] = (),
    ) -> TrustReport | None:
        """What is found out about it for a moment.

        None: it cannot be found out here, as its profile is not there, or it was
        encrypted to a key that is not among ``holders``.
        ``also`` knows more of revocation than was kept with it.
        """
        profile = self._profile()
        if profile is None:
            return None
        kept = _facts(self.facts)

        def known(certificates: Sequence[Certificate]) -> Facts:
            more = also(certificates) if also else Facts()
            return Facts(kept.lists + more.lists, kept.answers + more.answers)

        rules = rules_of(profile)
        asked = Asked(rules=rules, facts=known, now=now, as_of=as_of)
        found = open_signed(asked, self.document, self.signature, holders).report
        is_sealed = found.constraint == "structure.decryption" and not holders
        return None if is_sealed else found

    def _profile(self) -> Profile | None:
        found = load(self.profile.decode("utf-8", "replace"), PROFILE)
        return found if isinstance(found, Profile) else None

    def differs(self, found: TrustReport) -> Finding | None:
        """What was found out otherwise than then, if it is about the same moment."""
        then = self.report["verdict"], self.report["constraint"]
        today = str(found.verdict), found.constraint or None
        if then == today:
            return None
        what = f"{self.id} was {_said(*then)}, and is {_said(*today)}: {found.what}"
        return Finding.of("EVD-013", what, value=self.id)


def _said(verdict: str, constraint: str | None) -> str:
    return f"{verdict} ({constraint})" if constraint else verdict


def proofs(members: Mapping[str, bytes]) -> Iterator[Proof]:
    """The signed documents of a bundle, out of its members by their names."""
    by_sum = {
        hashlib.sha256(data).hexdigest(): data
        for name, data in members.items()
        if name.startswith(FOLDER)
    }
    kept = dict(_documents(members))
    beside = [members[name] for name, told in kept.items() if "part" in told]
    for name, report in kept.items():
        if "part" in report:
            continue
        sums = [sum_ for one in report["signers"] for sum_ in one["rests_on"]]
        yield Proof(
            id=name.removeprefix(FOLDER).removesuffix(_DOCUMENT),
            document=members[name],
            signature=beside[0] if beside else None,
            report=report,
            profile=members.get(PROFILE, b""),
            facts=tuple(by_sum[sum_] for sum_ in sums if sum_ in by_sum),
        )


def _documents(members: Mapping[str, bytes]) -> Iterator[tuple[str, Any]]:
    """The members that came signed, or beside what was, with what was said of them."""
    for name in sorted(members):
        told = members.get(f"{name.removesuffix(_DOCUMENT)}.json")
        if name.startswith(FOLDER) and name.endswith(_DOCUMENT) and told is not None:
            yield name, json.loads(told)


def _facts(encoded: Sequence[bytes]) -> Facts:
    lists, answers = list[RevocationList](), list[OcspAnswer]()
    for data in encoded:
        try:
            lists.append(RevocationList.read(data))
        except UnreadableList:
            try:
                answers.append(OcspAnswer.read(data))
            except UnreadableAnswer:
                continue
    return Facts(tuple(lists), tuple(answers))
