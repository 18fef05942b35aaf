"""The namespaces and names of SOAP, WS-Addressing and WS-Security."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BASE64",
    "SOAP_11",
    "SOAP_12",
    "VERSIONS",
    "WSA",
    "WSSE",
    "WSU",
    "X509",
    "Soap",
]

_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_WSS}-wssecurity-secext-1.0.xsd"
WSU = f"{_WSS}-wssecurity-utility-1.0.xsd"
X509 = f"{_WSS}-x509-token-profile-1.0"
"""What the kinds of certificates and names of them begin with."""
BASE64 = f"{_WSS}-soap-message-security-1.0#Base64Binary"
WSA = "http://www.w3.org/2005/08/addressing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Soap:
    """A version of SOAP. ``actor`` names the attribute that says who a header is for;
    ``ours`` are the values of it that mean whoever reads the message."""

    version: str
    namespace: str
    media_type: str
    actor: str
    ours: frozenset[str]

    def tag(self, name: str) -> str:
        """The name of an element of its own."""
        return f"{{{self.namespace}}}{name}"


_NEXT_11 = "http://schemas.xmlsoap.org/soap/actor/next"
_ENVELOPE_12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = Soap(
    version="1.1",
    namespace="http://schemas.xmlsoap.org/soap/envelope/",
    media_type="text/xml; charset=utf-8",
    actor="actor",
    ours=frozenset(("", _NEXT_11)),
)
SOAP_12 = Soap(
    version="1.2",
    namespace=_ENVELOPE_12,
    media_type="application/soap+xml; charset=utf-8",
    actor="role",
    ours=frozenset(
        ("", f"{_ENVELOPE_12}/role/next", f"{_ENVELOPE_12}/role/ultimateReceiver")
    ),
)
VERSIONS = {one.namespace: one for one in (SOAP_11, SOAP_12)}
"""By their namespace."""
