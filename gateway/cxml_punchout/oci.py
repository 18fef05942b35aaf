"""OCI 4 and 5: the call-up of a catalog, and the fields that a cart goes back in."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from gateway.cxml_punchout.forms import ReturnForm
from gateway.findings import Finding, Findings, Severity, Where

__all__ = [
    "FIELDS",
    "MOST_LINES",
    "CallUp",
    "OciItem",
    "cancel_form",
    "charset_of",
    "filled",
    "item_faults",
    "kept_call_up",
    "read_call_up",
    "read_kept",
    "return_form",
]

MOST_LINES = 18
"""Lines that receivers with a limit of 1,000 form fields are known to take."""
_DOWNLOAD = "DOWNLOADJSON"
"""The function that gives the catalog as JSON, to a program and not to a browser."""
_FUNCTIONS = frozenset(
    (
        *("", "DETAIL", "VALIDATE", "BACKGROUND_SEARCH", "SOURCING"),
        *("QUANTITYCHECK", _DOWNLOAD),
    )
)
_KNOWN = frozenset(
    (
        *("hook_url", "oci_version", "ociversion", "returntarget", "~target"),
        *("http_content_charset", "~okcode", "~caller", "function", "productid"),
        *("quantity", "searchstring", "vendor", "new_item-vendor", "ocicancel"),
        *("pagesize", "requestedpage", "transactionid", "cti"),
    )
)
_LATIN = "iso8859-1"
_CHARSETS = frozenset(
    (
        *("utf-8", "ascii", "koi8-r", "koi8-u"),
        *(f"iso8859-{n}" for n in (1, 2, 4, 5, 7, 9, 10, 13, 15)),
        *(f"cp{n}" for n in (1250, 1251, 1252, 1253, 1254, 1257)),
    )
)
"""Encodings of one byte a letter, and UTF-8: every browser reads them alike."""
_TEXTS = frozenset(
    ("description", "attachment_title", "ext_category", "cust_field4", "cust_field5")
)
FIELDS: Mapping[str, int] = MappingProxyType(
    {
        "description": 40,
        "matnr": 40,
        "quantity": 15,
        "unit": 3,
        "price": 15,
        "currency": 5,
        "priceunit": 5,
        "leadtime": 5,
        "vendor": 10,
        "vendormat": 40,
        "manufactcode": 10,
        "manufactmat": 40,
        "matgroup": 10,
        "service": 1,
        "contract": 10,
        "contract_item": 5,
        "ext_quote_id": 35,
        "ext_quote_item": 10,
        "ext_product_id": 40,
        "attachment": 255,
        "attachment_title": 255,
        "attachment_purpose": 1,
        "ext_schema_type": 10,
        "ext_category_id": 60,
        "ext_category": 40,
        "cust_field1": 10,
        "cust_field2": 10,
        "cust_field3": 10,
        "cust_field4": 20,
        "cust_field5": 50,
        "item_type": 1,
        "parent_id": 5,
    }
)
"""Length of each field of NEW_ITEM in OCI 4 and 5, in the order of writing."""
_ITEM = re.compile(r"\s*new_item", re.IGNORECASE)
_NEEDS = {
    "contract_item": ("contract",),
    "ext_quote_item": ("ext_quote_id",),
    "ext_category_id": ("ext_schema_type",),
    "ext_category": ("ext_schema_type",),
    "price": ("currency",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUp:
    """How a buyer opens the catalog. Names of parameters count in any case.

    ``parameters`` are the catalog's own, login and password among them: never logged.
    ``charset`` is that of the page that goes back, as Python calls it. ``cancel_url``
    is where IFS wants people who bring nothing. ``page`` of ``page_size`` items is
    asked of a download, which alone may come without ``hook_url``.
    """

    hook_url: str = ""
    target: str = "_top"
    version: str = ""
    charset: str = _LATIN
    function: str = ""
    product_id: str = ""
    quantity: str = ""
    search: str = ""
    vendor: str = ""
    ok_code: str = "ADDI"
    caller: str = "CTLG"
    cancel_url: str = ""
    page: int = 1
    page_size: int = 50
    transaction_id: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OciItem:
    """A line of the cart in OCI's fields. ``matnr`` is the buyer's number.

    Ours is ``vendormat``. ``price`` is per ``priceunit``; ``unit`` is a code as the
    buyer's system keeps it. ``longtext`` has no length.
    """

    quantity: Decimal
    description: str = ""
    matnr: str = ""
    unit: str = ""
    price: Decimal | None = None
    currency: str = ""
    priceunit: int = 1
    leadtime: int | None = None
    longtext: str = ""
    vendor: str = ""
    vendormat: str = ""
    manufactcode: str = ""
    manufactmat: str = ""
    matgroup: str = ""
    service: bool = False
    contract: str = ""
    contract_item: str = ""
    ext_quote_id: str = ""
    ext_quote_item: str = ""
    ext_product_id: str = ""
    attachment: str = ""
    attachment_title: str = ""
    attachment_purpose: str = ""
    ext_schema_type: str = ""
    ext_category_id: str = ""
    ext_category: str = ""
    cust_field1: str = ""
    cust_field2: str = ""
    cust_field3: str = ""
    cust_field4: str = ""
    cust_field5: str = ""
    item_type: str = ""
    parent_id: str = ""


def read_call_up(pairs: Iterable[tuple[str, str]]) -> CallUp | tuple[Finding, ...]:
    """The call-up in a query or form; whether its address is allowed is the profile's.

    OCI-001 without an http address to return to, OCI-002 for an unknown function.
    """
    sent = {name.lower(): value.replace("\0", "").strip() for name, value in pairs}
    found = Findings()
    function = sent.get("function", "").upper()
    hook, cancel = sent.get("hook_url", ""), sent.get("ocicancel", "")
    if not _is_address(hook) and (hook or function != _DOWNLOAD):
        found.add("OCI-001", "HOOK_URL is no http address", Where(path="HOOK_URL"))
    if cancel and not _is_address(cancel):
        found.add("OCI-001", "OCICANCEL is no http address", Where(path="OCICANCEL"))
    if function not in _FUNCTIONS:
        where = Where(path="FUNCTION")
        found.add("OCI-002", f"{function[:40]!r} is no function", where, function[:40])
    if found:
        return found.done()
    return CallUp(
        hook_url=hook,
        target=sent.get("returntarget") or sent.get("~target") or "_top",
        version=sent.get("oci_version") or sent.get("ociversion", ""),
        charset=charset_of(sent.get("http_content_charset", "")),
        function=function,
        product_id=sent.get("productid", ""),
        quantity=sent.get("quantity", ""),
        search=sent.get("searchstring", ""),
        vendor=sent.get("vendor") or sent.get("new_item-vendor", ""),
        ok_code=sent.get("~okcode") or "ADDI",
        caller=sent.get("~caller") or "CTLG",
        cancel_url=cancel,
        page=_whole(sent.get("requestedpage", ""), 1, 10_000_000),
        page_size=_whole(sent.get("pagesize", ""), 50, 1_000),
        transaction_id=sent.get("transactionid", "")[:80],
        parameters={key: value for key, value in sent.items() if key not in _KNOWN},
    )


def _whole(text: str, usual: int, most: int) -> int:
    """A whole number from 1 to ``most``; the usual one where it is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text)):
        return usual
    return min(int(text), most)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def kept_call_up(call: CallUp) -> str:
    """What the return of the cart needs of a call-up, as JSON; no parameters."""
    told = {name: getattr(call, name) for name in _KEPT if getattr(call, name)}
    return json.dumps(told, sort_keys=True)


