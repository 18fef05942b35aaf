"""Secrets are masked before a document is kept, where it may be changed at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from gateway.engine.masking import masked
from gateway.pipeline.ports import Blob, Inbound, InMemory
from gateway.safexml import XmlLimits

DOCUMENT = (
    b'<?xml version="1.0"?><cXML payloadID="1@b"><Header><Sender><Credential '
    b'domain="DUNS"><Identity>1</Identity><SharedSecret>hunter2</SharedSecret>'
    b"</Credential></Sender></Header></cXML>"
)
X12 = b"ISA*00*" + b"hunter2" * 3


def came(channel: str, blob: Blob) -> Inbound:
    return Inbound(
        blob=blob,
        channel=channel,
        peer="",
        partner_id="b",
        transport_id="1",
        received_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
    )


def kept(channel: str, data: bytes) -> bytes:
    return b"".join(masked(came(channel, InMemory.of(data))).blob.chunks())


@pytest.mark.parametrize("channel", ["folder", "http", "sftp", "sftp_drop"])
def test_a_document_of_cxml_is_kept_without_its_secret(channel: str):
    assert b"hunter2" not in kept(channel, DOCUMENT)
    assert b"payloadID" in kept(channel, DOCUMENT)


def test_blanks_in_front_of_a_document_do_not_hide_its_secret():
    assert b"hunter2" not in kept("folder", b"\r\n" * 5_000 + DOCUMENT.lstrip())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_of_ubl_is_kept_without_the_number_of_a_card(encoding: str):
    number = "4111111111111111"
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        '<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2">'
        f"<b:PrimaryAccountNumberID>{number}</b:PrimaryAccountNumberID></Order>"
    )
    seen = kept("folder", text.encode(encoding))
    assert number.encode() not in seen.replace(b"\0", b"")
    assert b"***1111" in seen


def test_what_is_signed_over_its_bytes_and_what_is_no_cxml_stays():
    assert kept("as2", DOCUMENT) == DOCUMENT
    assert kept("folder", X12) == X12


class Endless:
    """So long that nobody may hold it; only its beginning may be looked at."""

    size = XmlLimits().size_bytes + 1
    sha256 = "0" * 64

    def chunks(self) -> Iterator[bytes]:
        raise AssertionError("it was read")


def test_what_is_longer_than_any_document_is_not_read():
    blob = Endless()
    assert masked(came("folder", blob)).blob is blob
