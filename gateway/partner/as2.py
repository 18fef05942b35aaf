"""What a profile says about AS2: names, security, receipts, allowances, waiting times.

The channel itself, ``As2Channel``, stands with the other channels in ``profile``.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from gateway.partner.scalars import Form, Hours, counted, mistake

__all__ = [
    "NO_SECURITY",
    "ONLY_COMPRESSED",
    "As2Names",
    "As2Receipt",
    "As2Replies",
    "As2Security",
    "As2Times",
    "As2Url",
    "Cipher",
    "Digest",
    "Legacy",
    "Security",
]

Digest = Literal["sha-256", "sha-384", "sha-512"]
Cipher = Literal[
    "aes256-cbc",
    "aes192-cbc",
    "aes128-cbc",
    "aes256-gcm",
    "aes192-gcm",
    "aes128-gcm",
]
Legacy = Literal["sha1", "md5", "3des", "rsa1024", "line_ends", "unverified"]

_NAME = re.compile(r"[ -~]{1,128}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")


def _as2_name(value: object) -> str:
    """1 to 128 printable ASCII characters, compared as they stand (RFC 4130 §6.2)."""
    if isinstance(value, str) and _NAME.fullmatch(value) and value == value.strip():
        return value
    raise mistake("1 to 128 printable ASCII characters, no blanks around")


def _url(value: object) -> str:
    """An address that is posted to: http or https, a host, no name or password."""
    if isinstance(value, str) and len(value) <= 2000 and value.isascii():
        try:
            parts = urlsplit(value)
            good = parts.scheme in ("http", "https") and bool(parts.hostname)
            good = good and "@" not in parts.netloc and parts.port != 0
            good = good and not parts.fragment
        except ValueError:
            good = False
        if good and value.isprintable() and " " not in value:
            return value
    raise mistake("an address like https://as2.example.com/as2")


def _host(value: object) -> str:
    host = value.lower() if isinstance(value, str) else ""
    if not _HOST.fullmatch(host):
        raise mistake("a host name, like mdn.example.com")
    return host


_As2Name = Annotated[
    str,
    BeforeValidator(_as2_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 128}),
]
As2Url = Annotated[
    str,
    BeforeValidator(_url),
    WithJsonSchema({"type": "string", "pattern": "^https?://"}),
]
_Host = Annotated[str, BeforeValidator(_host), WithJsonSchema({"type": "string"})]
_Seconds = Annotated[int, *counted(1, 3600)]
_Minutes = Annotated[int, *counted(1, 100_000)]


class As2Names(Form):
    """The AS2 names of both sides, compared letter by letter (RFC 4130 §6.2)."""

    ours: _As2Name
    """Our AS2 name: AS2-To of what they send, AS2-From of what we send."""
    theirs: _As2Name
    """Their AS2 name."""

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.ours == self.theirs:
            raise mistake("two different names, ours and theirs")
        return self


class As2Security(Form):
    """How what we send is protected, and what has to be on what they send.

    ``security: none`` stands for no protection at all, and ``security: compressed`` for
    none of what is compressed; either has to be written out, and is refused when
    ``GATEWAY_ENV`` is ``production``.
    """

    sign: Digest | Literal["none"] = "sha-256"
    """The digest that we sign with; none: no signature."""
    signature: Literal["rsa", "pss"] = "rsa"
    """How an RSA key signs: RSASSA-PKCS1 v1.5, or RSASSA-PSS after a test with the
    partner. An EC key always signs with ECDSA."""
    encrypt: Cipher | Literal["none"] = "aes256-cbc"
    """The cipher that we encrypt with; none: no encryption. GCM only after a test with
    the partner."""
    transport: Literal["rsa", "oaep-sha1", "oaep-sha256"] = "rsa"
    """How the key of the cipher is encrypted to an RSA certificate: PKCS #1 v1.5, or
    OAEP after a test with the partner. An EC certificate always takes key agreement
    (RFC 5753)."""
    compress: Literal["none", "before", "after"] = "none"
    """Whether we compress, and whether before or after signing (RFC 5402)."""
    require: tuple[Literal["signature", "encryption"], ...] = (
        "signature",
        "encryption",
    )
    """What has to be on what they send; what comes without it is refused."""

    @model_validator(mode="after")
    def _protects(self) -> Self:
        bare = not self.require or (self.sign == "none" and self.encrypt == "none")
        if bare and self is not NO_SECURITY and self is not ONLY_COMPRESSED:
            raise mistake(
                "none or compressed in place of security, if nothing is to be protected"
            )
        return self

    @property
    def is_none(self) -> bool:
        """Whether nothing at all is protected."""
        return not self.require


NO_SECURITY = As2Security.model_construct(
    sign="none",
    signature="rsa",
    encrypt="none",
    transport="rsa",
    compress="none",
    require=(),
)
ONLY_COMPRESSED = NO_SECURITY.model_copy(update={"compress": "before"})


def _security(value: object) -> object:
    match value:
        case "none":
            return NO_SECURITY
        case "compressed":
            return ONLY_COMPRESSED
    return value


Security = Annotated[
    As2Security,
    BeforeValidator(
        _security,
        json_schema_input_type=As2Security | Literal["none", "compressed"],
    ),
]


class As2Receipt(Form):
    """The receipt (MDN) that we ask for when we send."""

    reply: Literal["sync", "async", "none"] = "sync"
    """Where it comes: in the answer of HTTP, posted to us later, or none is asked."""
    signature: Literal["required", "none"] = "required"
    """Whether it has to be signed; then it also has to carry the right MIC."""
    url: As2Url | None = None
    """Where receipts of the async kind are posted to; left out: our own address."""
    within_min: _Minutes = 120
    """Minutes within which a receipt of the async kind has to come."""


class As2Replies(Form):
    """The receipts (MDNs) that we send."""

    mic: Literal["signature", "requested"] = "signature"
    """Whose algorithm the MIC of signed content has: that of its signature where their
    list holds it, or the first of their list."""
    unsigned_mic: Literal["sha-256", "sha1"] = "sha-256"
    """The MIC's algorithm where they name none and the content is not signed."""
    spelling: Literal["sha-256", "sha256"] = "sha-256"
    """How the names of the SHA-2 algorithms are written."""
    signed: Literal["asked", "always"] = "asked"
    """Whether receipts are also signed where no signature was asked for."""
    status: Literal["200", "204"] = "200"
    """The HTTP status that says a message arrived whose receipt comes later."""
    hosts: tuple[_Host, ...] = ()
    """Hosts that receipts of the async kind may be posted to, besides that of
    ``url``."""


class As2Times(Form):
    """How long is waited when we send."""

    connect_s: _Seconds = 20
    """Seconds until the connection stands."""
    receipt_s: _Seconds = 60
    """Seconds for the answer, once everything has been sent."""
    retry_h: Hours = 24
    """Hours for which a message that did not arrive is sent again."""
