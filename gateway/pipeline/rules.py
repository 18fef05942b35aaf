"""Everything a transmission is read by: tables, profiles, limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from functools import lru_cache

from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.dtds import NO_DTDS, Dtds
from gateway.edi.edifact.directories import Directories, SchemaKey
from gateway.edi.edifact.events import EdifactMessage, UnbRead
from gateway.edi.edifact.validate import EdifactValidator, edifact_plan
from gateway.edi.events import GroupBegun, InterchangeBegun
from gateway.edi.limits import Limits
from gateway.edi.plan import MessagePlan, plan
from gateway.edi.relations import Relations
from gateway.edi.tables import Tables
from gateway.edi.validate import Validator
from gateway.findings import Finding, Where
from gateway.mappers import (
    CXML_READERS,
    EDIFACT_READERS,
    READERS,
    UBL_READERS,
    WRITTEN,
)
from gateway.partner import Directory, Profile
from gateway.partner.find import CxmlName, Owner
from gateway.partner.profile import Receives, Sends
from gateway.pipeline.arrived_cxml import SETUP
from gateway.pipeline.arrived_edifact import kind_of
from gateway.pipeline.tolerance import Level, weights
from gateway.ubl.document import Document as UblDocument
from gateway.ubl.names import PAYLOADS

_KEPT = 1024
"""Compiled message plans kept; each serves one partner, version and type."""
_SET = re.compile("[0-9]{3}")
_EDIFACT = "edifact_"
_XML_VERSIONS = {"cxml": "1.2", "ubl": "2.1"}
"""Of what is XML: its form is a DTD's or a schema's, held against each document."""
_XML_READ = frozenset((*CXML_READERS, *UBL_READERS, SETUP))
_ANSWERS = ("CONTRL",)
"""Messages that every partner may send."""


def _utc(name: str) -> tzinfo:
    return UTC


class Rules:
    """Tables and profiles, compiled as they are needed. Changes make a new object."""

    def __init__(  # noqa: PLR0913  each by its name
        self,
        tables: Tables,
        directory: Directory,
        limits: Limits | None = None,
        always: Profile | None = None,
        directories: Directories | None = None,
        dtds: Dtds = NO_DTDS,
        *,
        zones: Callable[[str], tzinfo] = _utc,
    ) -> None:
        """``limits`` bound what one message may need of memory.

        ``always`` is the profile of every sender, whatever the envelope says.
        ``tables`` are those of X12, ``directories`` those of EDIFACT, ``dtds`` those
        of cXML. ``zones`` gives the time zone of a name.
        """
        self.dtds = dtds
        self._zones = zones
        self._always = always
        self.directories = directories or Directories({})
        self._edifact = lru_cache(maxsize=_KEPT)(self._compile_edifact)
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

    def find_edifact(self, unb: UnbRead) -> Profile | Finding:
        """Whose interchange it is, or why it is nobody's (ENV-020, ENV-024)."""
        if self._always is not None:
            return self._always
        sender = (*unb.sender, unb.part(2, 3))
        return self.directory.find_edifact(sender, (*unb.receiver, unb.part(3, 3)))

    def find_cxml(self, header: Header) -> Owner:
        """Whose document it is, or why it is nobody's (ENV-020, ENV-024)."""
        if self._always is not None:
            return Owner(self._always, sender=self._always)
        return self.directory.find_cxml(_names(header.from_), _names(header.to))

    def find_ubl(self, document: UblDocument) -> Profile | Finding:
        """Whose document it is, or why it is nobody's (ENV-020, ENV-024)."""
        if self._always is not None:
            return self._always
        parties = PAYLOADS[document.name]
        places = (
            Where(path=f"{document.name}/{parties.sender}"),
            Where(path=f"{document.name}/{parties.receiver}"),
        )
        sent = ((one.scheme, one.id) for one in document.sender)
        return self.directory.find_ubl(
            sent, ((one.scheme, one.id) for one in document.receiver), places
        )

    def zone(self, profile: Profile | None) -> tzinfo:
        """The zone of times that a partner's documents of cXML give without one."""
        name = profile.cxml.zone if profile else "UTC"
        return UTC if name == "UTC" else self._zones(name)

    def takes_xml(self, profile: Profile | None, kind: str) -> bool:
        """Whether the partner may send this; without a profile anything may come."""
        return profile is None or any(r.message == kind for r in profile.receives)

    def edifact_encoding(self, unb: UnbRead) -> str:
        """The sender's codec in place of the declared one; empty: none is agreed."""
        whose = self.find_edifact(unb)
        return whose.edifact.encoding or "" if isinstance(whose, Profile) else ""

    def edifact_validator(
        self, profile: Profile | None, key: SchemaKey
    ) -> EdifactValidator | None:
        """Who checks such a message for this partner; None without a table.

        Where there is none of its directory, that of the nearest one does.
        """
        return self._edifact(profile.id if profile else "", key)

    def takes(
        self, profile: Profile | None, key: SchemaKey, message: EdifactMessage
    ) -> bool:
        """Whether the partner may send this; without a profile anything may come."""
        if profile is None or key.type in _ANSWERS:
            return True
        kind = kind_of(key.type)
        return any(
            one.message == kind
            and one.version == key.directory
            and one.association in (None, message.association)
            for one in profile.receives
        )

    def _compile_edifact(
        self, partner_id: str, key: SchemaKey
    ) -> EdifactValidator | None:
        profile = self.directory.profiles.get(partner_id)
        if self._always is not None and self._always.id == partner_id:
            profile = self._always
        laid = self._edifact_plan(profile, key)
        if laid is None:
            return None
        return EdifactValidator(laid, _relations(profile, laid, kind_of(key.type)))

    def _edifact_plan(
        self, profile: Profile | None, key: SchemaKey
    ) -> MessagePlan | None:
        schema = self.directories.schema(*self.directories.nearest(key))
        if schema is None:
            return None
        kind = kind_of(key.type)
        reader = EDIFACT_READERS.get(kind)
        reads = reader.reads if reader else None
        if profile is None:
            return edifact_plan(schema, message=kind, reads=reads)
        level = weights(Level(profile.edifact.level))
        return edifact_plan(
            schema, profile.guide, message=kind, reads=reads, weights=level
        )

    def _laid(self, profile: Profile, agreed: Receives | Sends) -> MessagePlan | None:
        """The plan of a message type that a profile names."""
        if not agreed.message.startswith(_EDIFACT):
            return self._plan(profile, agreed.version[:6], agreed.message[-3:])
        type_ = agreed.message.removeprefix(_EDIFACT).upper()
        syntax, subset = int(profile.edifact.syntax), agreed.association or ""
        key = SchemaKey(agreed.version, type_, syntax, "", subset)
        if isinstance(agreed, Sends) and self.directories.schema(*key) is None:
            return None  # what we write keeps to its own directory
        return self._edifact_plan(profile, key)

    def guide_findings(self, profile: Profile) -> tuple[Finding, ...]:
        """What a profile says of places and message types that there are not."""
        found: list[Finding] = []
        readers = {*READERS, *EDIFACT_READERS}
        for receives in profile.receives:
            if receives.message in _XML_READ and _is_xml(receives):
                continue
            laid = self._laid(profile, receives)
            if receives.message not in readers or laid is None:
                what = f"{receives.message} {receives.version} cannot be read"
                found.append(Finding.of("CFG-007", what, value=receives.message))
            else:
                found += laid.findings
                found += _relations(profile, laid, receives.message).findings
        for sends in profile.sends:
            if sends.message in WRITTEN and _is_xml(sends):
                continue
            laid = self._laid(profile, sends)
            if sends.message not in WRITTEN or laid is None:
                what = f"{sends.message} {sends.version} cannot be written"
                found.append(Finding.of("CFG-007", what, value=sends.message))
            else:
                found += laid.findings
        return tuple(found)


def _is_xml(agreed: Receives | Sends) -> bool:
    """Whether it is of a standard in XML, and of the version that is spoken here."""
    version = _XML_VERSIONS.get(agreed.message.partition("_")[0])
    if version is None:
        return False
    written = isinstance(agreed, Sends) and agreed.version.startswith(f"{version}.")
    return agreed.version == version or written


def _names(credentials: Iterable[Credential]) -> list[CxmlName]:
    return [(one.domain, one.identity) for one in credentials]


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
