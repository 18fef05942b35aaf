"""Distinguished names as they are compared (RFC 5280 7.1), and name constraints."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from cryptography import x509

__all__ = ["Dn", "Subtrees", "dn", "kind_of", "subtrees_fit"]

Dn: TypeAlias = tuple[frozenset[tuple[str, str | bytes]], ...]
"""A distinguished name made comparable: letters folded, blanks joined."""

_BLANKS = re.compile(r"\s+")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_MOST_COMPARED = 250_000


def dn(name: x509.Name) -> Dn:
    """A name in the form that two spellings of it share."""
    return tuple(
        frozenset((one.oid.dotted_string, _folded(one.value)) for one in part)
        for part in name.rdns
    )


def _folded(value: str | bytes) -> str | bytes:
    if isinstance(value, bytes):
        return value
    plain = unicodedata.normalize("NFKC", value).casefold()
    return _BLANKS.sub(" ", plain).strip()


class Unfit(ValueError):
    """A name that is not of the form its kind must have."""


def kind_of(name: x509.GeneralName) -> str:
    """How a GeneralName is called in a report: ``dns``, ``email``, ``dn`` ..."""
    return _KINDS.get(type(name), "other")


_KINDS: Mapping[type[x509.GeneralName], str] = {
    x509.DNSName: "dns",
    x509.RFC822Name: "email",
    x509.DirectoryName: "dn",
    x509.UniformResourceIdentifier: "uri",
    x509.IPAddress: "ip",
    x509.OtherName: "other",
    x509.RegisteredID: "oid",
}


@dataclass(frozen=True, slots=True)
class Subtrees:
    """The constraints of one certificate: what is permitted, what is excluded."""

    permitted: tuple[x509.GeneralName, ...] = ()
    excluded: tuple[x509.GeneralName, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of names they say something about."""
        return frozenset(map(kind_of, (*self.permitted, *self.excluded)))


def subtrees_fit(
    names: Iterable[x509.GeneralName], constraints: Iterable[Subtrees]
) -> str:
    """What speaks against these names (RFC 5280 4.2.1.10); empty: nothing does."""
    every, compared = tuple(names), 0
    for one in constraints:
        compared += len(every) * (len(one.permitted) + len(one.excluded))
        if compared > _MOST_COMPARED:
            return "more names and constraints than are compared"
        for name in every:
            told = _against(name, one)
            if told:
                return told
    return ""


def _against(name: x509.GeneralName, constraint: Subtrees) -> str:
    kind = kind_of(name)
    if kind not in constraint.kinds:
        return ""
    if kind not in _WITHIN:
        return f"a name of a kind whose constraints are not read ({kind})"
    shown = _shown(name)
    try:
        if any(_is_within(name, one, kind) for one in constraint.excluded) or (
            kind == "dns" and _wildcard_meets(name, constraint.excluded)
        ):
            return f"{shown} is excluded by name constraints"
        allowed = [one for one in constraint.permitted if kind_of(one) == kind]
        if allowed and not any(_is_within(name, one, kind) for one in allowed):
            return f"{shown} is not permitted by name constraints"
    except Unfit as wrong:
        return f"{shown}: {wrong}"
    return ""


def _shown(name: x509.GeneralName) -> str:
    value = name.value
    text = value.rfc4514_string() if isinstance(value, x509.Name) else str(value)
    return repr(text[:120])


def _is_within(name: x509.GeneralName, base: x509.GeneralName, kind: str) -> bool:
    return kind_of(base) == kind and _WITHIN[kind](name.value, base.value)


def _dn_within(name: x509.Name, base: x509.Name) -> bool:
    whole, start = dn(name), dn(base)
    return whole[: len(start)] == start


def _host(text: str) -> str:
    """A host name in small letters; ``Unfit`` when it is none."""
    plain = text.lower()
    if not _HOST.fullmatch(plain.removeprefix("*.")):
        raise Unfit("this is no name of a host")
    return plain


def _dns_within(name: str, base: str) -> bool:
    """Whether a host is one of a domain, or a wildcard could be."""
    host, domain = _host(name), base.lower()
    if not domain:
        return True
    if domain.startswith(".") or "*" in domain:
        raise Unfit("a constraint that is no domain")
    _host(domain)
    return host == domain or host.endswith(f".{domain}")


def _wildcard_meets(
    name: x509.GeneralName, excluded: Iterable[x509.GeneralName]
) -> bool:
    """Whether one of the hosts that a wildcard stands for is excluded."""
    host = str(name.value).lower()
    return host.startswith("*.") and any(
        str(one.value).lower().partition(".")[2] == host[2:]
        for one in excluded
        if kind_of(one) == "dns"
    )


def _email_within(name: str, base: str) -> bool:
    local, at, host = name.rpartition("@")
    if not at or not local:
        raise Unfit("this is no mailbox")
    if "@" in base:
        its, _, domain = base.rpartition("@")
        return its == local and domain.lower() == host.lower()
    return _in_domain(host.lower(), base.lower())


def _uri_within(name: str, base: str) -> bool:
    try:
        host = urlsplit(name).hostname
    except ValueError:
        host = None
    if not host or not _HOST.fullmatch(host) or host.replace(".", "").isdigit():
        raise Unfit("an address without the name of a host")
    return _in_domain(host.lower(), base.lower())


def _in_domain(host: str, base: str) -> bool:
    """A point in front means any host below; without it that host alone."""
    if not base:
        return True
    return host.endswith(base) if base.startswith(".") else host == base


def _ip_within(name: object, base: object) -> bool:
    if not isinstance(name, ipaddress.IPv4Address | ipaddress.IPv6Address):
        raise Unfit("this is no address")
    if not isinstance(base, ipaddress.IPv4Network | ipaddress.IPv6Network):
        raise Unfit("a constraint that is no network")
    return name in base


_WITHIN: Mapping[str, Callable[[Any, Any], bool]] = {
    "dn": _dn_within,
    "dns": _dns_within,
    "email": _email_within,
    "uri": _uri_within,
    "ip": _ip_within,
}
