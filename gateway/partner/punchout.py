"""What a profile says of punch-out: sessions, where carts may go, how they look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from gateway.partner.scalars import Form, counted, like, mistake, one_or_several

__all__ = [
    "CartWidths",
    "DefaultClass",
    "Origin",
    "OwnShop",
    "PunchOutForm",
    "origin_of",
]

_ORIGIN = r"https?://[a-z0-9.-]+(:[0-9]{1,5})?"
Origin = Annotated[
    str, *like(_ORIGIN, "scheme, host and port alone, like https://buyer.example")
]
_Names = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
    BeforeValidator(one_or_several, json_schema_input_type=str | list[str]),
]
_Origins = Annotated[
    tuple[Origin, ...],
    BeforeValidator(one_or_several, json_schema_input_type=str | list[str]),
]
_Minutes = Annotated[int, *counted(5, 1440)]
_Bytes = Annotated[int, *counted(10, 4000)]
_Code = Annotated[str, Field(min_length=1, max_length=40)]


class CartWidths(Form):
    """How long values of a cart may be, in bytes of UTF-8."""

    sku: _Bytes = 100
    """Our number of an item; a longer one is told and stays whole."""
    aux_id: _Bytes = 100
    """Our mark of a line; a longer one is told and stays whole."""
    description: _Bytes = 255
    """The description; longer ones are cut."""
    short_name: _Bytes = 50
    """The short name; longer ones are cut."""
    mfr: _Bytes = 100
    """Manufacturer and its number; longer names are cut."""


class DefaultClass(Form):
    """The class of goods of an item that has none of its own."""

    domain: _Code = "UNSPSC"
    """Its list, as the buyer calls it."""
    code: _Code = "00000000"
    """The code in it."""


class OwnShop(Form):
    """A shop of ours outside of the gateway, which their users are led to."""

    url: Annotated[
        str,
        *like(
            r"(https://[^\s#]{1,500}|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s#]*)?)",
            "an address with https",
        ),
    ]
    """Where the start page leads to: ``session`` and a one-time ``code`` are added,
    which the shop redeems at ``/v1/punchout/handover``."""
    prices: Literal["catalog", "shop"] = "catalog"
    """Whose prices go back: those of our catalog, or those that the shop gives."""


class PunchOutForm(Form):
    """How the users of this partner shop with us and take their cart back."""

    platform: Literal["any", "ariba", "coupa", "jaggaer", "oracle", "dynamics"] = "any"
    """The system that they buy with: whose limits ``gateway simulate punchout`` holds
    carts against; any: those of all."""
    return_to: _Origins = ()
    """Where carts may go: scheme, host and port of the buyer's address. Without any no
    session begins. ``http`` counts at the stage test alone."""
    frame_ancestors: _Origins = ()
    """Whose pages may hold the shop in a frame; left out: those of ``return_to``."""
    operation_allowed: Literal["create", "inspect", "edit"] = "edit"
    """The highest operation that they may ask for with a cart of ours."""
    user: _Names = (
        "UniqueName",
        "UniqueUsername",
        "UserEmail",
        "Email",
        "User",
        "requester-email",
    )
    """Extrinsics that name the user, the first that is there; else the e-mail address
    of the order's contact or ship-to."""
    contract: _Names = ()
    """Extrinsics that name the contract: only its items are sold then."""
    encoding: Literal["base64", "urlencoded"] = "base64"
    """How the cart goes through the browser."""
    field: Annotated[str, *like(r"([A-Za-z0-9_.-]{1,60})?", "the name of a field")] = ""
    """The form's field as they read it; left out: cXML-base64 or cXML-urlencoded."""
    target: Annotated[str, *like(r"([A-Za-z0-9_-]{1,60})?", "the name of a window")] = (
        ""
    )
    """The window that the cart goes to, like _top; left out: the shop's own."""
    version: Annotated[
        str, *like(r"1\.2(\.[0-9]{3})?", "a version like 1.2.023, or 1.2")
    ] = "1.2"
    """The version of cXML that carts are written in; 1.2 is the newest."""
    source_quote: Literal["final", "pending"] = "final"
    """What the prices of a cart are that was asked for by the operation source: an
    offer, or one that still has to be approved by us."""
    price_basis: Literal["yes", "no"] = "yes"
    """Whether they understand a price per more than one (PriceBasisQuantity)."""
    units: Mapping[str, _Code] = {}
    """Our units as they write them; others leave by UN/CEFACT Rec 20."""
    classification: DefaultClass = DefaultClass()
    """The class of goods where an item has none."""
    widths: CartWidths = CartWidths()
    """How long values may be."""
    own_shop: OwnShop | None = None
    """The shop that they are led to; left out: the gateway's own at ``/shop``."""
    idle_min: _Minutes = 120
    """Minutes from one page to the next after which a session is over."""

    @field_validator("units")
    @classmethod
    def _is_short(cls, units: Mapping[str, str]) -> Mapping[str, str]:
        if any(not 1 <= len(unit) <= 10 for unit in units):
            raise mistake("a unit of ours with up to 10 characters")
        return units


def origin_of(scheme: str, host: str, port: int | None) -> str:
    """An address's origin as profiles write it: the usual port is left out."""
    usual = {"https": 443, "http": 80}.get(scheme)
    behind = "" if port in (None, usual) else f":{port}"
    return f"{scheme}://{host.lower()}{behind}"
