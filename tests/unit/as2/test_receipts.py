"""An MDN proves something only when it is what was asked for, by whom it was asked."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from asn1crypto import cms

from gateway.as2 import (
    PROCESSED,
    Agreement,
    Built,
    Headers,
    Kind,
    Mdn,
    MdnRead,
    MdnState,
    Sent,
    Settled,
    compose_mdn,
    read_mdn,
    settle,
)
from gateway.as2.names import quoted_name
from tests.parties import party
from tests.unit.as2.sides import (
    NOW,
    answered,
    asked,
    built,
    buyer,
    codes,
    ids,
    keyring,
    opened,
    receiving,
    sending,
    settled,
    supplier,
)


def exchange(**changed: Any) -> tuple[Built, Mdn]:
    """A message and the MDN that it got."""
    made, body = built()
    return made, answered(made, body, receiving(**changed))[2]


def judged(
    made: Built,
    mdn: Mdn,
    change: Callable[[bytes], bytes] = lambda body: body,
    headers: Iterable[tuple[str, str]] = (),
    agreement: Agreement | None = None,
) -> tuple[MdnState, list[str]]:
    """What a changed MDN leads to."""
    fields = dict(mdn.headers) | dict(headers)
    came = replace(mdn, body=change(mdn.body), headers=tuple(fields.items()))
    end = settled(made, came, agreement or sending())[1]
    return end.state, codes(end.findings)


def test_the_right_mdn_is_accepted() -> None:
    assert judged(*exchange()) == (MdnState.ACCEPTED, [])


def test_an_mdn_without_signature_is_refused() -> None:
    made, mdn = exchange(keyring=keyring([], [buyer()]))
    plain, body = built(sending(encrypt=""))
    _, result, unsigned = answered(
        plain, body, receiving(keyring=keyring([], [buyer()]), require=frozenset())
    )
    assert (result.accepted, unsigned.is_signed) == (True, False)
    assert codes(unsigned.findings) == ["AS2-211"]
    assert judged(plain, unsigned) == (MdnState.MDN_INVALID, ["AS2-203"])
    assert judged(made, mdn) == (MdnState.MDN_INVALID, ["AS2-203"])


def test_an_mdn_without_mic_is_refused() -> None:
    made, _ = exchange()
    _, _, request = opened(made.headers, b"", receiving())
    mdn = compose_mdn(request, PROCESSED, None, receiving(), NOW, ids())
    assert judged(made, mdn) == (MdnState.MDN_INVALID, ["AS2-205"])


def test_an_mdn_with_the_wrong_mic_is_a_mismatch() -> None:
    made, _ = exchange()
    _, other, _ = answered(*built(), receiving())
    _, _, request = opened(made.headers, b"", receiving())
    assert other.mic is not None
    mic = replace(other.mic, digest=bytes(32))
    mdn = compose_mdn(request, PROCESSED, mic, receiving(), NOW, ids())
    assert judged(made, mdn) == (MdnState.MIC_MISMATCH, ["AS2-202"])


def test_an_mdn_signed_by_another_partner_is_refused() -> None:
    stranger = keyring([supplier(), party("stranger")], [buyer()])
    signer = replace(stranger, ours=replace(stranger.ours, all=stranger.ours.all[1:]))
    made, body = built(sending(encrypt=""))
    _, _, mdn = answered(made, body, receiving(keyring=signer, require=frozenset()))
    assert judged(made, mdn) == (MdnState.MDN_INVALID, ["AS2-204"])


def test_a_forged_acceptance_signed_by_nobody_known_is_refused() -> None:
    made, mdn = exchange()
    other = sending(keyring=keyring([buyer()], [party("stranger")]))
    assert judged(made, mdn, agreement=other) == (MdnState.MDN_INVALID, ["AS2-204"])


def _signature_replaced(body: bytes, der: bytes) -> bytes:
    start = body.index(b"MII")
    end = body.index(b"\r\n--", start)
    return body[:start] + base64.b64encode(der) + b"\r\n" + body[end:]


def test_certificates_only_are_no_signature() -> None:
    made, mdn = exchange()
    start = mdn.body.index(b"MII")
    text = mdn.body[start : mdn.body.index(b"\r\n--", start)]
    structure = cms.ContentInfo.load(base64.b64decode(text))
    structure["content"]["signer_infos"] = []
    der = structure.dump(force=True)
    assert judged(made, mdn, lambda body: _signature_replaced(body, der)) == (
        MdnState.MDN_INVALID,
        ["AS2-204"],
    )


def test_an_mdn_that_was_changed_is_refused() -> None:
    made, mdn = exchange()
    changed = replace(mdn, body=mdn.body.replace(b"and processed.", b"and processeD."))
    assert judged(made, changed) == (MdnState.MDN_INVALID, ["AS2-204"])


def test_an_mdn_for_another_message_is_refused() -> None:
    made, _ = exchange()
    _, mdn = exchange()
    state, found = judged(made, mdn)
    assert (state, found) == (MdnState.MDN_INVALID, ["AS2-208"])


@pytest.mark.parametrize("name", ["AS2-From", "AS2-To"])
def test_the_signer_is_bound_to_the_names(name: str) -> None:
    made, mdn = exchange()
    assert judged(made, mdn, headers=[(name, "SOMEBODY")])[0] is MdnState.MDN_INVALID
    assert "AS2-207" in judged(made, mdn, headers=[(name, "SOMEBODY")])[1]
    missing = judged(made, mdn, headers=[(name, "")])
    assert missing == (MdnState.ACCEPTED, ["AS2-210"])


def test_names_that_are_quoted_twice_are_those_of_the_message() -> None:
    """As pyas2lib 1.4.4 writes them where the message had to quote them."""
    ours, theirs = "Gate Way", 'B "1" \\ Co'
    agreed = sending(ours=ours, theirs=theirs)
    made, body = built(agreed)
    mdn = answered(made, body, receiving(ours=theirs, theirs=ours))[2]
    again = {name: quoted_name(made_so) for name, made_so in mdn.headers}
    names = [(name, again[name]) for name in ("AS2-From", "AS2-To")]
    assert names[1][1] == r'"\"Gate Way\""'
    assert judged(made, mdn, headers=names, agreement=agreed) == (
        MdnState.ACCEPTED,
        [],
    )
    others = [("AS2-To", r'"\"Gate Wax\""')]
    assert "AS2-207" in judged(made, mdn, headers=others, agreement=agreed)[1]


def test_an_mdn_in_an_old_digest_needs_an_allowance() -> None:
    old = frozenset(("sha1",))
    made, body = built(sending(legacy=old))
    headers = dict(made.headers)
    options = headers["Disposition-Notification-Options"].replace("sha-256", "sha1")
    headers["Disposition-Notification-Options"] = options
    theirs = receiving(
        legacy=old, replies=receiving().replies.model_copy(update={"mic": "requested"})
    )
    _, result, request = opened(headers.items(), body, theirs)
    mdn = compose_mdn(request, result.disposition, result.mic, theirs, NOW, ids())
    assert b", sha1\r\n" in mdn.body
    assert judged(made, mdn) == (MdnState.MDN_INVALID, ["AS2-204"])
    allowed = judged(made, mdn, agreement=sending(legacy=old))
    assert allowed == (MdnState.ACCEPTED, ["AS2-210"])


@pytest.mark.parametrize("body", [b"", b"OK", b"<html>thank you</html>"])
@pytest.mark.parametrize(
    "kind", ["", "text/html", "multipart/report", "multipart/signed"]
)
def test_an_answer_that_is_no_mdn_is_no_receipt(body: bytes, kind: str) -> None:
    made, mdn = exchange()
    came = [("Content-Type", kind)]
    state, found = judged(made, mdn, lambda _: body, came)
    assert state is MdnState.MDN_INVALID
    assert "AS2-206" in found


# What follows are receipts of other products, unsigned where that was agreed.
REPORT = (
    "--r\r\nContent-Type: text/plain\r\n\r\nthank you\r\n"
    "--r\r\nContent-Type: message/disposition-notification\r\n\r\n{fields}\r\n--r--\r\n"
)
FIELDS = (
    "Reporting-UA: other product\r\nFinal-Recipient: rfc822; SUPPLIER\r\n"
    "Original-Message-ID: {id}\r\nDisposition: {disposition}\r\n"
    "Received-Content-MIC: {mic}\r\n"
)
GOOD = "automatic-action/MDN-sent-automatically; processed"
TYPE = "multipart/report; Report-Type=disposition-notification; boundary=r"


def theirs(
    made: Built,
    *,
    kind: str = TYPE,
    report: str = REPORT,
    **fields: str,
) -> tuple[MdnRead, Settled]:
    """What an unsigned receipt in another's form leads to."""
    mic = base64.b64encode(made.mics["sha256"]).decode()
    said = {"id": made.message_id, "disposition": GOOD, "mic": f"{mic}, sha-256"}
    said |= fields
    text = report.replace("{fields}", said.pop("form", FIELDS).format(**said))
    headers = Headers.of(
        [("Content-Type", kind), ("AS2-From", "SUPPLIER"), ("AS2-To", "BUYER")]
    )
    read = read_mdn(headers, text.encode(), sending(), NOW)
    sent = Sent(
        message_id=made.message_id,
        mics=made.mics,
        asked_digest="sha256",
        receipt_signed=False,
    )
    return read, settle(read, sent)


