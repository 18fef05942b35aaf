"""What a profile says of UBL: names of the parties."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from gateway.partner.scalars import Form, one_or_several

__all__ = ["UblIdentities", "UblIdentity"]


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
