"""Header fields, names and parameters, as the table of the request has them."""

from __future__ import annotations

import pytest

from gateway.as2 import Headers, read_request
from gateway.as2.headers import media_type, parameters
from gateway.as2.names import (
    bare_message_id,
    decoded_words,
    file_name_parameter,
    is_message_id,
    quoted_name,
    read_name,
    safe_file_name,
)
from tests.unit.as2.sides import EDI, answered, asked, built, codes, opened, receiving
from tests.unit.as2.sides import sending as sending_side

ANY = frozenset[str]()


@pytest.mark.parametrize("version", ["", "1.0", "1.1", "1.2", "1.3", "1.9"])
def test_as2_version_is_never_a_reason_to_refuse(version: str) -> None:
    _, result, request = opened(asked(AS2_Version=version), EDI, receiving(require=ANY))
    assert result.accepted
    assert request.version == (version or "1.0")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("BUYER", "BUYER"),
        ('"BUYER"', "BUYER"),
        ('"MY BUYER"', "MY BUYER"),
        ('"a\\"b\\\\c"', 'a"b\\c'),
        ("ACME;", "ACME;"),
        ("A[1]!", "A[1]!"),
        ("MY BUYER", "MY BUYER"),
        ("x" * 128, "x" * 128),
        ("x" * 129, ""),
        ("", ""),
        ('""', ""),
        ("café", ""),
        ('"a"b"', ""),
    ],
)
def test_as2_from_and_as2_to_are_read_without_quotes(value: str, name: str) -> None:
    assert read_name(value) == name


@pytest.mark.parametrize("name", ["BUYER", "MY BUYER", 'a"b', "a\\b", "A;", 'q"\\" '])
def test_names_are_quoted_only_when_needed_and_come_back(name: str) -> None:
    written = quoted_name(name)
    assert read_name(written) == name
    assert written.startswith('"') is any(c in name for c in ' "\\')


def test_names_are_compared_in_upper_and_lower_case() -> None:
    assert read_name("Buyer") != read_name("BUYER")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("<1@x>", []),
        ("1", []),
        ("<" + "x" * 996 + ">", []),
        ("", ["AS2-104"]),
        ("a b@c", ["AS2-104"]),
        ("x" * 999, ["AS2-104"]),
    ],
)
def test_message_ids_of_other_products_are_taken(value: str, found: list[str]) -> None:
    _, result, request = opened(asked(Message_ID=value), EDI, receiving(require=ANY))
    assert (result.accepted, codes(result.findings)) == (True, found)
    assert request.message_id == value


def test_message_ids_are_compared_without_brackets() -> None:
    assert bare_message_id(" <1@x> ") == bare_message_id("1@x") == "1@x"
    assert not is_message_id("a\tb")


@pytest.mark.parametrize(
    "value",
    [
        'multipart/signed; boundary="a;b"; micalg=sha1',
        'Multipart/Signed;BOUNDARY="a;b";MicAlg=sha1',
        'multipart/signed; micalg="sha1"; boundary="a;b"',
        'multipart/signed ; boundary = "a\\;b" ; micalg=sha1 ;',
        "multipart/signed; boundary*=utf-8''a%3Bb; micalg=sha1",
        'multipart/signed; boundary*0="a;"; boundary*1=b; micalg=sha1',
    ],
)
def test_content_type_is_read_in_any_case_quoted_or_not(value: str) -> None:
    kind = media_type(value)
    assert kind.kind == "multipart/signed"
    assert (kind.get("boundary"), kind.get("micalg")) == ("a;b", "sha1")


def test_content_type_that_is_missing_is_octets() -> None:
    assert media_type("").kind == "application/octet-stream"


