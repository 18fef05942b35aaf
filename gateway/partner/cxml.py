"""What a profile says of cXML: names, secrets, what counts as a test."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gateway.partner.scalars import Form, SecretRef, Zone, one_or_several

__all__ = ["CxmlConfirmations", "CxmlForm", "CxmlIdentities", "CxmlIdentity"]

_Name = Annotated[str, Field(min_length=1, max_length=255)]


class CxmlIdentity(Form):
    """A name in cXML: a Credential of From, To or Sender."""

    domain: _Name
    """Its domain, like NetworkID or DUNS, in small or capital letters."""
    id: _Name
    """Its Identity."""


CxmlIdentities = Annotated[
    tuple[CxmlIdentity, ...],
    BeforeValidator(
        one_or_several, json_schema_input_type=CxmlIdentity | list[CxmlIdentity]
    ),
]


class CxmlConfirmations(Form):
    """How our answers to orders (ConfirmationRequest) are written."""

    changes: Literal["except", "detail"] = "except"
    """What the header says of an order that is taken with changes: except names the
    lines that differ and accepts the others, detail names all lines."""
    refusals: Literal["bare", "lines"] = "bare"
    """What a refusal of the whole order names: no line, as the DTD has it, or every
    line, for buyers who look for them (Oracle Fusion)."""
    again: Literal["update", "new"] = "update"
    """What a later answer about the same order is: an update that names the one before
    it, or a new one, for buyers who know no updates."""


class CxmlForm(Form):
    """How documents of cXML are exchanged with this partner."""

    sender: CxmlIdentities = ()
    """Whose account stands in Sender, where it is a hub's; left out: any name of
    ``identities.cxml``."""
    secrets: Annotated[
        tuple[SecretRef, ...],
        BeforeValidator(
            one_or_several, json_schema_input_type=SecretRef | list[SecretRef]
        ),
        Field(max_length=2),
    ] = ()
    """Where the shared secrets are that Sender may present: one, or two while it
    changes. Without any ``/cxml`` takes nothing from them."""
    mac: Literal["no", "yes"] = "no"
    """Whether a CredentialMac (HMAC-SHA1-96) is taken in place of the secret."""
    test_suffix: Literal["no", "yes"] = "no"
    """Whether their test account has the same names with ``-T`` behind them; what
    comes under those is a test."""
    zone: Zone = "UTC"
    """The time zone of times that they send without an offset, like
    ``America/New_York``."""
    confirmations: CxmlConfirmations = CxmlConfirmations()
    """How our answers to their orders are written."""
