"""What a profile says about posting to a partner: who we are there, and how long."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from gateway.partner.scalars import (
    Form,
    SecretRef,
    Text,
    counted,
    one_or_several,
)

__all__ = ["BasicAuth", "PushTimes", "SigningSecrets"]


class BasicAuth(Form):
    """A user and a password, as HTTP's basic authentication has them (RFC 7617)."""

    user: Text
    """The name."""
    password: SecretRef
    """Where the password is."""


class PushTimes(Form):
    """How long is waited when we post."""

    connect_s: Annotated[int, *counted(1, 600)] = 20
    """Seconds until the connection stands."""
    answer_s: Annotated[int, *counted(1, 3600)] = 60
    """Seconds for the answer, once everything has been sent."""


SigningSecrets = Annotated[
    tuple[SecretRef, ...],
    BeforeValidator(one_or_several, json_schema_input_type=SecretRef | list[SecretRef]),
]
