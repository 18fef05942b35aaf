"""Which profile do the two addresses of an interchange belong to?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from gateway.findings import Finding, Findings, Where
from gateway.partner.cxml import CxmlIdentity
from gateway.partner.edifact import EdifactIdentity
from gateway.partner.profile import As2Channel, Profile, X12Identity
from gateway.partner.ubl import UblIdentity

__all__ = ["CxmlName", "Directory", "EdifactAddress", "Owner", "UblName"]

# Qualifier, id, and the application code; an empty code stands for any. A sender whose
# claims are all by one profile is found without its code too.
_Key: TypeAlias = tuple[str, str, str]
_Claims: TypeAlias = dict[_Key, list[Profile]]
EdifactAddress: TypeAlias = tuple[str, str, str]
"""Qualifier (0007), identification (0004, 0010), internal address (0008, 0014)."""

CxmlName: TypeAlias = tuple[str, str]
"""Domain and identity of a Credential."""

UblName: TypeAlias = tuple[str, str]
"""schemeID and number of a party."""

_SENDER = Where(segment_tag="ISA", element=6)
_RECEIVER = Where(segment_tag="ISA", element=8)
_UNB_SENDER = Where(segment_tag="UNB", element=2, component=1)
_UNB_RECEIVER = Where(segment_tag="UNB", element=3, component=1)
_FROM = Where(path="cXML/Header/From/Credential")
_TO = Where(path="cXML/Header/To/Credential")
_TEST = "-T"
"""Behind the identity of a hub's test account, in small or capital letters."""
_ANY = "*"
"""In place of a qualifier: whichever is sent, or none."""


