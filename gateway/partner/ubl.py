"""What a profile says of UBL: names of the parties, and what documents must fit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.partner.scalars import Form, Text, one_or_several

__all__ = ["UblForm", "UblIdentities", "UblIdentity"]


class UblIdentity(Form):
    """A name in UBL: an EndpointID, or another number of the party."""

    scheme: Annotated[str, Field(max_length=100)] = ""
    """Who issued it: its schemeID, like 0088 of a GLN; left out: whichever is sent."""
    id: Annotated[str, Field(min_length=1, max_length=255)]
    """The number."""


UblIdentities = Annotated[
    tuple[UblIdentity, ...],
    BeforeValidator(
        one_or_several, json_schema_input_type=UblIdentity | list[UblIdentity]
    ),
]

_Check = Literal["schema", "rules"]
_Checks = Annotated[
    tuple[_Check, ...],
    BeforeValidator(one_or_several, json_schema_input_type=_Check | list[_Check]),
]


class UblForm(Form):
    """What documents of UBL are held against, besides the gateway's own rules.

    The files are the operator's: ``gateway ubl add``.
    """

    theirs: _Checks = ()
    """Before theirs are answered: schema (the published XSD), rules (the rule pack).
    What speaks against one follows ``policy``: ubl_broken, ubl_unjudged."""
    ours: _Checks = ()
    """Before ours leave: one that does not fit is not sent, and operators are told."""
    release: Text | None = None
    """The release of the rule pack, like 2026.5, whatever its dates; left out: the
    newest that is in force, of theirs on the day of receipt."""
