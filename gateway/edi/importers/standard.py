"""What an importer gives: one version's tables, and what was left out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.edi.tables import Tables
from gateway.findings import Finding

__all__ = ["GROUPS", "LONGEST_CHARS", "NO_NAMES", "Standard"]

LONGEST_CHARS = 32 * 1024 * 1024
"""The longest file that an importer reads, in characters (32 Mi)."""

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("997", "999"), "FA"),
        **dict.fromkeys(("836", "840"), "RQ"),
        **dict.fromkeys(("869", "870"), "RS"),
        **dict.fromkeys(("875", "876"), "OG"),
        "810": "IN",
        "820": "RA",
        "824": "AG",
        "830": "PS",
        "832": "SC",
        "843": "RR",
        "846": "IB",
        "850": "PO",
        "852": "PD",
        "855": "PR",
        "856": "SH",
        "860": "PC",
        "861": "RC",
        "862": "SS",
        "864": "TX",
        "865": "CA",
        "940": "OW",
        "943": "AR",
        "944": "RE",
        "945": "SW",
    }
)
"""The functional group that carries a set (X12 DE 479); files seldom say it."""

NO_NAMES: Mapping[str, str] = MappingProxyType({})
"""For a reader that is to call what has no name by its number."""


@dataclass(frozen=True, slots=True)
class Standard:
    """One version's sets as a file describes them.

    ``notes`` (CFG-011) say what the file has and a table cannot hold.
    """

    tables: Tables
    notes: tuple[Finding, ...] = ()
