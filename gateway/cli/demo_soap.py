"""The demo's agency once more: a signed order in SOAP, and one put in its place."""

from __future__ import annotations

import base64
import http.client
import re
from contextlib import closing
from datetime import datetime

from gateway.cli import say
from gateway.cli.demo_signed import Agency
from gateway.pipeline.soap import ORDERS
from gateway.trust.wssecurity.names import SOAP_11

__all__ = ["SoapOrders"]

_PATIENCE_S = 20.0
_NUMBERS = (
    (b"FH26-0001", b"FH26-0006"),
    (b"000000510", b"000000519"),
    (b"*510", b"*519"),
)
_BODY = re.compile("<s:Body.*</s:Body>", re.DOTALL)


class SoapOrders:
    """An order that is believed by its signature, and one put in its place."""

    def __init__(self, address: str) -> None:
        self._host = address.removeprefix("http://")

    def play(self, agency: Agency, now: datetime) -> None:
        """Post both; tell the receipt, and the reason of the Fault."""
        path = f"/soap/tender/{agency.partner}"
        document = agency.sample("good-small.edi")
        for one, other in _NUMBERS:
            document = document.replace(one, other)
        message = agency.in_soap(_envelope(document), now).decode()
        moved = _BODY.search(message)
        assert moved is not None
        forged = _BODY.search(_envelope(b"ISA*forged"))
        assert forged is not None
        put = f"<kept>{moved[0]}</kept></s:Header>{forged[0]}"
        wrapped = message.replace(f"</s:Header>{moved[0]}", put)
        say.line(
            f"a Body in the place of the signed one: {self._posted(path, wrapped)}"
        )
        say.line(f"as it was signed: {self._posted(path, message)}")

    def _posted(self, path: str, message: str) -> str:
        """What is answered: a receipt, or a Fault."""
        door = http.client.HTTPConnection(self._host, timeout=_PATIENCE_S)
        headers = {"Content-Type": SOAP_11.media_type}
        with closing(door):
            door.request("POST", path, message.encode(), headers)
            answer = door.getresponse()
            text = answer.read().decode()
        told = re.search("<faultstring>(.*?)</faultstring>", text)
        receipt = re.search("<receipt>(.*?)</receipt>", text)
        said = told[1] if told else f"receipt {receipt[1] if receipt else 'none'}"
        signed = ", signed by us" if "SignatureValue" in text else ""
        return f"HTTP {answer.status}, {said}{signed}"


def _envelope(document: bytes) -> str:
    inside = base64.b64encode(document).decode()
    return (
        f'<s:Envelope xmlns:s="{SOAP_11.namespace}"><s:Header/><s:Body>'
        f'<submitOrder xmlns="{ORDERS}"><document>{inside}</document></submitOrder>'
        "</s:Body></s:Envelope>"
    )
