"""Sending by AS2 to a partner made of the openssl command and a plain server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Settings
from gateway.engine.mdns import MdnCame, settle_mdn
from gateway.evidence import bundle
from gateway.pipeline.ports import InMemory, Outbound, Wire
from gateway.store import order_page, queries, tables, wires
from gateway.store.evidence import gather
from gateway.store.shared_time import utc_now
from tests.databases import SQLITE
from tests.interop.as2_receiver import Peer, listening, openssl
from tests.interop.as2_sending import Sender, a_peer, as2
from tests.unit.transport.test_https import for_server

ASYNC = {"receipt": {"reply": "async", "within_min": "120"}}
Build = Callable[..., Sender]


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    with listening(a_peer(tmp_path / "peer")) as made:
        yield made


@pytest.fixture
def build(settings: Settings, peer: Peer) -> Iterator[Build]:
    made: list[Sender] = []

    def _build(*moods: str, **more: Any) -> Sender:
        peer.moods += moods
        made.append(Sender.of(settings, as2(peer.url, **more), peer))
        made[0].order()
        return made[0]

    yield _build
    for one in made:
        one.gateway.close()


def came(sender: Sender, peer: Peer, n: int = 0) -> str:
    """Take the receipt that the partner would post."""
    headers, body = peer.receipts[n]
    engine = sender.gateway.engine
    return settle_mdn(
        sender.gateway.db,
        engine.agreements,
        MdnCame(
            id=f"as2_{n}",
            headers=tuple(headers.items()),
            body=body,
            partner_id="acme",
            peer="127.0.0.1",
            received_at=sender.now,
        ),
    )


def test_a_message_is_signed_encrypted_and_proven_to_have_arrived(build, peer):
    sender = build()
    sent = [(row.kind, row.delivery) for row in sender.rows(tables.outbox)]
    assert sent == [("x12_997", "delivered"), ("x12_855", "delivered")]
    assert peer.got[0].payload == sender.bytes_of(sender.message().content_sha256)
    assert peer.got[0].headers["AS2-From"] == '"BOLT BEAM"'
    assert peer.got[0].message_id == sender.message().wire_id
    assert sender.wire().state == "accepted"
    assert sender.codes() == set()


def test_all_that_passed_is_kept_and_told_by_events(build, peer):
    sender = build()
    wire, answer = sender.wire(), sender.rows(tables.wire_answer)[0]
    raw = sender.bytes_of(wire.sha256)
    assert raw.endswith(b"\r\n\r\n" + peer.got[0].body)
    assert b"AS2-Version: 1.2\r\n" in raw
    assert (answer.status, answer.state) == (200, "accepted")
    assert b"disposition-notification" in sender.bytes_of(answer.sha256)
    assert sender.events("message.wrapped")[0]["sha256"] == wire.sha256
    assert sender.events("message.answered")[0]["sha256"] == answer.sha256


def test_openssl_opens_what_is_kept(build, peer, tmp_path):
    """The request is as it went: an S/MIME entity that any tool decrypts."""
    sender = build()
    file = tmp_path / "sent.eml"
    file.write_bytes(sender.bytes_of(sender.wire().sha256).partition(b"\r\n\r\n")[2])
    certificate, key = peer.them.files(peer.folder)
    told = ("-binary", "-inform", "DER", "-in", file, "-recip", certificate)
    opened = openssl("cms", "-decrypt", *told, "-inkey", key)
    assert opened.startswith(b"Content-Type: multipart/signed;")


def test_a_bundle_of_evidence_has_it_all_and_openssl_agrees(build, peer, tmp_path):
    sender = build()
    engine, db = sender.gateway.engine, sender.gateway.db
    while engine.seal():
        pass
    order = sender.rows(tables.orders)[0]
    with db.read() as tx:
        found = gather(tx, db.payloads, order.id, engine.anchor.public_keys())
    assert found is not None
    assert [*found.findings, *bundle.hold(found.evidence)] == []
    members = {m.name.rpartition("wire/")[2]: m for m in found.evidence.members}
    answers = [m for name, m in members.items() if ".ans_" in name]
    assert len(answers) == 2
    for n, answer in enumerate(answers):
        file = tmp_path / f"{n}.eml"
        file.write_bytes(b"".join(answer.content.chunks()))
        certificate, _ = peer.them.files(peer.folder)
        told = ("-inform", "SMIME", "-in", file, "-certfile", certificate)
        report = openssl("cms", "-verify", *told, "-nointern", "-noverify")
        assert b"MDN-sent-automatically; processed" in report


BAD = {
    "processed/error: decryption-failed": ("AS2-201", "rejected"),
    "processed/error: authentication-failed": ("AS2-201", "rejected"),
    "processed/Error: unexpected-processing-error": ("AS2-201", "rejected"),
    "failed/Failure: unsupported MIC-algorithms": ("AS2-201", "rejected"),
    "wrong mic": ("AS2-202", "mic_mismatch"),
    "unsigned": ("AS2-203", "mdn_invalid"),
    "other signer": ("AS2-204", "mdn_invalid"),
    "certificates only": ("AS2-204", "mdn_invalid"),
    "changed": ("AS2-204", "mdn_invalid"),
    "no mic": ("AS2-205", "mdn_invalid"),
    "empty": ("AS2-206", "mdn_invalid"),
}


@pytest.mark.parametrize("kind", [SQLITE])
@pytest.mark.parametrize("mood", BAD)
def test_a_receipt_that_does_not_prove_it_is_a_failure(build, peer, mood: str):
    code, state = BAD[mood]
    sender = build(mood)
    message = sender.message()
    assert (message.delivery, sender.wire().state) == ("failed", state)
    assert code in sender.codes()
    assert ("failed", code) in sender.alerts()
    sender.later(days=2)
    ids = [got.message_id for got in peer.got]
    assert ids.count(message.wire_id) == 1  # never again by itself


@pytest.mark.parametrize("kind", [SQLITE])
@pytest.mark.parametrize("mood", [mood for mood in BAD if mood != "empty"])
def test_the_same_receipt_that_comes_later_is_the_same_failure(build, peer, mood: str):
    code, state = BAD[mood]
    sender = build(mood, **ASYNC)
    assert sender.message().delivery == "delivered"
    assert came(sender, peer) == state
    assert (sender.message().delivery, sender.wire().state) == ("failed", state)
    assert ("failed", code) in sender.alerts()


@pytest.mark.parametrize("kind", [SQLITE])
@pytest.mark.parametrize("mood", ["500", "503", "429", "408", "425", "cut", "drop"])
def test_what_may_pass_is_tried_again_with_the_same_bytes(build, peer, mood: str):
    sender = build(mood)
    assert (sender.message().delivery, sender.wire().state) == ("queued", "built")
    sender.later(minutes=2)
    assert len(peer.got) == 1
    sender.later(minutes=5)
    assert sender.message().delivery == "delivered"
    first, second = peer.got[:2]
    assert first.body == second.body
    assert first.headers.items() == second.headers.items()


@pytest.mark.parametrize("kind", [SQLITE])
def test_an_answer_that_does_not_come_is_tried_again(build, peer):
    sender = build("hang", times={"receipt_s": "1"})
    assert sender.message().last_said == "no answer in time"
    sender.later(minutes=7)
    assert sender.message().delivery == "delivered"


@pytest.mark.parametrize("kind", [SQLITE])
@pytest.mark.parametrize("mood", ["400", "401", "403", "404", "302", "410"])
def test_other_statuses_are_the_end(build, peer, mood: str):
    sender = build(mood)
    assert sender.message().delivery == "failed"
    assert sender.codes() == {"WIRE-020"}


@pytest.mark.parametrize("kind", [SQLITE])
def test_pauses_double_until_the_day_is_over(build, peer):
    sender = build(*["500"] * 40)
    begun, tried = sender.now, [sender.now]
    while sender.message().delivery == "queued" and len(tried) < 40:
        sender.later(minutes=4)
        if len(peer.got) > len(tried):
            tried.append(sender.now)
    pauses = [
        (after - before).total_seconds() / 60 for before, after in pairwise(tried)
    ]
    assert [pause > 0.75 * 5 * 2**n for n, pause in enumerate(pauses[:5])] == [True] * 5
    assert [pause < 1.3 * 5 * 2**n + 8 for n, pause in enumerate(pauses[:5])] == [
        True
    ] * 5
    assert timedelta(hours=20) < tried[-1] - begun < timedelta(hours=24, minutes=5)
    assert len({got.body for got in peer.got[:-1]}) == 1
    assert ("failed", "WIRE-020") in sender.alerts()


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_message_that_was_given_up_is_resent_as_it_was(build, peer):
    sender = build(*["500"] * 40)
    while sender.message().delivery == "queued":
        sender.later(hours=3)
    peer.moods.clear()
    assert sender.gateway.resend(sender.message().id, by="me") == sender.message().id
    sender.work()
    assert sender.message().delivery == "delivered"
    assert peer.got[-1].message_id in (
        peer.got[0].message_id,
        sender.message("x12_855").wire_id,
    )
    assert len({got.body for got in peer.got}) == 2


@pytest.mark.parametrize("kind", [SQLITE])
def test_one_that_was_refused_is_resent_under_a_new_id(build, peer):
    sender = build("processed/error: decryption-failed")
    refused = sender.message().wire_id
    sender.gateway.resend(sender.message().id, by="me")
    sender.work()
    assert sender.message().delivery == "delivered"
    assert sender.message().wire_id != refused
    assert peer.got[-1].payload == peer.got[0].payload


def test_a_receipt_that_comes_later_settles_the_message(build, peer):
    sender = build(**ASYNC)
    url = peer.got[0].headers["Receipt-Delivery-Option"]
    assert url == "https://edi.supplier.test/as2/mdn"
    assert sender.wire().state == "mdn_pending"
    assert came(sender, peer) == "accepted"
    assert (sender.message().delivery, sender.wire().state) == ("delivered", "accepted")
    assert came(sender, peer) == "repeated"
    sender.later(hours=3)
    assert {row.ref for row in sender.rows(tables.alert)} == {
        sender.message("x12_855").id
    }


@pytest.mark.parametrize("kind", [SQLITE])
def test_the_list_of_messages_says_where_the_receipt_stands(build, peer):
    sender = build(**ASYNC)
    before = _listed(sender)
    came(sender, peer)

    assert before == {"mdn_pending"}
    assert _listed(sender) == {"accepted", "mdn_pending"}


def _listed(sender: Sender) -> set[str]:
    with sender.gateway.db.read() as tx:
        rows = queries.messages(tx, direction="out").items
        order = next(row.order_id for row in rows if row.order_id)
        page = order_page.order(tx, order)
    assert page is not None
    by_id = {row.id: row.wire for row in rows}
    assert [row.wire for row in page.answers] == [by_id[row.id] for row in page.answers]
    return set(by_id.values())


def test_a_receipt_that_does_not_come_is_told_and_counts_when_it_does(build, peer):
    sender = build(**ASYNC)
    sender.later(hours=2, seconds=1)
    assert sender.wire().state == "overdue"
    assert sender.message().acknowledgement == "overdue"
    assert ("overdue", "SLA-007") in sender.alerts()
    assert came(sender, peer) == "accepted"
    assert sender.message().acknowledgement == "not_expected"
    assert sender.wire().state == "accepted"


@pytest.mark.parametrize("kind", [SQLITE])
def test_what_proves_nothing_is_overruled_by_what_does(build, peer):
    sender = build("other signer", **ASYNC)
    assert came(sender, peer) == "mdn_invalid"
    peer.receipts.append(peer.receipt(peer.got[0]))
    assert came(sender, peer, len(peer.receipts) - 1) == "accepted"
    assert sender.message().delivery == "delivered"


@pytest.mark.parametrize("kind", [SQLITE])
def test_what_a_receipt_has_settled_stays(build, peer):
    sender = build(**ASYNC)
    assert came(sender, peer) == "accepted"
    said = "processed/error: unexpected-processing-error"
    peer.receipts.append(peer.receipt(peer.got[0], said))
    assert came(sender, peer, len(peer.receipts) - 1) == "repeated"
    assert sender.message().delivery == "delivered"


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_receipt_for_something_else_is_only_noted(build, peer):
    sender = build(**ASYNC)
    headers, body = peer.receipts[0]
    peer.receipts[0] = headers, body.replace(b"<msg_", b"<xxx_")
    assert came(sender, peer) == "unmatched"
    assert ("other", "AS2-208") in sender.alerts()
    assert sender.wire().state == "mdn_pending"


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_receipt_may_come_before_the_answer_does(build, peer):
    """The partner posts the receipt and then drops the connection."""
    sender = build("drop", **ASYNC)
    assert sender.message().delivery == "queued"
    peer.receipts.append(peer.receipt(peer.got[0]))
    assert came(sender, peer, len(peer.receipts) - 1) == "accepted"
    assert sender.message().delivery == "delivered"
    sender.later(hours=1)
    ids = [got.message_id for got in peer.got]
    assert ids.count(sender.message().wire_id) == 1


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_warning_is_delivered(build, peer):
    sender = build("processed/warning: duplicate-document")
    assert sender.message().delivery == "delivered"
    assert sender.wire().state == "accepted_with_warning"


@pytest.mark.parametrize("kind", [SQLITE])
def test_without_a_receipt_the_status_is_all_there_is(build, peer):
    sender = build(receipt={"reply": "none"})
    assert peer.got[0].headers["Disposition-Notification-To"] is None
    assert (sender.message().delivery, sender.wire().state) == ("delivered", "sent")


@pytest.mark.parametrize("kind", [SQLITE])
@pytest.mark.parametrize(
    "security",
    [
        "none",
        {"sign": "sha-512", "encrypt": "none"},
        {"sign": "none", "encrypt": "aes128-cbc"},
        {"sign": "sha-384", "encrypt": "aes256-gcm", "transport": "oaep-sha256"},
        {"signature": "pss", "encrypt": "aes192-cbc"},
    ],
    ids=["plain", "signed", "encrypted", "gcm", "pss"],
)
def test_other_ways_of_protection_arrive(build, peer, security: Any):
    sender = build(security=security)
    assert sender.wire().state == "accepted"
    content = sender.bytes_of(sender.message().content_sha256)
    assert content in peer.got[0].payload


@pytest.mark.parametrize("kind", [SQLITE])
def test_in_chunks_it_arrives_too(build, peer):
    sender = build(body="chunked")
    assert peer.got[0].headers["Content-Length"] is None
    assert sender.wire().state == "accepted"


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_user_and_a_password_are_shown(build, peer, monkeypatch):
    monkeypatch.setenv("ACME_PASSWORD", "s3cret")
    sender = build(auth={"user": "bolt", "password": "env:ACME_PASSWORD"})
    assert sender.message().delivery == "delivered"
    assert peer.authorized[0] == "Basic Ym9sdDpzM2NyZXQ="
    assert b"Authorization" not in sender.bytes_of(sender.wire().sha256)


@pytest.mark.parametrize("kind", [SQLITE])
def test_without_its_password_nothing_leaves(build, peer):
    sender = build(auth={"user": "bolt", "password": "env:NOT_SET_AT_ALL"})
    assert sender.message().delivery == "queued"
    assert ("other", "CFG-042") in sender.alerts()
    assert peer.got == []


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_repeat_of_what_is_not_proven_has_the_same_bytes(build, peer):
    sender = build(**ASYNC)
    again = sender.gateway.resend(sender.message().id, by="me")
    sender.work()
    repeat = sender.rows(tables.outbox, id=again)[0]
    assert repeat.wire_id == sender.message().wire_id
    assert [got.body for got in peer.got].count(peer.got[0].body) == 2
    assert came(sender, peer) == "accepted"
    assert {row.delivery for row in sender.rows(tables.outbox)} == {"delivered"}


@pytest.mark.parametrize("kind", [SQLITE])
def test_two_senders_keep_one_wire(build, peer):
    """What another process wrapped first is what both send."""
    sender = build("500")
    message = sender.message()
    stored = sender.wire()
    db = sender.gateway.db
    one = Outbound(
        id=message.id,
        partner_id="acme",
        channel="as2",
        kind=message.kind,
        file_name=message.file_name,
        blob=InMemory.of(b""),
        attempt=1,
    )
    other = Wire(
        id="<other@x>", blob=InMemory.of(b"other"), facts="{}", since=sender.now
    )
    content = db.payloads.prepare(other.blob, sender.now)
    with db.begin() as tx:
        kept = wires.commit(tx, one, other, content, db.payloads)
    assert (kept.id, kept.blob.sha256) == (stored.id, stored.sha256)
    assert sender.rows(tables.wire, id="<other@x>") == []


@pytest.mark.parametrize("kind", [SQLITE])
def test_what_was_taken_is_resent_under_a_new_id(build, peer):
    """Under the old one the partner would only send its receipt again."""
    sender = build()
    again = sender.gateway.resend(sender.message().id, by="me")
    sender.work()
    repeat = sender.rows(tables.outbox, id=again)[0]
    assert repeat.delivery == "delivered"
    assert repeat.wire_id != sender.message().wire_id
    assert peer.got[-1].payload == peer.got[0].payload


@pytest.mark.parametrize("kind", [SQLITE])
def test_without_an_address_of_ours_no_later_receipt_is_asked_for(
    build, peer, monkeypatch
):
    monkeypatch.setattr("tests.interop.as2_sending.OUR_URL", "")
    sender = build(**ASYNC)
    assert sender.message().delivery == "queued"
    assert "GATEWAY_AS2_URL" in sender.message().last_said
    assert peer.got == []


@pytest.mark.parametrize("kind", [SQLITE])
def test_over_tls_both_sides_show_who_they_are(settings: Settings, tmp_path: Path):
    peer = a_peer(tmp_path / "peer")
    peer.tls = for_server(peer.them, peer.folder, client=peer.us)
    with listening(peer):
        sender = Sender.of(settings, as2(peer.url), peer)
        sender.order()
        assert sender.wire().state == "accepted"
        assert sender.message().last_said.startswith("HTTP 200 TLSv1.3 ")
        sender.gateway.close()


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_server_with_another_certificate_gets_nothing(
    settings: Settings, tmp_path: Path
):
    peer = a_peer(tmp_path / "peer")
    peer.tls = for_server(peer.other, peer.folder)
    with listening(peer):
        sender = Sender.of(settings, as2(peer.url), peer)
        sender.order()
        assert "another certificate" in sender.message().last_said
        assert peer.got == []
        sender.gateway.close()


def test_what_is_old_is_forgotten_with_its_wires(build, peer):
    sender = build(**ASYNC)
    real = utc_now()  # that of the ids
    sender.now = max(sender.now, real) + timedelta(days=40)
    while sender.gateway.engine.overdue():
        pass
    engine = sender.gateway.engine
    engine.settings = engine.settings.model_copy(update={"retain_messages_days": 30})
    while engine.tidy():
        pass
    for table in (tables.outbox, tables.wire, tables.wire_answer):
        assert sender.rows(table) == []


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_receipt_that_comes_again_after_a_resend_changes_nothing(build, peer):
    sender = build("processed/error: decryption-failed", **ASYNC)
    assert came(sender, peer) == "rejected"
    sender.gateway.resend(sender.message().id, by="me")
    sender.work()
    assert came(sender, peer) == "repeated"
    assert sender.message().delivery == "delivered"
    assert came(sender, peer, len(peer.receipts) - 1) == "accepted"