class Owner(NamedTuple):
    """Whose a document of cXML is, or why it is nobody's; and by which account.

    ``sender`` is whom From names, also where we are not meant.
    """

    profile: Profile | Finding
    by_test_account: bool = False
    sender: Profile | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """All profiles, found by who sends. Build it with ``Directory.of``.

    A sender that two profiles claim belongs to neither: it is looked up as unknown
    until ``findings`` (CFG-006) is settled.
    """

    profiles: Mapping[str, Profile]
    findings: tuple[Finding, ...]
    _senders: Mapping[_Key, Profile]
    _alone: Mapping[tuple[str, str], Profile]
    _edifact: Mapping[_Key, Profile]
    _cxml: Mapping[_Key, Profile]
    _ubl: Mapping[_Key, Profile]

    @classmethod
    def of(cls, profiles: Iterable[Profile]) -> Directory:
        """The directory of some profiles; what they dispute is in its findings."""
        known: dict[str, Profile] = {}
        claims: _Claims = {}
        of_edifact: _Claims = {}
        of_cxml: _Claims = {}
        of_ubl: _Claims = {}
        for profile in profiles:
            known[profile.id] = profile
            for key in dict.fromkeys(map(_key, profile.identities.x12)):
                claims.setdefault(key, []).append(profile)
            for key in dict.fromkeys(map(_edifact_key, profile.identities.edifact)):
                of_edifact.setdefault(key, []).append(profile)
            for key in dict.fromkeys(map(_cxml_key, profile.identities.cxml)):
                of_cxml.setdefault(key, []).append(profile)
            for key in dict.fromkeys(map(_ubl_key, profile.identities.ubl)):
                of_ubl.setdefault(key, []).append(profile)
        found = Findings()
        senders = _undisputed(claims, "with GS02", found)
        edifact = _undisputed(of_edifact, "with internal address", found)
        cxml = _undisputed(of_cxml, "", found)
        ubl = _undisputed(of_ubl, "", found)
        found.extend(_disputed_as2(known.values()))
        alone = _without_codes(claims)
        return cls(known, found.done(), senders, alone, edifact, cxml, ubl)

    def find(
        self,
        sender_qualifier: str,
        sender_id: str,
        receiver_qualifier: str,
        receiver_id: str,
        gs02: str = "",
        gs03: str = "",
    ) -> Profile | Finding:
        """The sender's profile, ENV-020 without one, ENV-024 when we are not meant.

        Takes ISA05 to ISA08, GS02 and GS03; blanks at their ends are padding. Codes may
        be empty where no group is at hand.
        """
        sender, receiver = sender_id.rstrip(), receiver_id.rstrip()
        key = sender_qualifier.rstrip(), sender
        profile = self._senders.get((*key, gs02.rstrip()))
        profile = profile or self._senders.get((*key, ""))
        if profile is None and not gs02:
            profile = self._alone.get(key)
        if profile is None:
            address = f"{key[0]}/{sender}" + (f", GS02 {gs02}" if gs02 else "")
            what = f"no profile has the sender {address}"
            return Finding.of("ENV-020", what, _SENDER, sender)
        us = profile.us.x12
        if us is None or not _is(us, receiver_qualifier.rstrip(), receiver, gs03):
            address = f"{receiver_qualifier}/{receiver}"
            address += f", GS03 {gs03}" if gs03 else ""
            what = f"{profile.id} does not reach us as {address}"
            return Finding.of("ENV-024", what, _RECEIVER, receiver)
        return profile

    def find_edifact(
        self, sender: EdifactAddress, receiver: EdifactAddress
    ) -> Profile | Finding:
        """The sender's profile, ENV-020 without one, ENV-024 when we are not meant.

        Addresses are 0007, 0004 or 0010, and 0008 or 0014.
        """
        qualifier, name, internal = sender
        profile = None
        for inner in dict.fromkeys((internal, "")):
            for kind in (qualifier, _ANY):
                profile = profile or self._edifact.get((kind, name, inner))
        if profile is None:
            what = f"no profile has the sender {_said(sender)}"
            return Finding.of("ENV-020", what, _UNB_SENDER, name)
        if not any(_is_edifact(us, receiver) for us in profile.us.edifact):
            what = f"{profile.id} does not reach us as {_said(receiver)}"
            return Finding.of("ENV-024", what, _UNB_RECEIVER, receiver[1])
        return profile

    def find_cxml(self, from_: Iterable[CxmlName], to: Iterable[CxmlName]) -> Owner:
        """Whose profile has a name of From: ENV-020 without one, ENV-024 if not to us.

        Every name counts; those of two partners are nobody's. Without any To a
        document is for us.
        """
        sent, receivers = list(from_), list(to)
        tests = {p.id for one in sent if (p := self._test_account(one))}
        owners = {p.id: p for one in sent if (p := self._cxml.get(_named(*one)))}
        for id_ in tests:
            owners.setdefault(id_, self.profiles[id_])
        told = ", ".join(f"{domain} {name}" for domain, name in sent)[:200]
        if len(owners) != 1:
            who = f"names of {', '.join(sorted(owners))}" if owners else "no profile"
            what = f"the sender {told} has {who}"
            return Owner(Finding.of("ENV-020", what, _FROM, told))
        (profile,) = owners.values()
        ours = {_cxml_key(one) for one in profile.us.cxml}
        meant = {_named(*one) for one in receivers}
        if profile.cxml.test_suffix == "yes":
            meant |= {_named(domain, _bare(name)) for domain, name in receivers}
        if receivers and not ours & meant:
            told = ", ".join(f"{domain} {name}" for domain, name in receivers)[:200]
            what = f"{profile.id} does not reach us as {told}"
            return Owner(Finding.of("ENV-024", what, _TO, told), sender=profile)
        return Owner(profile, profile.id in tests, profile)

    def find_ubl(
        self,
        from_: Iterable[UblName],
        to: Iterable[UblName],
        where: tuple[Where, Where],
    ) -> Profile | Finding:
        """The sender's profile, ENV-020 without one, ENV-024 when we are not meant.

        ``where`` are the places of sender and receiver. Every name counts; those of two
        partners are nobody's. A document that names no receiver is for us.
        """
        sent, receivers = list(from_), list(to)
        owners = {
            p.id: p
            for scheme, id_ in sent
            for key in ((scheme.casefold(), id_, ""), (_ANY, id_, ""))
            if (p := self._ubl.get(key))
        }
        told = ", ".join(f"{scheme}:{id_}" for scheme, id_ in sent)[:200]
        if len(owners) != 1:
            who = f"names of {', '.join(sorted(owners))}" if owners else "no profile"
            what = f"the sender {told} has {who}"
            return Finding.of("ENV-020", what, where[0], told)
        (profile,) = owners.values()
        ours = {_ubl_key(one) for one in profile.us.ubl}
        meant = {
            key
            for scheme, id_ in receivers
            for key in ((scheme.casefold(), id_, ""), (_ANY, id_, ""))
        }
        if receivers and not ours & meant:
            told = ", ".join(f"{scheme}:{id_}" for scheme, id_ in receivers)[:200]
            what = f"{profile.id} does not reach us as {told}"
            return Finding.of("ENV-024", what, where[1], told)
        return profile

    def _test_account(self, name: CxmlName) -> Profile | None:
        """Whose test account it is; none: it is none, or not agreed on."""
        domain, identity = name
        if _bare(identity) == identity or _named(*name) in self._cxml:
            return None
        profile = self._cxml.get(_named(domain, _bare(identity)))
        folds = profile is not None and profile.cxml.test_suffix == "yes"
        return profile if folds else None


