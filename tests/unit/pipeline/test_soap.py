"""Signed messages in SOAP: believed when whole and of now, refused by name else.

The refusals are named after the attacks; each is one change of a message that would be
believed without it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives.hashes import SHA1

from gateway.pipeline.signed import open_signed
from gateway.pipeline.soap import ORDERS
from gateway.trust.judging import Asked
from gateway.trust.policy import Rules
from gateway.trust.report import Fault
from gateway.trust.wssecurity.moment import Timestamp
from gateway.trust.wssecurity.names import SOAP_11, SOAP_12, WSA, WSU, X509, Soap
from gateway.trust.wssecurity.opened import OpenedEnvelope
from gateway.trust.wssecurity.signing import signed_message
from gateway.trust.xmldsig.structure import DSIG
from tests.pki import DAY, NOW, Holder, certificate
from tests.unit.pipeline.test_signed import (
    authority,
    judged,
    known,
    nothing_revoked,
    other,
    rules,
    signer,
    why,
)

DOCUMENT = b"ISA*00*          *00*          *ZZ*AGENCY         ~"
ADDRESS = "/soap/tender/agency"
TO = {"To": f"https://supplier.example{ADDRESS}", "MessageID": "urn:uuid:1"}
MINUTE = timedelta(minutes=1)


def plain(document: bytes = DOCUMENT, soap: Soap = SOAP_11) -> str:
    inside = base64.b64encode(document).decode()
    return (
        f'<s:Envelope xmlns:s="{soap.namespace}"><s:Header/><s:Body>'
        f'<submitOrder xmlns="{ORDERS}"><document>{inside}</document></submitOrder>'
        "</s:Body></s:Envelope>"
    )


def message(
    text: str = "",
    *,
    at: datetime = NOW,
    by: Holder | None = None,
    to: dict[str, str] | None = None,
) -> str:
    one, bare = by or signer(), (text or plain()).encode()
    return signed_message(bare, one.key, one.certificate, at, to).decode()


def swapped(text: str, pattern: str, by: str) -> bytes:
    changed, count = re.subn(pattern, by, text, count=1, flags=re.DOTALL)
    assert count == 1
    return changed.encode()


def constraint(data: bytes | str, at: datetime = NOW) -> str:
    text = data if isinstance(data, bytes) else data.encode()
    return why(judged(text, at=at))[1]


# Forms that are read.


@pytest.mark.parametrize("soap", [SOAP_11, SOAP_12], ids=["1.1", "1.2"])
def test_a_message_is_believed_and_its_document_goes_on(soap):
    found = judged(message(plain(soap=soap), to=TO).encode())
    assert found.report.is_passed, found.report
    assert (found.report.kind, found.content) == ("soap", DOCUMENT)


@cache
def of_rsa() -> Holder:
    return certificate("Rsa", authority(), kind="rsa2048")


def test_a_message_signed_with_rsa_is_believed():
    assert judged(message(by=of_rsa()).encode()).report.is_passed


def test_a_document_goes_on_as_an_element_too():
    inline = f'<submitOrder xmlns="{ORDERS}"><inline><a xmlns="">1</a></inline>'
    text = re.sub("<submitOrder.*?</document>", inline, plain())
    found = judged(message(text).encode()).content or b""
    assert found.startswith(b"<a ")
    assert found.endswith(b">1</a>")


NAMED = {
    "its key identifier": lambda one: (
        f'<wsse:KeyIdentifier ValueType="{X509}#X509SubjectKeyIdentifier">'
        f"{base64.b64encode(known(one).key_id).decode()}</wsse:KeyIdentifier>"
    ),
    "its thumbprint": lambda one: (
        '<wsse:KeyIdentifier ValueType="http://docs.oasis-open.org/wss/'
        'oasis-wss-soap-message-security-1.1#ThumbprintSHA1">'
        f"{base64.b64encode(one.certificate.fingerprint(SHA1())).decode()}"  # noqa: S303  # a name
        "</wsse:KeyIdentifier>"
    ),
    "itself": lambda one: (
        f'<X509Data xmlns="{DSIG[1:-1]}"><X509Certificate>'
        f"{base64.b64encode(one.der).decode()}</X509Certificate></X509Data>"
    ),
    "issuer and serial": lambda one: (
        f'<X509Data xmlns="{DSIG[1:-1]}"><X509IssuerSerial><X509IssuerName>CN=Authority'
        f"</X509IssuerName><X509SerialNumber>{one.certificate.serial_number}"
        "</X509SerialNumber></X509IssuerSerial></X509Data>"
    ),
}


def only_named(how: str) -> bytes:
    """A message whose certificate did not come along."""
    text = re.sub(
        "<wsse:BinarySecurityToken.*?</wsse:BinarySecurityToken>", "", message()
    )
    return swapped(
        text, "<wsse:Reference [^>]*></wsse:Reference>", NAMED[how](signer())
    )


def knowing_the_signer() -> Rules:
    return replace(rules(), pool=(known(authority()), known(other()), known(signer())))


@pytest.mark.parametrize("how", NAMED)
def test_a_certificate_of_the_profile_is_found_by(how):
    found = judged(only_named(how), by=knowing_the_signer())
    assert found.report.is_passed, found.report


def test_a_certificate_that_is_named_and_not_known_is_told():
    assert constraint(only_named("its thumbprint")) == "signer.certificate"


def test_a_message_is_good_as_long_as_it_says():
    data = message().encode()
    assert judged(data, at=NOW + 9 * MINUTE).report.is_passed
    assert judged(data, at=NOW - 4 * MINUTE).report.is_passed


def test_a_timestamp_without_end_is_good_for_the_age_that_the_profile_allows():
    made = Timestamp(created=NOW)
    made.check(NOW + 10 * MINUTE, 5 * MINUTE, 5 * MINUTE)
    with pytest.raises(Fault):
        made.check(NOW + 11 * MINUTE, 5 * MINUTE, 5 * MINUTE)


def test_a_timestamp_with_an_end_far_off_is_good_for_a_day():
    made = Timestamp(created=NOW, expires=NOW + 3650 * DAY)
    with pytest.raises(Fault):
        made.check(NOW + DAY + 6 * MINUTE, 5 * MINUTE, 5 * MINUTE)


TOKENS = {
    "nothing": "",
    "another kind": "<wsse:Embedded/>",
    "another identifier": (
        '<wsse:KeyIdentifier ValueType="urn:x">QQ==</wsse:KeyIdentifier>'
    ),
    "no token": '<wsse:Reference URI="#part-0"/>',
    "no certificate": (
        f'<wsse:KeyIdentifier ValueType="{X509}#X509v3">QQ==</wsse:KeyIdentifier>'
    ),
    "no number": "<ds:X509Data><ds:X509CRL/></ds:X509Data>",
    "no base64": (
        f'<wsse:KeyIdentifier ValueType="{X509}#X509v3">***</wsse:KeyIdentifier>'
    ),
}


@pytest.mark.parametrize("named", TOKENS.values(), ids=TOKENS)
def test_a_name_of_the_certificate_that_is_not_read_is_refused(named):
    text = swapped(message(), "<wsse:Reference [^>]*></wsse:Reference>", named)
    assert constraint(text).startswith("structure.")


def test_a_token_of_another_kind_is_refused():
    kind = f"{X509}#X509PKIPathv1"
    text = swapped(message(), f'ValueType="{X509}#X509v3"', f'ValueType="{kind}"')
    assert constraint(text) == "structure.token"


STAMPS = {
    "no time": "<wsu:Created>yesterday</wsu:Created>",
    "no such day": "<wsu:Created>2026-13-40T00:00:00Z</wsu:Created>",
    "only an end": "<wsu:Expires>2026-11-02T12:00:00Z</wsu:Expires>",
    "an end before": (
        "<wsu:Created>2026-11-02T12:00:00Z</wsu:Created>"
        "<wsu:Expires>2026-11-02T11:00:00Z</wsu:Expires>"
    ),
}


@pytest.mark.parametrize("inside", STAMPS.values(), ids=STAMPS)
def test_a_timestamp_that_is_none_is_refused(inside):
    text = swapped(message(), "<wsu:Created>.*</wsu:Expires>", inside)
    assert constraint(text) == "message.timestamp"


ENVELOPES = {
    "message.version": ("schemas.xmlsoap.org/soap/envelope/", "x.example/envelope/"),
    "message.envelope": ("</s:Header>", "</s:Header><s:Header/>"),
    "message.headers": ("<s:Header>", f"<s:Header>{2 * '<a:To xmlns:a=*>x</a:To>'}"),
}


@pytest.mark.parametrize("told", ENVELOPES)
def test_an_envelope_of_another_form_is_refused(told):
    old, new = ENVELOPES[told]
    text = message().replace(old, new.replace("=*", f'="{WSA}"'))
    with pytest.raises(Fault) as fault:
        OpenedEnvelope.read(text.encode())
    assert fault.value.constraint == told


# Attacks.

UNSIGNED = plain(b"ISA*forged")
BODY = "<s:Body.*</s:Body>"


def body_of(text: str) -> str:
    found = re.search(BODY, text, re.DOTALL)
    assert found is not None
    return found[0]


def test_attack_moved_body():
    """The signed Body stands in a header, one that nobody signed in its place."""
    text = message()
    moved = f"<wrap>{body_of(text)}</wrap></s:Header>{body_of(UNSIGNED)}"
    assert constraint(swapped(text, f"</s:Header>{BODY}", moved)) == "message.body"


def test_attack_wrapped_body():
    """The Body in its place has the signed one in it."""
    text = message()
    wrapped = f'<s:Body><forged xmlns="urn:x"/>{body_of(text)}</s:Body>'
    assert constraint(swapped(text, BODY, wrapped)) == "message.body"


def test_attack_two_bodies():
    text = message()
    both = body_of(UNSIGNED) + body_of(text)
    assert constraint(swapped(text, BODY, both)) == "message.envelope"


def test_attack_something_behind_the_body():
    text = message().replace("</s:Envelope>", '<x xmlns="urn:x"/></s:Envelope>')
    assert constraint(text) == "message.envelope"


def test_attack_duplicate_ids():
    text = message()
    twin = re.sub("<submitOrder.*</submitOrder>", "<forged/>", body_of(text))
    both = swapped(text, "<s:Header>", f"<s:Header><wrap>{twin}</wrap>")
    assert constraint(both) == "structure.ids"


def test_attack_duplicate_ids_in_another_spelling():
    text = message(plain().replace("<submitOrder", '<submitOrder ID="part-0"'))
    assert constraint(text) == "structure.ids"


def test_attack_changed_body():
    changed = base64.b64encode(b"ISA*changed").decode()
    text = swapped(
        message(), "<document>.*</document>", f"<document>{changed}</document>"
    )
    assert constraint(text) == "crypto.content"


def test_attack_unsigned_timestamp():
    """A fresh Timestamp in place of the signed one, which stands elsewhere."""
    text = message(at=NOW - 60 * MINUTE)
    stamp = re.search("<wsu:Timestamp.*</wsu:Timestamp>", text)
    assert stamp is not None
    fresh = re.search("<wsu:Timestamp.*</wsu:Timestamp>", message())
    assert fresh is not None
    unnamed = re.sub(' wsu:Id="[^"]*"', "", fresh[0])
    moved = text.replace(stamp[0], unnamed)
    held = f'<old xmlns="urn:x" xmlns:wsu="{WSU}">{stamp[0]}</old></s:Header>'
    assert constraint(moved.replace("</s:Header>", held)) == "message.timestamp"


def test_attack_no_timestamp():
    text = swapped(message(), "<wsu:Timestamp.*</wsu:Timestamp>", "")
    assert constraint(text) == "message.timestamp"


def test_attack_stale_message():
    found = judged(message().encode(), at=NOW + 11 * MINUTE)
    assert why(found)[1] == "message.timestamp"
    assert found.report.what.endswith(
        "created 2026-11-02T12:00:00Z, holds until 2026-11-02T12:05:00Z, our clock "
        "says 2026-11-02T12:11:00Z: 360 s apart, 300 s are allowed"
    )


def test_attack_message_of_the_future():
    assert constraint(message(), at=NOW - 6 * MINUTE) == "message.timestamp"


def test_attack_time_without_a_zone():
    text = swapped(message(), "(Created>[^<]*)Z<", r"\1<")
    assert constraint(text) == "message.timestamp"


def test_attack_other_partners_certificate():
    """Somebody else below the same authority, who is no signer of this partner."""
    jane = [{"edipi": "1234567890"}]
    found = judged(message(by=other()).encode(), by=rules(signers=jane))
    assert why(found)[1] == "signer.binding"


def test_attack_certificate_that_nobody_issued():
    stranger = certificate("DOE.JANE.Q.1234567890")
    assert constraint(message(by=stranger)) == "path.anchor"


def test_attack_token_of_another():
    """The token is swapped for that of a signer who may."""
    text = message(by=certificate("Mallory"))
    theirs = base64.b64encode(signer().der).decode()
    token = f"\\1{theirs}</wsse:BinarySecurityToken>"
    changed = swapped(
        text, "(<wsse:BinarySecurityToken[^>]*>).*</wsse:Bin[^>]*>", token
    )
    assert constraint(changed) == "crypto.signature"


def test_attack_spoofed_actor():
    """A Security header for somebody on the way is none for us."""
    text = message().replace("<wsse:Security ", '<wsse:Security s:actor="urn:proxy" ')
    assert constraint(text) == "structure.signature"


def test_attack_second_security_header():
    text = message()
    found = re.search("<wsse:Security.*</wsse:Security>", text, re.DOTALL)
    assert found is not None
    twin = re.sub(' wsu:Id="[^"]*"', "", found[0])
    assert constraint(text.replace(found[0], found[0] + twin)) == "message.headers"


def test_attack_two_signatures():
    text = message()
    found = re.search(
        "<ds:Signature .*</ds:Signature>|<ds:Signature>.*</ds:Signature>", text
    )
    assert found is not None
    assert constraint(text.replace(found[0], 2 * found[0])) == "structure.signature"


def test_attack_signature_over_another_element():
    """All that is signed is a header; the Body is not."""
    text = message(to=TO)
    unsigned = swapped(text, '<ds:Reference URI="#part-3">.*?</ds:Reference>', "")
    assert constraint(unsigned) == "message.body"


def test_attack_a_header_put_in_that_must_be_understood():
    text = swapped(message(), "<s:Header>", '<s:Header><x s:mustUnderstand="1"/>')
    assert constraint(text) == "message.must_understand"


def test_attack_password_beside_the_signature():
    text = swapped(
        message(), "</wsse:Security>", "<wsse:UsernameToken/></wsse:Security>"
    )
    assert constraint(text) == "message.headers"


@pytest.mark.parametrize(
    "front",
    ['<!DOCTYPE s:Envelope SYSTEM "http://nowhere.example/x.dtd">'],
)
def test_attack_document_type(front):
    assert constraint(front + message()) == "message.envelope"


def test_attack_entity():
    """A file of ours as the value of an entity."""
    front = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    text = swapped(
        front + message(), "<document>.*</document>", "<document>&e;</document>"
    )
    assert constraint(text) == "message.envelope"


def test_attack_huge_message():
    deep = "<a>" * 101 + "</a>" * 101
    text = plain().replace("<document>", f"<document>{deep}", 1)
    bare = swapped(message(), BODY, body_of(text))
    assert constraint(bare) == "message.envelope"


def test_attack_many_references():
    text = message()
    found = re.search("<ds:Reference.*?</ds:Reference>", text)
    assert found is not None
    assert constraint(text.replace(found[0], 17 * found[0])) == "limits.references"


def test_attack_weak_digest():
    weak = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
    text = swapped(
        message(),
        'SignatureMethod Algorithm="[^"]*"',
        f'SignatureMethod Algorithm="{weak}"',
    )
    assert constraint(text) == "crypto.signature"


def test_attack_reference_to_somewhere_else():
    text = swapped(message(), 'URI="#token"', 'URI="https://nowhere.example/token"')
    assert constraint(text) == "structure.token"


def at_the_door(text: str, address: str = ADDRESS) -> str:
    asked = Asked(
        rules=rules(), facts=nothing_revoked(), now=NOW, as_of=NOW, address=address
    )
    return open_signed(asked, text.encode()).report.constraint


def test_attack_message_that_was_signed_for_another_receiver():
    assert at_the_door(message(to=TO)) == ""
    assert at_the_door(message(to=TO), "/soap/tender/somebody") == "message.to"
    assert at_the_door(message(to=TO), f"https://supplier.example{ADDRESS}") == ""
    assert (
        at_the_door(message(to=TO), f"https://other.example{ADDRESS}") == "message.to"
    )


def test_attack_unsigned_receiver_is_not_believed():
    """Who the message is for is taken from what is signed alone."""
    text = swapped(message(to=TO), "(<wsa:To[^>]*>)[^<]*", r"\1https://x.example/other")
    assert at_the_door(text.decode()) == "crypto.content"


OPERATIONS = {
    "another operation": f'<other xmlns="{ORDERS}"/>',
    "nothing": "",
    "no namespace": "<submitOrder><document>QQ==</document></submitOrder>",
}


@pytest.mark.parametrize("inside", OPERATIONS.values(), ids=OPERATIONS)
def test_a_message_that_asks_for_something_else_is_refused(inside):
    text = re.sub("<submitOrder.*</submitOrder>", inside, plain())
    assert constraint(message(text)) == "message.operation"


DOCUMENTS = {
    "no base64": "<document>***</document>",
    "empty": "<document/>",
    "two": "<document>QQ==</document><document>QQ==</document>",
    "two elements": "<inline><a/><b/></inline>",
    "another part": "<file>QQ==</file>",
}


@pytest.mark.parametrize("inside", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_message_without_a_document_that_can_be_read_is_refused(inside):
    text = re.sub("<document>.*</document>", inside, plain())
    assert constraint(message(text)) == "message.document"