ODD: dict[str, dict[str, Any]] = {
    "as the standard has it": {},
    "bare line feeds": {"report": REPORT.replace("\r\n", "\n")},
    "quoted parameters": {"kind": TYPE.replace("=r", '="r"')},
    "upper case type": {"kind": TYPE.replace("multipart", "MULTIPART")},
    "no report type": {"kind": "multipart/report; boundary=r"},
    "no text part": {"report": "--r\r\n" + REPORT.split("--r\r\n", 2)[2]},
    "an empty line before the fields": {"form": "\r\n" + FIELDS},
    "fields in lower case": {"form": FIELDS.replace("Disposition:", "disposition:")},
    "fields in groups": {"form": FIELDS.replace("Disposition:", "\r\nDisposition:")},
    "a folded MIC": {"form": FIELDS.replace("MIC: ", "MIC:\r\n\t")},
    "message id without brackets": {"strip": True},
    "mode and type in other case": {"disposition": GOOD.upper()},
    "blanks around": {"disposition": GOOD.replace("; ", "  ;   ")},
    "no blank behind the semicolon": {"disposition": GOOD.replace("; ", ";")},
    "no epilogue, no last line end": {"report": REPORT.removesuffix("--\r\n") + "--"},
    "the last boundary line is missing": {"report": REPORT.removesuffix("--r--\r\n")},
    "an epilogue": {"report": REPORT + "epilogue\r\n--r\r\nx"},
    "a preamble": {"report": "This is a MIME message\r\n\r\n" + REPORT},
    "blanks behind the boundary": {"report": REPORT.replace("--r\r\n", "--r \t\r\n")},
    "the notification alone": {
        "kind": "message/disposition-notification",
        "report": "{fields}",
    },
}


