"""EDIFACT codes and the canonical words for them, for readers and writers alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gateway.order.item import PriceType
from gateway.order.model import AckWanted, OrderType
from gateway.order.party import PartyRole

ROLES: Mapping[str, PartyRole] = {
    "BY": "buyer",
    "SU": "seller",
    "SE": "seller",
    "DP": "ship_to",
    "ST": "ship_to",
    "CN": "ship_to",
    "IV": "bill_to",
    "BT": "bill_to",
    "OB": "sold_to",
    "PR": "payer",
    "UC": "mark_for",
    "UD": "mark_for",
    "SF": "ship_from",
    "PE": "remit_to",
}
"""Role of a party (3035). Any other is ``other`` with its code kept."""

ROLE_CODES: Mapping[PartyRole, str] = {
    "buyer": "BY",
    "seller": "SU",
    "ship_to": "DP",
    "bill_to": "IV",
    "sold_to": "OB",
    "payer": "PR",
    "mark_for": "UC",
    "ship_from": "SF",
    "remit_to": "PE",
}
"""3035 for a role of ours."""

SCHEMES: Mapping[str, str] = {
    "9": "gln",
    "16": "duns",
    "91": "assigned_by_seller",
    "92": "assigned_by_buyer",
}
"""Who issued a party's number (3055); any other agency stays as sent."""

SCHEME_CODES: Mapping[str, str] = {name: code for code, name in SCHEMES.items()}
"""3055 for a scheme of ours."""

CONTACT_ROLES: Mapping[str, str] = {
    "PD": "buyer",
    "OC": "order",
    "IC": "information",
    "DL": "receiving",
}
"""Function of a contact (3139)."""

NUMBERS_TO_REACH: Mapping[str, Literal["phone", "fax", "email", "url"]] = {
    "TE": "phone",
    "AL": "phone",
    "FX": "fax",
    "EM": "email",
    "AH": "url",
}
"""Kind of number to reach somebody (3155)."""

REFERENCES: Mapping[str, str] = {
    "IA": "vendor_number",
    "PD": "promotion",
    "PL": "price_list",
    "LI": "line",
    "ON": "order",
    "VN": "sales_order",
    "UC": "customer_order",
    "UO": "customer_order",
    "ACW": "previous_message",
    "PP": "change_number",
}
"""Kind of reference (1153); any other keeps its code."""

NOTES: Mapping[str, str] = {"AAI": "general", "PUR": "purchasing", "DEL": "delivery"}
"""Subject of a text (4451); any other keeps its code."""

ORDER_TYPES: Mapping[str, OrderType] = {
    "220": "standard",
    "105": "standard",
    "222": "standard",
    "233": "standard",
    "400": "standard",
    "221": "blanket",
    "224": "rush",
    "225": "repair",
    "226": "call_off",
    "227": "consignment",
    "228": "sample",
    "229": "other",
    **dict.fromkeys(("237", "401", "402", "50E"), "cross_dock"),
    "223": "lease",
    "315": "contract",
}
"""Kind of order (1001)."""

PAY_BASES: Mapping[
    str, Literal["invoice_date", "order_date", "ship_date", "delivery_date"]
] = {
    "5": "invoice_date",
    "1": "order_date",
    "25": "ship_date",
    "29": "delivery_date",
}
"""What days to pay count from (2475)."""

AFTER, AFTER_MONTH = "3", "17"
"""Behind that day, or behind the end of its month (2009, from D.01A on)."""

ACKS_WANTED: Mapping[str, AckWanted] = {
    "NA": "none",
    "AC": "with_detail",
    "AD": "with_detail",
    "AI": "on_changes",
    "AB": "any",
}
"""Answer that is wanted (4343); any other code wants some answer."""

SUPPLIER_SKU = ("SA", "VN", "VP")
"""Types of our item number (7143) where no profile prefers others."""
BUYER_PART = ("IN", "BP")
"""Types of the buyer's item number."""
GTIN = ("EN", "SRV", "UP", "IB")
"""Types of trade item numbers; an ISBN (IB) of thirteen digits is one."""
CLASSES: Mapping[str, str] = {
    "TST": "unspsc",
    "HS": "hs",
    "CV": "customs",
    "STI": "cpv",
    "CG": "CG",
    "GB": "GB",
    "GN": "GN",
    "GU": "GU",
}
"""Types that classify an item (7143), and the scheme they stand for."""

PRICES: Mapping[str, PriceType] = {
    "AAA": "net",
    "NTP": "net",
    "INV": "net",
    "CAL": "net",
    "AAB": "gross",
    "AAF": "other",
}
"""What the buyer pays by its qualifier (5125), the preferred one first.

Prices with tax (AAE) and for information (INF) are none of the order.
"""

PRICE_TYPES: Mapping[str, PriceType] = {
    "CT": "contract",
    "CON": "contract",
    "CAT": "list",
    "LIU": "list",
    "QT": "quote",
    "QTE": "quote",
    "PRP": "promotional",
    "NTP": "net",
    "GRP": "gross",
    "SRP": "resale",
    "RTP": "resale",
    "PE": "estimated",
}
"""Kind of price (5375 and 5387)."""

FREIGHT: Mapping[
    str, Literal["prepaid", "prepaid_added", "collect", "third_party", "pickup"]
] = {
    "PP": "prepaid",
    "PC": "prepaid_added",
    "CC": "collect",
    "TP": "third_party",
    "PU": "pickup",
}
"""Who pays the carrier (4215); any other code is ``other``."""