def read_kept(text: str) -> CallUp:
    """The call-up that ``kept_call_up`` wrote."""
    return CallUp(**{name: json.loads(text).get(name, "") for name in _KEPT})


_KEPT = ("hook_url", "target", "charset", "ok_code", "caller", "cancel_url", "vendor")


def charset_of(name: str) -> str:
    """Python's name of an announced encoding; ISO-8859-1 where it is none we write."""
    try:
        known = codecs.lookup(name or _LATIN).name
    except (LookupError, ValueError):  # a NUL in it
        return _LATIN
    return known if known in _CHARSETS else _LATIN


def item_faults(item: OciItem, number: int, charset: str) -> Iterator[Finding]:
    """What a buyer's system would drop the line for, or change in it, without a word.

    Errors drop it (OCI-003 to OCI-005); warnings change a text (OCI-006, OCI-007).
    """
    where = Where(path=f"NEW_ITEM[{number}]")
    values = dict(filled(item, cut=False))
    if bool(item.description) == bool(item.matnr):
        what = "DESCRIPTION or MATNR is needed, and not both"
        yield Finding.of("OCI-003", what, where)
    if not item.matnr and not item.unit:
        yield Finding.of("OCI-003", "UNIT is needed without MATNR", where)
    for name, others in _NEEDS.items():
        for other in others:
            if values.get(name) and not values.get(other):
                what = f"{name.upper()} needs {other.upper()}"
                yield Finding.of("OCI-003", what, where)
    yield from _number_faults(item, where)
    for name, value in values.items():
        if len(value) > FIELDS[name]:
            code = "OCI-006" if name in _TEXTS else "OCI-004"
            what = f"{name.upper()} has {len(value)} characters of {FIELDS[name]}"
            yield Finding.of(code, what, where, value)
    for text in (*values.values(), item.longtext):
        if lost := set(text) - set(text.encode(charset, "ignore").decode(charset)):
            what = f"{charset} has no {min(lost)!r}"
            yield Finding.of("OCI-007", what, where, min(lost))
            return