@pytest.mark.parametrize("case", list(ODD))
def test_receipts_of_other_products_are_read(case: str) -> None:
    made, _ = built()
    how = dict(ODD[case])
    if how.pop("strip", False):
        how["id"] = made.message_id.strip("<>")
    read, end = theirs(made, **how)
    assert end.state is MdnState.ACCEPTED, end
    assert codes(end.findings) == []
    assert read.mic == made.mics["sha256"]


@pytest.mark.parametrize(
    "spelling", ["sha256", "SHA-256", "SHA256", "sha-256", "rsa-sha256"]
)
@pytest.mark.parametrize("comma", [", ", ",", " , "])
def test_the_mic_is_compared_in_every_spelling(spelling: str, comma: str) -> None:
    made, _ = built()
    mic = base64.b64encode(made.mics["sha256"]).decode()
    assert theirs(made, mic=mic + comma + spelling)[1].state is MdnState.ACCEPTED


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_the_mic_is_recomputed_with_the_algorithm_that_the_mdn_names(
    digest: str,
) -> None:
    made, _ = built()
    mic = base64.b64encode(made.mics[digest]).decode()
    folded = mic[:40] + "\r\n " + mic[40:]
    end = theirs(made, mic=f"{folded}, {digest}")[1]
    assert (end.state, codes(end.findings)) == (MdnState.ACCEPTED, ["AS2-210"])


@pytest.mark.parametrize(
    ("mic", "state", "code"),
    [
        ("AAAA, sha-256", MdnState.MIC_MISMATCH, "AS2-202"),
        ("AAAA, sha1", MdnState.MDN_INVALID, "AS2-205"),
        ("AAAA, whirlpool", MdnState.MDN_INVALID, "AS2-205"),
        ("{right}", MdnState.ACCEPTED, ""),
    ],
)
def test_a_mic_that_differs_counts_even_where_none_was_asked(
    mic: str, state: MdnState, code: str
) -> None:
    made, _ = built()
    right = base64.b64encode(made.mics["sha256"]).decode()
    end = theirs(made, mic=mic.replace("{right}", right))[1]
    assert (end.state, codes(end.findings)) == (state, [code] if code else [])


@pytest.mark.parametrize("mic", ["", "not base64!, sha-256", ", sha-256"])
def test_without_a_mic_an_unsigned_receipt_is_taken_as_agreed(mic: str) -> None:
    made, _ = built()
    assert theirs(made, mic=mic)[1].state is MdnState.ACCEPTED


