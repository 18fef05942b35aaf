"""What our door for orders in SOAP answers: a receipt, or a Fault with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from gateway.findings import CODES, Finding
from gateway.pipeline.soap import ORDERS, SUBMIT
from gateway.trust.wssecurity.names import WSSE, WSU, Soap

__all__ = ["fault", "receipt"]

_FAULTS = (
    ("message.version", "VersionMismatch"),
    ("message.must_understand", "MustUnderstand"),
    ("message.timestamp", "wsu:MessageExpired"),
    ("message.body", "wsse:FailedCheck"),
    ("message.headers", "wsse:InvalidSecurity"),
    ("message.", ""),
    ("structure.token", "wsse:UnsupportedSecurityToken"),
    ("structure.", "wsse:InvalidSecurity"),
    ("limits.", "wsse:InvalidSecurity"),
    ("crypto.algorithm", "wsse:UnsupportedAlgorithm"),
    ("signature.algorithm", "wsse:UnsupportedAlgorithm"),
    ("path.algorithm", "wsse:UnsupportedAlgorithm"),
    ("crypto.", "wsse:FailedCheck"),
    ("signer.certificate", "wsse:SecurityTokenUnavailable"),
    ("signer.", "wsse:FailedAuthentication"),
    ("path.", "wsse:InvalidSecurityToken"),
    ("authority.", "wsse:InvalidSecurityToken"),
    ("anchor.", "wsse:InvalidSecurityToken"),
)
"""The fault of WS-Security 1.1 §12 by what a constraint begins with."""


def receipt(soap: Soap, receipt_id: str, id_: str, report: Mapping[str, Any]) -> bytes:
    """What a document that was taken is answered; it is signed afterwards.

    ``report`` is the trust report as JSON has it, with its text under ``text``.
    """
    signers = report["signers"]
    told = {
        "receipt": receipt_id,
        "id": id_,
        "verdict": report["verdict"],
        "signer": signers[0]["subject"] if signers else "",
        "contentSha256": report["content_sha256"],
        "checkedAt": report["clocks"]["checked_at"],
        "report": report["text"],
    }
    inside = "".join(f"<{k}>{_text(v)}</{k}>" for k, v in told.items())
    name = f"{SUBMIT}Response"
    return _envelope(soap, f'<{name} xmlns="{ORDERS}">{inside}</{name}>')


def fault(soap: Soap, found: Finding, constraint: str = "") -> bytes:
    """Why something was not taken; ``constraint`` is that of a trust report."""
    named = next((n for start, n in _FAULTS if constraint.startswith(start)), "")
    theirs = CODES[found.code].http < 500
    told = {
        "code": found.code,
        "constraint": constraint,
        "what": found.what,
        "fix": found.fix,
    }
    inside = "".join(f"<{key}>{_text(value)}</{key}>" for key, value in told.items())
    detail = f'<refusal xmlns="{ORDERS}">{inside}</refusal>'
    words = _text(f"{found.code}: {found.what}")
    spaces = f'xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"'
    if soap.version == "1.1":
        code = named or ("Client" if theirs else "Server")
        code = code if ":" in code else f"s:{code}"
        return _envelope(
            soap,
            f"<s:Fault {spaces}><faultcode>{code}</faultcode>"
            f"<faultstring>{words}</faultstring><detail>{detail}</detail></s:Fault>",
        )
    code = named if named and ":" not in named else ("Sender" if theirs else "Receiver")
    below = f"<s:Subcode><s:Value>{named}</s:Value></s:Subcode>" if ":" in named else ""
    return _envelope(
        soap,
        f"<s:Fault {spaces}><s:Code><s:Value>s:{code}</s:Value>{below}</s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{words}</s:Text></s:Reason>'
        f"<s:Detail>{detail}</s:Detail></s:Fault>",
    )


def _envelope(soap: Soap, body: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{soap.namespace}"><s:Body>{body}</s:Body></s:Envelope>'
    ).encode()


def _text(value: object) -> str:
    """Text of an element, without characters that XML cannot hold."""
    kept = "".join(one for one in str(value) if one in "\t\n\r" or one >= " ")
    return escape(kept.encode("utf-8", "replace").decode())
