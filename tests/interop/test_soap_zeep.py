"""Signed messages by the hands of others: zeep and libxmlsec sign, and read ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import zeep
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from fastapi import FastAPI
from lxml import etree
from zeep.exceptions import Fault
from zeep.plugins import HistoryPlugin
from zeep.transports import Transport
from zeep.wsse.signature import BinarySignature, Signature
from zeep.wsse.utils import get_security_header

from gateway.web.app import create_app
from tests.pki import Holder, certificate
from tests.unit.engine.starter_house import Door, House, house
from tests.unit.engine.test_signed import SAMPLE, lists, trust
from tests.unit.engine.test_soap import acme, with_key
from tests.unit.pipeline.parts import NOW
from tests.unit.pipeline.test_signed import authority, root

__all__ = ["acme", "house"]

xmlsec: Any = import_module("xmlsec")  # its types know nothing of its constants

WSU = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
)
WSSE = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
)
PLACE = "http://t/soap/tender/acme"


@cache
def buyer() -> Holder:
    return certificate("DOE.JANE.Q.1234567890.", authority(), kind="rsa2048")


class Straight(Transport):
    """Posts into the application, in this process."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__()
        self._app = app

    def post(self, address: str, message: bytes, headers: Any) -> requests.Response:
        answer = asyncio.run(self._posted(address, message, headers))
        told = requests.Response()
        told.status_code = answer.status_code
        told._content = answer.content
        told.headers.update(answer.headers)
        return told

    async def _posted(self, address: str, message: bytes, headers: Any) -> Any:
        way = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=way) as client:
            return await client.post(address, content=message, headers=headers)


class Unread:
    """Signs as zeep does; the answer is looked at by the test."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def apply(self, envelope: Any, headers: Any) -> Any:
        return self._inner.apply(envelope, headers)

    def verify(self, envelope: Any) -> None:
        pass


class Stamped(Unread):
    """Puts a Timestamp into the message before zeep's own signature."""

    def __init__(self, inner: Any, now: datetime) -> None:
        super().__init__(inner)
        self._now = now

    def apply(self, envelope: Any, headers: Any) -> Any:
        security = get_security_header(envelope)
        stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
        for name, at in (("Created", self._now), ("Expires", self._now + MINUTES)):
            etree.SubElement(stamp, f"{{{WSU}}}{name}").text = at.isoformat()
        return super().apply(envelope, headers)


MINUTES = timedelta(minutes=5)
GOOD = {
    "signature_method": xmlsec.Transform.RSA_SHA256,
    "digest_method": xmlsec.Transform.SHA256,
}


def keys(place: Path, one: Holder) -> tuple[str, str]:
    form = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    (place / "key.pem").write_bytes(one.key.private_bytes(*form))
    (place / "certificate.pem").write_text(one.pem)
    return str(place / "key.pem"), str(place / "certificate.pem")


def service(here: House, how: Any, place: Path, binding: str) -> Any:
    """zeep's view of our door, by the WSDL that it serves."""
    app = create_app(
        here.gateway.engine,
        check=here.gateway.check,
        release=here.gateway.release,
        clock=lambda: NOW,
    )
    text = files("gateway.web").joinpath("wsdl", "orders.wsdl").read_text("utf-8")
    file = place / "orders.wsdl"
    file.write_text(text.replace("{address}", PLACE))
    client = zeep.Client(
        str(file),
        transport=Straight(app),
        wsse=how,
        plugins=[HistoryPlugin()],
        port_name=binding,
        service_name="Orders",
    )
    return client


Kind = Callable[..., Any]


@pytest.mark.parametrize("kind", [Signature, BinarySignature])
@pytest.mark.parametrize("binding", ["OrdersSoap11", "OrdersSoap12"])
def test_an_order_that_zeep_signed_is_booked_and_our_receipt_verifies(
    house: Door, tmp_path: Path, kind: Kind, binding: str
):
    here = house("acme", trust=trust(signers=[{"sha256": buyer().sha256}]))
    lists(here, root(), authority())
    with_key(here)
    how = Stamped(kind(*keys(tmp_path, buyer()), **GOOD), NOW)
    client = service(here, how, tmp_path, binding)
    found = client.service.submitOrder(document=SAMPLE)
    assert found.verdict == "passed"
    here.work()
    assert here.orders() == ["4500001201"]
    verified(client.plugins[0].last_received["envelope"])


def verified(envelope: Any) -> None:
    """Have libxmlsec verify every signature of ours with the certificate in it."""
    token = envelope.find(f".//{{{WSSE}}}BinarySecurityToken")
    key = xmlsec.Key.from_memory(
        f"-----BEGIN CERTIFICATE-----\n{token.text}\n-----END CERTIFICATE-----\n",
        xmlsec.KeyFormat.CERT_PEM,
    )
    context = xmlsec.SignatureContext()
    context.key = key
    for one in envelope.iter():
        if one.get(f"{{{WSU}}}Id"):
            context.register_id(one, "Id", WSU)
    context.verify(xmlsec.tree.find_node(envelope, xmlsec.Node.SIGNATURE))


def test_what_zeep_signs_unless_told_otherwise_is_too_weak(acme, tmp_path):
    how = Stamped(BinarySignature(*keys(tmp_path, buyer())), NOW)
    client = service(acme, how, tmp_path, "OrdersSoap11")
    with pytest.raises(Fault) as told:
        client.service.submitOrder(document=SAMPLE)
    assert told.value.code.endswith("UnsupportedAlgorithm")


def test_what_zeep_signs_without_a_timestamp_is_refused(acme, tmp_path):
    how = Unread(BinarySignature(*keys(tmp_path, buyer()), **GOOD))
    client = service(acme, how, tmp_path, "OrdersSoap11")
    with pytest.raises(Fault, match="TRU-431"):
        client.service.submitOrder(document=SAMPLE)