@pytest.mark.parametrize(
    ("disposition", "state"),
    [
        (GOOD + "/warning: duplicate-document", MdnState.ACCEPTED_WITH_WARNING),
        (GOOD + "/error: decryption-failed", MdnState.REJECTED),
        (GOOD + "/Error", MdnState.REJECTED),
        (GOOD.replace("processed", "failed"), MdnState.REJECTED),
        (GOOD.replace("processed", "denied"), MdnState.REJECTED),
        (GOOD + "/signed-message-required", MdnState.REJECTED),
        ("", MdnState.MDN_INVALID),
    ],
)
def test_dispositions_lead_to_states(disposition: str, state: MdnState) -> None:
    made, _ = built()
    assert theirs(made, disposition=disposition)[1].state is state


def test_another_final_recipient_is_a_warning() -> None:
    made, _ = built()
    form = FIELDS.replace("rfc822; SUPPLIER", "rfc822; somebody@example")
    end = theirs(made, form=form)[1]
    assert (end.state, codes(end.findings)) == (MdnState.ACCEPTED, ["AS2-210"])


def test_names_with_blanks_are_quoted_in_the_mdn_as_they_came() -> None:
    ours = sending(ours='B "1"', theirs="THE SUPPLIER;")
    made, body = built(ours)
    agreed = receiving(theirs='B "1"', ours="THE SUPPLIER;")
    _, result, mdn = answered(made, body, agreed)
    assert result.accepted
    assert dict(mdn.headers)["AS2-From"] == '"THE SUPPLIER;"'
    assert dict(mdn.headers)["AS2-To"] == '"B \\"1\\""'
    assert b'Final-Recipient: rfc822; "THE SUPPLIER;"\r\n' in mdn.body
    _, end = settled(made, mdn, ours)
    assert (end.state, codes(end.findings)) == (MdnState.ACCEPTED, [])


def test_the_original_message_id_is_exactly_what_came() -> None:
    headers = asked(Message_ID="file name 12.edi")
    _, result, request = opened(headers, b"x", receiving(require=frozenset()))
    mdn = compose_mdn(request, result.disposition, result.mic, None, NOW, ids())
    assert b"\r\nOriginal-Message-ID: file name 12.edi\r\n" in mdn.body


def test_no_header_field_can_be_smuggled_into_the_mdn() -> None:
    headers = asked(
        Message_ID="<a@b>\r\nDisposition: automatic-action/x; processed",
        AS2_From='"BUYER"\r\nX: y',
        Subject="hi\r\n--r\r\n",
    )
    _, result, request = opened(headers, b"x", None)
    mdn = compose_mdn(request, result.disposition, None, None, NOW, ids())
    lines = mdn.body.split(b"\r\n")
    assert sum(line.startswith(b"Disposition:") for line in lines) == 1
    assert not any("\n" in value for _, value in mdn.headers)


def test_an_mdn_is_not_opened_as_a_document() -> None:
    _, mdn = exchange()
    parts, result, request = opened(mdn.headers, mdn.body, sending())
    assert (result.kind, parts, result.parts) == (Kind.RECEIPT, [b""], ())
    assert request.asked is None


def test_mdns_are_signed_without_being_asked_only_where_that_is_agreed() -> None:
    headers = asked()
    _, result, request = opened(headers, b"x", receiving(require=frozenset()))
    always = receiving().replies.model_copy(update={"signed": "always"})
    plain = compose_mdn(request, PROCESSED, result.mic, receiving(), NOW, ids())
    signed = compose_mdn(
        request, PROCESSED, result.mic, receiving(replies=always), NOW, ids()
    )
    assert (plain.is_signed, signed.is_signed) == (False, True)


def test_an_mdn_over_a_mebibyte_is_none() -> None:
    made, mdn = exchange()
    state, found = judged(made, mdn, lambda body: body + bytes(1 << 20))
    assert (state, found) == (MdnState.MDN_INVALID, ["AS2-206"])


def test_a_new_certificate_of_the_partner_verifies_beside_the_old_one() -> None:
    new = party("supplier-next")
    both = sending(keyring=keyring([buyer()], [new, supplier()]))
    made, mdn = exchange()
    assert judged(made, mdn, agreement=both) == (MdnState.ACCEPTED, [])


def test_headers_of_an_mdn_are_complete_and_ask_for_nothing() -> None:
    _, mdn = exchange(version="1.3")
    fields = dict(mdn.headers)
    assert list(fields) == [
        *("AS2-Version", "AS2-From", "AS2-To", "Message-ID", "Date", "MIME-Version"),
        *("EDIINT-Features", "AS2-Product", "Content-Type"),
    ]
    assert fields["AS2-Version"] == "1.3"
    assert fields["Date"] == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert fields["AS2-Product"] == "procurement-gateway:0.1"