@pytest.mark.parametrize("kind", ["application/pkcs7-mime", "application/x-pkcs7-mime"])
@pytest.mark.parametrize("smime", ["", "; smime-type=enveloped-data", "; smime-type=x"])
def test_the_structure_decides_where_smime_type_is_missing_or_wrong(
    kind: str, smime: str
) -> None:
    made, body = built()
    headers = dict(made.headers) | {"Content-Type": kind + smime}
    parts, result, _ = opened(headers.items(), body, receiving())
    assert (parts, result.accepted) == ([EDI], True)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", EDI),
        ("binary", EDI),
        ("7bit", EDI),
        ("8BIT", EDI),
        ("Base64", b"SVNBKjAwKgpHUypQTw=="),
        ("quoted-printable", b"ISA=2A00*=\r\nGS*PO=0A"),
    ],
)
def test_content_transfer_encoding_absent_is_binary(encoding: str, body: bytes) -> None:
    wanted = {"base64": b"ISA*00*\nGS*PO", "quoted-printable": b"ISA*00*GS*PO\n"}
    headers = asked(Content_Transfer_Encoding=encoding)
    parts, _, _ = opened(headers, body, receiving(require=ANY), step=1)
    assert parts == [wanted.get(encoding.lower(), EDI)]


def test_we_write_binary_on_every_payload_and_alter_no_byte() -> None:
    made, body = built(sending_side(encrypt=""))
    assert b"Content-Transfer-Encoding: binary\r\n" in body
    assert b"\r\n\r\n" + EDI + b"\r\n--" in body
    _, result, _ = answered(made, body, receiving(require=ANY))
    assert result.parts[0].size == len(EDI)


@pytest.mark.parametrize("value", ["edi@buyer.example", "", "x y"])
def test_any_disposition_notification_to_asks_for_an_mdn(value: str) -> None:
    fields = [("Disposition-Notification-To", value)]
    assert read_request(Headers.of(fields)).asked is not None
    assert read_request(Headers.of([])).asked is None


@pytest.mark.parametrize(
    ("value", "signed", "micalgs"),
    [
        (
            "signed-receipt-protocol=optional, pkcs7-signature;"
            " signed-receipt-micalg=optional, sha1, md5",
            True,
            ("sha1", "md5"),
        ),
        (
            "Signed-Receipt-MICalg = required,SHA-256 ;"
            "signed-receipt-protocol=required,application/pkcs7-signature",
            True,
            ("SHA-256",),
        ),
        (
            'signed-receipt-protocol=optional,"x-pkcs7-signature"',
            True,
            (),
        ),
        ("signed-receipt-micalg=sha256", False, ("sha256",)),
        ("nonsense", False, ()),
        ("", False, ()),
    ],
)
def test_disposition_notification_options_in_any_order(
    value: str, signed: bool, micalgs: tuple[str, ...]
) -> None:
    fields = [
        ("Disposition-Notification-To", "x"),
        ("Disposition-Notification-Options", value),
    ]
    found = read_request(Headers.of(fields)).asked
    assert found is not None
    assert (found.signed, found.micalgs) == (signed, micalgs)


def test_receipt_delivery_option_may_be_long_and_carry_a_query() -> None:
    url = "https://buyer.example/mdn?" + "k=v&" * 100
    headers = asked(Receipt_Delivery_Option=f"<{url}>")
    found = read_request(Headers.of(headers)).asked
    assert found is not None
    assert found.url == url


def test_unknown_features_are_never_fatal() -> None:
    headers = asked(EDIINT_Features="multiple-attachments, CEM, future-thing,")
    _, result, request = opened(headers, EDI, receiving(require=ANY))
    assert result.accepted
    assert request.features == ("multiple-attachments", "CEM", "future-thing")


def test_subject_and_date_are_optional_and_fields_may_be_folded() -> None:
    fields: list[tuple[str | bytes, str | bytes]] = [
        (b"AS2-From", b"BUYER"),
        ("Subject", "a\r\n  b"),
        ("as2-to", "US "),
    ]
    request = read_request(Headers.of(fields))
    assert (request.sender, request.receiver, request.subject) == ("BUYER", "US", "a b")