def _number_faults(item: OciItem, where: Where) -> Iterator[Finding]:
    if not _fits(item.quantity) or item.quantity == 0:
        what = f"QUANTITY {item.quantity} is not of 11 digits and 3 decimals"
        yield Finding.of("OCI-005", what, where, str(item.quantity))
    if item.price is not None and not _fits(item.price):
        what = f"PRICE {item.price} is not of 11 digits and 3 decimals"
        yield Finding.of("OCI-005", what, where, str(item.price))
    if not 1 <= item.priceunit <= 99_999:
        what = f"PRICEUNIT {item.priceunit} is not from 1 to 99999"
        yield Finding.of("OCI-005", what, where, str(item.priceunit))


def _fits(value: Decimal) -> bool:
    """At most 11 digits before the point and 3 behind it, not below zero."""
    if not value.is_finite() or value < 0 or value >= 10**11:
        return False
    return value * 1000 == int(value * 1000)


def return_form(
    call: CallUp, items: Iterable[OciItem]
) -> tuple[ReturnForm, tuple[Finding, ...]]:
    """The form that goes back, and what was found in its lines.

    A line that would be dropped is left out of it; show the user which. The address
    goes without its query, whose parameters become fields of the form.
    """
    found, pairs = Findings(), list(_address_fields(call))
    kept = 0
    for number, item in enumerate(items, 1):
        faults = tuple(item_faults(item, number, call.charset))
        found.extend(faults)
        if any(fault.severity is Severity.ERROR for fault in faults):
            continue
        kept += 1
        pairs += _item_fields(item, kept)
    if kept > MOST_LINES:
        found.add("OCI-008", f"{kept} lines", Where(path="NEW_ITEM"))
    return _form(call, call.hook_url, pairs), found.done()


def cancel_form(call: CallUp) -> ReturnForm:
    """The form of somebody who brings nothing: OCICANCEL, else HOOK_URL without items.

    OCI has no word for it; the fields are those of the address and SAP's own three.
    """
    if not call.cancel_url:
        return _form(call, call.hook_url, _address_fields(call))
    return _form(call, call.cancel_url, _query(call, call.cancel_url))


def _form(call: CallUp, url: str, pairs: Iterable[tuple[str, str]]) -> ReturnForm:
    parts = urlsplit(url)
    return ReturnForm(
        action=urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
        fields=tuple(pairs),
        target=call.target,
        charset=call.charset,
    )


def _query(call: CallUp, url: str) -> list[tuple[str, str]]:
    """The parameters of an address. Fields of items are ours alone to write.

    What is no UTF-8 is in the encoding of the page: so it goes back as it came.
    """
    query = urlsplit(url).query
    try:
        told = parse_qsl(query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        own = _LATIN if call.charset == "utf-8" else call.charset
        told = parse_qsl(query, keep_blank_values=True, encoding=own)
    return [(name, value) for name, value in told if not _ITEM.match(name)]


def _address_fields(call: CallUp) -> Iterator[tuple[str, str]]:
    """The query of the address, and the three fields that SAP wants beside it."""
    query = _query(call, call.hook_url)
    own = {
        "~OkCode": call.ok_code,
        "~target": call.target,
        "~caller": call.caller,
    }
    there = {name.lower() for name, _ in query}
    yield from query
    for name, value in own.items():
        if name.lower() not in there:
            yield name, value


def _item_fields(item: OciItem, number: int) -> Iterator[tuple[str, str]]:
    for name, value in filled(item, cut=True):
        yield f"NEW_ITEM-{name.upper()}[{number}]", value
    if item.longtext:
        yield f"NEW_ITEM-LONGTEXT_{number}:132[]", item.longtext


def filled(item: OciItem, *, cut: bool) -> Iterator[tuple[str, str]]:
    """The fields that hold something, in their order; long texts ``cut`` or whole."""
    told = {one.name: getattr(item, one.name) for one in fields(item)}
    if item.price is None:
        told["priceunit"] = None
    for name, most in FIELDS.items():
        text = _text(told[name])
        if text:
            yield name, text[:most] if cut and name in _TEXTS else text


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "X"
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return " ".join(str(value).split())