def _bare(identity: str) -> str:
    return identity[:-2] if identity[-2:].upper() == _TEST else identity


def _named(domain: str, identity: str) -> _Key:
    """Domains are the same in small and capital letters."""
    return domain.strip().casefold(), identity.strip(), ""


def _cxml_key(identity: CxmlIdentity) -> _Key:
    return _named(identity.domain, identity.id)


def _ubl_key(identity: UblIdentity) -> _Key:
    return identity.scheme.casefold() or _ANY, identity.id, ""


def _undisputed(claims: _Claims, code: str, found: Findings) -> dict[_Key, Profile]:
    """Who an address belongs to, where it is one profile's alone."""
    for (qualifier, sender, inner), owners in claims.items():
        if len(owners) > 1:
            who = ", ".join(owner.id for owner in owners)
            address = f"{qualifier}/{sender}" + (f" {code} {inner}" if inner else "")
            found.add("CFG-006", f"{address} is claimed by {who}", value=sender)
    return {key: owners[0] for key, owners in claims.items() if not owners[1:]}


def _said(address: EdifactAddress) -> str:
    qualifier, name, internal = address
    shown = f"{qualifier}/{name}" if qualifier else name
    return shown + (f", internal address {internal}" if internal else "")


def _edifact_key(identity: EdifactIdentity) -> _Key:
    return identity.qualifier or _ANY, identity.id, identity.internal or ""


def _is_edifact(us: EdifactIdentity, receiver: EdifactAddress) -> bool:
    qualifier, name, internal = receiver
    same = us.qualifier in (None, qualifier) and us.id == name
    return same and (not us.internal or not internal or us.internal == internal)


def _disputed_as2(profiles: Iterable[Profile]) -> Iterator[Finding]:
    """Pairs of AS2 names that two channels have: a message could belong to either."""
    owners = dict[tuple[str, str], list[str]]()
    for profile in profiles:
        for channel in profile.channels:
            if isinstance(channel, As2Channel):
                names = channel.names.theirs, channel.names.ours
                owners.setdefault(names, []).append(profile.id)
    for (theirs, ours), who in owners.items():
        if len(who) > 1:
            what = f"AS2 from {theirs} to {ours} is claimed by {', '.join(who)}"
            yield Finding.of("CFG-006", what, value=theirs)


def _without_codes(
    claims: Mapping[_Key, list[Profile]],
) -> dict[tuple[str, str], Profile]:
    """The addresses whose application codes all lead to one profile."""
    owners: dict[tuple[str, str], list[Profile]] = {}
    for (qualifier, sender, _), profiles in claims.items():
        owners.setdefault((qualifier, sender), []).extend(profiles)
    return {
        address: profiles[0]
        for address, profiles in owners.items()
        if len({profile.id for profile in profiles}) == 1
    }


def _key(identity: X12Identity) -> _Key:
    return identity.qualifier, identity.id, identity.gs or ""


def _is(us: X12Identity, qualifier: str, receiver: str, gs03: str) -> bool:
    same = us.qualifier == qualifier and us.id == receiver
    return same and (us.gs is None or not gs03 or us.gs == gs03.rstrip())
