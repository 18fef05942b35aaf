"""What a profile says of OCI: who logs in, what may be asked, what fields hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from gateway.partner.scalars import (
    Form,
    SecretRef,
    Text,
    counted,
    like,
    mistake,
    one_or_several,
)

__all__ = ["FACTS", "OciForm", "OciLogin", "OciTemplate"]

FACTS = frozenset(
    (
        *("sku", "description", "buyer_part", "mfr", "mfr_part", "unspsc", "unit"),
        *("contract", "session", "line", "mark", "user", "vendor"),
    )
)
"""What the text of a field may name in braces."""
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


def _template(value: object) -> str:
    """A text with facts of the line in braces."""
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise mistake("a text, or nothing but a name in braces, like {sku}")
    rest = _IN_BRACES.sub("", value)
    if not set(_IN_BRACES.findall(value)) <= FACTS or set(rest) & set("{}"):
        raise mistake("in braces one of " + ", ".join(sorted(FACTS)))
    return value


OciTemplate = Annotated[
    str,
    PlainValidator(_template),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 255}),
]
"""A text with facts of a cart's line in braces, like ``{sku}``."""

OciField = Literal[
    "DESCRIPTION",
    "MATNR",
    "VENDOR",
    "VENDORMAT",
    "MANUFACTCODE",
    "MANUFACTMAT",
    "MATGROUP",
    "SERVICE",
    "CONTRACT",
    "CONTRACT_ITEM",
    "EXT_QUOTE_ID",
    "EXT_QUOTE_ITEM",
    "EXT_SCHEMA_TYPE",
    "EXT_CATEGORY_ID",
    "EXT_CATEGORY",
    "CUST_FIELD1",
    "CUST_FIELD2",
    "CUST_FIELD3",
    "CUST_FIELD4",
    "CUST_FIELD5",
]

_Parameter = Annotated[
    str,
    *like(
        r"[A-Za-z0-9_.~-]{1,60}", "up to 60 letters, digits, points, hyphens, _ and ~"
    ),
]
OciFunction = Literal[
    "DETAIL",
    "VALIDATE",
    "BACKGROUND_SEARCH",
    "SOURCING",
    "QUANTITYCHECK",
    "DOWNLOADJSON",
]


class OciLogin(Form):
    """What a call-up has to show."""

    user: Text
    """The name that they log in with."""
    user_field: _Parameter = "USERNAME"
    """The parameter that has it; its case does not count."""
    password_field: _Parameter = "PASSWORD"  # noqa: S105  the name of a parameter
    """The parameter that has the password."""
    secrets: Annotated[
        tuple[SecretRef, ...],
        BeforeValidator(
            one_or_several, json_schema_input_type=SecretRef | list[SecretRef]
        ),
        Field(min_length=1, max_length=2),
    ]
    """Where the password is: one, or two while it changes."""


class OciForm(Form):
    """How their system calls up our shop by OCI 4 or 5, and what it gets back."""

    login: OciLogin | None = None
    """What a call-up has to show; left out: ``/oci/ID`` takes nothing from them."""
    functions: tuple[OciFunction, ...] = (
        "DETAIL",
        "VALIDATE",
        "BACKGROUND_SEARCH",
        "SOURCING",
        "QUANTITYCHECK",
    )
    """What may be asked for besides a session."""
    fields: Mapping[OciField, OciTemplate] = {}
    """What fields of NEW_ITEM hold, by their names: a text with facts of the line in
    braces, like ``{sku}``; these go before the usual ones."""
    most_hits: Annotated[int, *counted(1, 1000)] = 100
    """How many items a search gives at most."""
