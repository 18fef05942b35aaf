"""X12 codes and the canonical words for them, for readers and writers alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gateway.order.item import PriceType
from gateway.order.model import AckWanted, OrderType
from gateway.order.party import PartyRole

ROLES: Mapping[str, PartyRole] = {
    "BY": "buyer",
    "ST": "ship_to",
    "BT": "bill_to",
    "SO": "sold_to",
    "PR": "payer",
    "Z7": "mark_for",
    "SF": "ship_from",
    "SE": "seller",
    "VN": "seller",
    "SU": "seller",
    "RI": "remit_to",
}
"""Role of a party (DE 98). Any other is ``other`` with its code kept."""

SCHEMES: Mapping[str, str] = {
    "1": "duns",
    "9": "duns4",
    "2": "scac",
    "10": "dodaac",
    "91": "assigned_by_seller",
    "92": "assigned_by_buyer",
    "UL": "gln",
}
"""Who issued a party's number (DE 66); any other qualifier stays as sent."""

SCHEME_CODES: Mapping[str, str] = {name: code for code, name in SCHEMES.items()}
"""DE 66 for a scheme of ours."""

CONTACT_ROLES: Mapping[str, str] = {
    "BD": "buyer",
    "OC": "order",
    "IC": "information",
    "RE": "receiving",
}
"""Function of a contact (DE 366)."""

NUMBERS_TO_REACH: Mapping[str, Literal["phone", "fax", "email", "url"]] = {
    "TE": "phone",
    "FX": "fax",
    "EM": "email",
    "UR": "url",
}
"""Kind of number to reach somebody (DE 365)."""

REFERENCES: Mapping[str, str] = {
    "IA": "vendor_number",
    "DP": "department",
    "MR": "merchandise_type",
    "PD": "promotion",
    "CO": "customer_order",
    "LU": "location",
    "DS": "dpas_rating",
    "K5": "task_order",
}
"""Kind of reference (DE 128); any other keeps its code."""

REFERENCE_CODES: Mapping[str, str] = {kind: code for code, kind in REFERENCES.items()}
"""DE 128 for a kind of reference of ours."""

SUPPLIER_SKU = ("VP", "VN", "SK", "VC")
"""Qualifiers of our item number (DE 235) where no profile prefers others."""
BUYER_PART = ("BP", "IN", "CB", "PI")
"""Qualifiers of the buyer's item number."""
GTIN = ("UP", "EN", "UK", "UI", "UA", "UN", "IB")
"""Qualifiers of trade item numbers; UI, UA and UN lack their check digit, and an ISBN
(IB) may be one of ten characters."""

BASIS_QTY: Mapping[str, int] = {
    code: quantity
    for quantity, codes in {
        1: "PE UM CA CT LE NC QE QT RE TB TE WE",
        10: "PN",
        12: "LD PD RD TD WD",
        100: "HP LC QH RC TC WC",
        1000: "LM QS RM TM TP WM",
        10_000: "TT",
        100_000: "HT",
    }.items()
    for code in codes.split()
}
"""How many of the line's unit a price is for (DE 639)."""

BASIS_FEET: Mapping[str, int] = {"HF": 100, "TF": 1000}
"""How many feet a price is for."""

BASIS_CODES: Mapping[int, str] = {
    1: "PE",
    10: "PN",
    12: "PD",
    100: "HP",
    1000: "TP",
    10_000: "TT",
    100_000: "HT",
}
"""DE 639 for a price of ours per so many units."""

BASIS_TYPES: Mapping[str, PriceType] = {
    "NC": "no_charge",
    "TB": "other",
    **dict.fromkeys(("CT", "TC", "TD", "TE", "TM"), "contract"),
    **dict.fromkeys(("CA", "LC", "LD", "LE", "LM"), "list"),
    **dict.fromkeys(("QT", "QE", "QH", "QS"), "quote"),
}
"""What DE 639 says of a price besides its quantity."""

PRICE_TYPES: Mapping[str, PriceType] = {
    "CON": "contract",
    "NET": "net",
    "LPR": "list",
    "QTE": "quote",
    "RES": "resale",
}
"""Kind of price (DE 236)."""

NOT_PAID = ("RES", "MSR")
"""Kinds of price (DE 236) that are no price of the order: what resale costs."""

PRICE_CODES: Mapping[PriceType, str] = {
    kind: code for code, kind in PRICE_TYPES.items()
}
"""DE 236 for a kind of price; a price of ours without a kind is the contract's."""

ORDER_TYPES: Mapping[str, OrderType] = {
    "SA": "standard",
    "NE": "standard",
    "RE": "standard",
    "KN": "standard",
    **dict.fromkeys(("OS", "NS", "NP", "PR", "JL", "DR"), "standard"),
    "DS": "drop_ship",
    "BK": "blanket",
    "BE": "blanket_estimated",
    "KB": "blanket",
    "KC": "contract",
    "KI": "contract",
    "KQ": "contract",
    "KR": "contract",
    "RL": "release",
    "RO": "rush",
    **dict.fromkeys(("EO", "AC", "AO", "US"), "rush"),
    "CN": "consignment",
    "SP": "sample",
    "SS": "service",
    "LS": "lease",
    "RR": "repair",
}
"""Kind of order (BEG-02, BCH-02, DE 92)."""

ACKS_WANTED: Mapping[str, AckWanted] = {
    "NA": "none",
    "AC": "with_detail",
    "AD": "with_detail",
    "RD": "with_detail",
    "AE": "on_changes",
    "RF": "on_changes",
    "AK": "any",
    "AT": "any",
}
"""Answer that is wanted (BEG-07, BCH-14, DE 587); any other code wants some answer."""
