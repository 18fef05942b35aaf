"""How a dialect of EDIFACT tells a shipment: its codes as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gateway.mappers.parts.edifact_dialect import since
from gateway.partner.profile import Profile

__all__ = ["Despatch", "despatch"]

Purpose = Literal["original", "replace", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Despatch:
    """The codes of a DESADV in one dialect; empty: it has none, nothing is written.

    ``purposes`` is 1225, ``note`` 1153 of our shipment's number. ``lading``,
    ``freight_bill`` and ``tracking`` are 1153 of the carrier's numbers, ``trailer`` is
    8053 and ``ship_from`` 3035. ``scac`` is 3055 of a carrier's code. ``pallet`` and
    ``carton`` are 7065; ``whole`` and ``flat`` 7075 of the shipment itself, with and
    without packages. ``sscc`` is 7405 and ``marked`` 4233 of it; ``batch`` is 4233 of a
    batch, which stands in PIA where there is none, and ``serial`` that of serial
    numbers. ``best_before`` is 2005.
    ``counts`` says whether there is more than one CNT, and ``weighs`` whether MEA of
    the whole stands in the heading; else a CNT tells the weight.
    """

    purposes: Mapping[Purpose, str]
    note: str = "AAU"
    lading: str = ""
    freight_bill: str = ""
    tracking: str = ""
    trailer: str = ""
    ship_from: str = "SH"
    scac: str = ""
    pallet: str = "201"
    carton: str = "PK"
    whole: str = ""
    flat: str = ""
    sscc: str = "BJ"
    marked: str = "33E"
    batch: str = "17"
    serial: str = "17"
    best_before: str = "361"
    counts: bool = True
    weighs: bool = True

    def package(self, level: Literal["pallet", "carton"]) -> str:
        """7065 of a package."""
        return self.pallet if level == "pallet" else self.carton


_UN = Despatch(
    purposes={"original": "9", "replace": "5", "cancel": "1"},
    note="DQ",
    lading="BM",
    freight_bill="FN",
    tracking="CN",
    trailer="TE",
    ship_from="SF",
    scac="182",
    pallet="PX",
    carton="CT",
    flat="4",
    marked="30",
    batch="10",
)
_2002 = Despatch(purposes=_UN.purposes, scac="182")
_97 = Despatch(purposes={**_UN.purposes, "replace": "4"}, weighs=False)
_94 = Despatch(
    purposes={"original": "", "replace": "4", "cancel": "1"},
    carton="CT",
    sscc="SS",
    marked="30E",
    batch="",
    serial="",
    best_before="",
    counts=False,
)
_DIALECTS = {
    "un": _UN,
    "eancom94": _94,
    "eancom97": _97,
    "eancom2002": _2002,
    "book": _97,
}


def despatch(profile: Profile | None, dialect: str, directory: str) -> Despatch:
    """The codes of a dialect (``Dialect.name``), in a directory such as ``D96A``.

    Types of packages are the profile's, where it names them.
    """
    its = _DIALECTS[dialect]
    if its is _UN:
        its = _in(directory)
    wanted = profile.ship_notice if profile else None
    return replace(
        its,
        pallet=(wanted and wanted.pallet_type) or its.pallet,
        carton=(wanted and wanted.carton_type) or its.carton,
    )


def _in(directory: str) -> Despatch:
    """What the directory's age changes of UN/EDIFACT."""
    its = _UN
    if not since(directory, "D95A"):
        its = replace(its, counts=False)
    if not since(directory, "D95B"):
        its = replace(its, sscc="SS", best_before="")
    if since(directory, "D00A"):
        its = replace(its, whole="5")
    if since(directory, "D03A"):
        its = replace(its, sscc="AW")
    if since(directory, "D16A"):
        its = replace(its, marked="39", batch="41", serial="35")
    return its
