"""Everything a transmission is read by: tables, profiles, limits."""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.plan import MessagePlan, plan
from gateway.edi.relations import Relations
from gateway.edi.tables import Tables
from gateway.edi.validate import Validator
from gateway.edi.x12.reader import Limits
from gateway.findings import Finding
from gateway.mappers import READERS, WRITTEN
from gateway.partner import Directory, Profile
from gateway.pipeline.tolerance import Level, weights

_KEPT = 1024
"""Compiled message plans kept; each serves one partner, version and type."""
_SET = re.compile("[0-9]{3}")


class Rules:
    """Tables and profiles, compiled as they are needed. Changes make a new object."""

    def __init__(
        self,
        tables: Tables,
        directory: Directory,
        limits: Limits | None = None,
        always: Profile | None = None,
    ) -> None:
        """``limits`` bound what one message may need of memory.

        ``always`` is the profile of every sender, whatever the envelope says.
        """
        self._always = always
        self.tables = tables
        self.directory = directory
        self.limits = limits or Limits()
        self._functional_ids = lru_cache(maxsize=_KEPT)(self._group_kinds)
        self._validator = lru_cache(maxsize=_KEPT)(self._compile)

    def find(
        self, isa: InterchangeBegun, group: GroupBegun | None
    ) -> Profile | Finding:
        """Whose interchange it is, or why it is nobody's (ENV-020, ENV-024)."""
        if self._always is not None:
            return self._always
        codes = (group[2], group[3]) if group else ("", "")
        return self.directory.find(isa[5], isa[6], isa[7], isa[8], *codes)

    def validator(
        self, profile: Profile | None, version: str, set_id: str
    ) -> Validator | None:
        """Who checks a set of this version for this partner; None without a table."""
        if not _SET.fullmatch(set_id):
            return None
        partner_id = profile.id if profile else ""
        return self._validator(partner_id, version[:6], set_id)

    def _compile(self, partner_id: str, version: str, set_id: str) -> Validator | None:
        profile = self.directory.profiles.get(partner_id)
        if self._always is not None and self._always.id == partner_id:
            profile = self._always
        laid = self._plan(profile, version, set_id)
        if laid is None:
            return None
        return Validator(laid, _relations(profile, laid, f"x12_{set_id}"))

    def _plan(
        self, profile: Profile | None, version: str, set_id: str
    ) -> MessagePlan | None:
        schema = self.tables.schema(version, set_id)
        if schema is None:
            return None
        kind = f"x12_{set_id}"
        reader = READERS.get(kind)
        reads = reader.reads if reader else None
        if profile is None:
            return plan(schema, message=kind, reads=reads)
        level = weights(Level(profile.x12.level))
        return plan(schema, profile.guide, message=kind, reads=reads, weights=level)

    def encoding(self, isa: InterchangeBegun) -> str:
        """What bytes that are not ASCII are read as, before Latin-1 (a codec name)."""
        whose = self.find(isa, None)
        encoding = whose.x12.encoding if isinstance(whose, Profile) else "ascii"
        return "utf-8" if encoding == "ascii" else encoding

    def functional_ids(self, version: str) -> frozenset[str]:
        """The GS01 of the groups that there are tables for."""
        return self._functional_ids(version[:6])

    def _group_kinds(self, version: str) -> frozenset[str]:
        return frozenset(filter(None, self.tables.groups(version).values()))

    def guide_findings(self, profile: Profile) -> tuple[Finding, ...]:
        """What a profile says of places and message types that there are not."""
        found: list[Finding] = []
        for receives in profile.receives:
            laid = self._plan(profile, receives.version, receives.message[-3:])
            if receives.message not in READERS or laid is None:
                what = f"{receives.message} {receives.version} cannot be read"
                found.append(Finding.of("CFG-007", what, value=receives.message))
            else:
                found += laid.findings
                found += _relations(profile, laid, receives.message).findings
        for sends in profile.sends:
            schema = self.tables.schema(sends.version[:6], sends.message[-3:])
            if sends.message not in WRITTEN or schema is None:
                what = f"{sends.message} {sends.version} cannot be written"
                found.append(Finding.of("CFG-007", what, value=sends.message))
            elif laid := self._plan(profile, sends.version, sends.message[-3:]):
                found += laid.findings
        return tuple(found)


def _relations(profile: Profile | None, laid: MessagePlan, kind: str) -> Relations:
    """The rules of the partner's guide that join places of this message."""
    if profile is None:
        return Relations((), (), laid)
    guide = profile.guide
    return Relations(
        (rule for rule in guide.relate if rule.message == kind),
        (rule for rule in guide.pairs if rule.message == kind),
        laid,
    )