@pytest.mark.parametrize("name", ["AS2-From", "AS2-To"])
@pytest.mark.parametrize("value", ["", "é", "x" * 129])
def test_a_name_that_is_none_is_told(name: str, value: str) -> None:
    headers = dict(asked()) | {name: value}
    _, result, _ = opened(headers.items(), EDI, None)
    assert codes(result.findings) == ["AS2-101", "AS2-102"]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="po.edi"', "po.edi"),
        ("attachment; filename=po.edi", "po.edi"),
        ("attachment; filename*=UTF-8''M%C3%BCller%20%E2%82%AC.edi", "Müller €.edi"),
        ("attachment; filename*=iso-8859-1'de'M%FCller.edi", "Müller.edi"),
        ("attachment; filename*0*=utf-8''M%C3%BC; filename*1=ller.edi", "Müller.edi"),
        ('attachment; filename="=?utf-8?B?TcO8bGxlci5lZGk=?="', "Müller.edi"),
        (
            'attachment; filename="=?utf-8?Q?M=C3=BC?= =?utf-8?Q?ller.edi?="',
            "Müller.edi",
        ),
        ('attachment; filename="=?iso-8859-1?q?M=FCller?=.edi"', "Müller.edi"),
        ('attachment; filename="C:\\\\data\\\\po.edi"', "po.edi"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="a\x00b\x1f.edi"', "a_b_.edi"),
        ('attachment; filename="CON.txt"', "_CON.txt"),
        ('attachment; filename="..."', ""),
        ('attachment; filename=".hidden"', "_hidden"),
        ("attachment", ""),
    ],
)
def test_file_names_are_decoded_and_made_safe(disposition: str, name: str) -> None:
    headers = asked(Content_Disposition=disposition)
    _, result, _ = opened(headers, EDI, receiving(require=ANY))
    assert result.parts[0].name == name


def test_raw_eight_bit_in_a_file_name_is_understood() -> None:
    raw = "attachment; filename=Müller.edi".encode().decode("latin-1")
    _, result, _ = opened(asked(Content_Disposition=raw), EDI, receiving(require=ANY))
    assert result.parts[0].name == "Müller.edi"


def test_the_name_of_the_type_counts_where_there_is_no_other() -> None:
    headers = asked(Content_Type='application/edi-x12; name="po.edi"')
    _, result, _ = opened(headers, EDI, receiving(require=ANY))
    assert result.parts[0].name == "po.edi"


@pytest.mark.parametrize(
    "name", ["po.edi", "Müller €.edi", 'a"b.edi', "a;b.edi", "日本"]
)
def test_file_names_are_written_without_raw_eight_bit(name: str) -> None:
    written = file_name_parameter(name)
    assert written.isascii()
    assert parameters("attachment; " + written)["filename"] == name


def test_long_file_names_are_cut_and_keep_their_end() -> None:
    safe = safe_file_name("é" * 300 + ".edi")
    assert len(safe.encode()) <= 255
    assert safe.endswith("é.edi")
    assert safe_file_name(safe) == safe


def test_words_that_cannot_be_decoded_stay_as_they_are() -> None:
    assert decoded_words("=?x?B?a?=") == "=?x?B?a?="


def test_the_header_of_what_we_send() -> None:
    made, _ = built(sending_side(version="1.3", receipt="async"))
    fields = dict(made.headers)
    assert list(fields) == [
        *("AS2-Version", "AS2-From", "AS2-To", "Message-ID", "Date", "MIME-Version"),
        *("EDIINT-Features", "AS2-Product", "Disposition-Notification-To"),
        *("Disposition-Notification-Options", "Receipt-Delivery-Option"),
        *("Content-Type", "Content-Transfer-Encoding", "Content-Disposition"),
    ]
    assert fields["Receipt-Delivery-Option"] == "https://buyer.example/as2/mdn"
    assert fields["Disposition-Notification-Options"] == (
        "signed-receipt-protocol=optional, pkcs7-signature;"
        " signed-receipt-micalg=optional, sha-256"
    )
    assert all(value.isascii() and "\n" not in value for value in fields.values())


def test_no_receipt_is_asked_for_where_none_is_agreed() -> None:
    made, _ = built(sending_side(receipt="none"))
    assert "Disposition-Notification-To" not in dict(made.headers)
    unsigned, _ = built(sending_side(receipt_signed=False))
    assert "Disposition-Notification-To" in dict(unsigned.headers)
    assert "Disposition-Notification-Options" not in dict(unsigned.headers)
