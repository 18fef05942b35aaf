"""Messages by AS2 through the real server, from a partner made of ``openssl``."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.store.tables import as2_message, event
from tests.interop import as2_peer
from tests.interop.as2_house import furnish, profile
from tests.interop.as2_peer import THEIRS, Mdn, Party, inbox, mic, payload, split
from tests.interop.test_http_door import Served, numbered, serving

UNSIGNED = {"Disposition_Notification_Options": None}


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> tuple[Party, Party, Party]:
    """Us, the partner, and somebody else."""
    folder = tmp_path_factory.mktemp("parties")
    one, two, three = (Party.make(folder, name) for name in ("us", "them", "other"))
    return one, two, three


@pytest.fixture(scope="module")
def us(parties: tuple[Party, ...]) -> Party:
    return parties[0]


@pytest.fixture(scope="module")
def them(parties: tuple[Party, ...]) -> Party:
    return parties[1]


@pytest.fixture(scope="module")
def other(parties: tuple[Party, ...]) -> Party:
    return parties[2]


@pytest.fixture
def home(tmp_path: Path, us: Party, them: Party) -> Path:
    furnish(Settings(home=tmp_path), us, them)
    return tmp_path


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    with serving(home, as2_mdn_networks="127.0.0.0/8") as one:
        yield one


def posted(served: Served, entity: bytes, **changes: str | None) -> httpx.Response:
    """The answer to a message with this entity in it."""
    head = as2_peer.headers(entity, **changes)
    return httpx.post(
        f"{served.address}/as2", content=split(entity)[1], headers=head, timeout=30
    )


def mdn_of(response: httpx.Response) -> Mdn:
    assert response.status_code == 200
    return Mdn(dict(response.headers), response.content)


def sent(served: Served, entity: bytes, **changes: str | None) -> Mdn:
    """The MDN in the answer to a message."""
    return mdn_of(posted(served, entity, **changes))


def orders(served: Served) -> list[dict[str, Any]]:
    with served.client() as web:
        return list(web.get("/v1/orders").json()["items"])


def received(served: Served) -> list[dict[str, Any]]:
    """The transmissions that were taken in by AS2, once they are settled."""
    with served.client() as web:
        found = web.get("/v1/interchanges").json()["items"]
        return [
            processed(web, f"/v1/interchanges/{one['id']}")
            for one in found
            if one["channel"] == "as2"
        ]


def processed(web: httpx.Client, place: str) -> dict[str, Any]:
    """A transmission once it is processed; its answers wait for the partner."""
    until = time.monotonic() + 30
    while (found := dict(web.get(place).json()))["state"] == "todo":
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def test_a_signed_and_encrypted_order_gets_a_signed_mdn_and_its_answers(
    served, order, us, them, tmp_path
):
    document = payload(order.encode())
    mdn = sent(served, us.encrypt(them.sign(document)), Message_ID="<m1@x.example>")
    (found,) = received(served)

    assert mdn.disposition == "processed"
    assert mdn.field("Received-Content-MIC") == mic(document)
    assert mdn.field("Original-Message-ID") == "<m1@x.example>"
    assert mdn.headers["as2-from"] == as2_peer.OURS
    assert mdn.headers["as2-to"] == f'"{THEIRS}"'
    assert mdn.signed_by(us, tmp_path)
    assert (found["state"], found["partner_id"]) == ("done", "st-brendan-health")
    assert {one["type"] for one in found["answers"]} == {"x12_997", "x12_855"}
    assert len(orders(served)) == 1


def test_the_documents_of_a_message_become_one_transmission_each(
    served, order, them, us
):
    edge = "=_related_0001"
    parts = "".join(
        f"--{edge}\r\nContent-Type: application/edi-x12\r\n\r\n{text}\r\n"
        for text in (numbered(order, 1), numbered(order, 2))
    )
    related = (
        f'Content-Type: multipart/related; type="application/edi-x12";'
        f' boundary="{edge}"\r\n\r\n{parts}--{edge}--\r\n'
    ).encode()
    mdn = sent(served, them.sign(related))

    assert mdn.disposition == "processed"
    assert mdn.field("Received-Content-MIC") == mic(related)
    assert [one["state"] for one in received(served)] == ["done", "done"]
    assert len(orders(served)) == 2


def test_the_same_message_again_gets_the_stored_mdn_byte_for_byte(served, order, them):
    entity = them.sign(payload(order.encode()))
    first = sent(served, entity, Message_ID="<again@x.example>")
    second = sent(served, entity, Message_ID="<again@x.example>")

    assert second.body == first.body
    assert second.headers["message-id"] == first.headers["message-id"]
    assert len(received(served)) == 1


def test_the_same_content_encrypted_anew_under_its_id_gets_the_stored_mdn(
    served, order, us, them
):
    signed = them.sign(payload(order.encode()))
    first = sent(served, us.encrypt(signed), Message_ID="<anew@x.example>")
    second = sent(served, us.encrypt(signed), Message_ID="<anew@x.example>")

    assert second.body == first.body
    assert len(received(served)) == 1


def test_the_same_content_under_another_id_is_receipted_and_goes_no_further(
    served, order, them
):
    entity = them.sign(payload(order.encode()))
    sent(served, entity, Message_ID="<one@x.example>")
    second = sent(served, entity, Message_ID="<two@x.example>")

    assert second.disposition == "processed"
    assert second.field("Original-Message-ID") == "<two@x.example>"
    assert len(received(served)) == 1
    assert len(orders(served)) == 1


def test_an_id_that_comes_with_other_content_is_refused_and_both_are_kept(
    served, order, them
):
    first = numbered(order, 1).encode()
    sent(served, them.sign(payload(first)), Message_ID="<same@x.example>")
    second = payload(numbered(order, 2).encode())
    mdn = sent(served, them.sign(second), Message_ID="<same@x.example>")
    found = {one["state"]: one for one in received(served)}

    assert mdn.disposition == "processed/error: unexpected-processing-error"
    assert set(found) == {"done", "quarantined"}
    assert found["quarantined"]["findings"][0]["code"] == "WIRE-021"
    assert len(orders(served)) == 1


def test_what_failed_before_is_processed_when_it_comes_again(
    home, order, us, them, other
):
    entity = other.sign(payload(order.encode()))
    with serving(home) as served:
        before = sent(served, entity, Message_ID="<once-more@x.example>")
    profile(Settings(home=home), them, other)
    with serving(home) as served:
        after = sent(served, entity, Message_ID="<once-more@x.example>")
        assert len(received(served)) == 1

    assert before.disposition == "processed/error: authentication-failed"
    assert after.disposition == "processed"


def _flipped(entity: bytes) -> bytes:
    return entity.replace(b"SBH260115", b"SBH260116", 1)


FAULTS = {
    "other signer": "authentication-failed",
    "changed content": "integrity-check-failed",
    "for somebody else": "decryption-failed",
    "not signed": "insufficient-message-security",
    "not compressed": "decompression-failed",
}

REASONS = {
    "other signer": b"TRU-402: signature does not verify.",
    "changed content": b"TRU-403: content is not what was signed.",
    "for somebody else": b"TRU-401: message cannot be decrypted.",
    "not signed": b"TRU-405: a signature is required and there is none.",
    "not compressed": b"TRU-404: content cannot be decompressed.",
}


def _faulty(fault: str, data: bytes, us: Party, them: Party, other: Party) -> bytes:
    document = payload(data)
    match fault:
        case "other signer":
            return other.sign(document)
        case "changed content":
            return _flipped(them.sign(document))
        case "for somebody else":
            return other.encrypt(them.sign(document))
        case "not signed":
            return us.encrypt(document)
        case _:
            kind = b"application/pkcs7-mime; smime-type=compressed-data"
            return b"Content-Type: " + kind + b"\r\n\r\nnothing of that kind"


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_told_in_a_signed_mdn_and_nothing_goes_on(
    fault, served, order, parties, tmp_path
):
    mdn = sent(served, _faulty(fault, order.encode(), *parties))

    assert mdn.disposition == f"processed/error: {FAULTS[fault]}"
    assert REASONS[fault] in mdn.body
    assert mdn.signed_by(parties[0], tmp_path)
    assert received(served) == []


def test_without_a_wish_for_a_signature_the_mdn_has_none(served, order, them):
    mdn = sent(served, them.sign(payload(order.encode())), **UNSIGNED)

    assert not mdn.is_signed
    assert mdn.disposition == "processed"


def test_who_asks_for_no_mdn_gets_an_empty_answer(served, order, them):
    nothing = {"Disposition_Notification_To": None, **UNSIGNED}
    answer = posted(served, them.sign(payload(order.encode())), **nothing)
    until = time.monotonic() + 20
    while not orders(served):
        assert time.monotonic() < until
        time.sleep(0.05)

    assert (answer.status_code, answer.content) == (200, b"")


def test_an_mdn_that_is_wanted_later_is_posted_once_the_answer_is_out(
    served, order, us, them, tmp_path
):
    document = payload(order.encode())
    with inbox() as box:
        answer = posted(
            served,
            them.sign(document),
            Receipt_Delivery_Option=box.url,
            Message_ID="<later@x.example>",
        )
        (mdn,) = box.wait(1)

    assert (answer.status_code, answer.content) == (200, b"")
    assert mdn.disposition == "processed"
    assert mdn.field("Original-Message-ID") == "<later@x.example>"
    assert mdn.field("Received-Content-MIC") == mic(document)
    assert mdn.signed_by(us, tmp_path)
    assert mdn.headers["AS2-From"] == as2_peer.OURS


def test_the_profile_says_with_which_status_a_later_mdn_is_promised(
    tmp_path, order, us, them
):
    furnish(Settings(home=tmp_path), us, them, replies={"status": "204"})
    with serving(tmp_path) as served, inbox() as box:
        entity = them.sign(payload(order.encode()))
        answer = posted(served, entity, Receipt_Delivery_Option=box.url)

    assert answer.status_code == 204


def test_a_later_mdn_that_fails_is_posted_again_byte_for_byte(home, order, them):
    quick = {"as2_mdn_networks": "127.0.0.0/8", "deliver_retry_s": 0.1}
    entity = them.sign(payload(order.encode()))
    with serving(home, **quick) as served, inbox(503, 500) as box:
        posted(served, entity, Receipt_Delivery_Option=box.url)
        got = box.wait(3)

    assert len({mdn.body for mdn in got}) == 1
    assert len({mdn.headers["Message-ID"] for mdn in got}) == 1


def test_who_missed_the_later_mdn_gets_the_same_one_again(served, order, them):
    entity = them.sign(payload(order.encode()))
    same = {"Message_ID": "<missed@x.example>"}
    with inbox() as box:
        posted(served, entity, Receipt_Delivery_Option=box.url, **same)
        (first,) = box.wait(1)
        posted(served, entity, Receipt_Delivery_Option=box.url, **same)
        _, second = box.wait(2)

    assert second.body == first.body
    assert len(received(served)) == 1


def test_an_mdn_for_no_message_of_ours_is_taken_and_never_booked(
    served, order, us, them
):
    with inbox() as box:
        entity = them.sign(payload(order.encode()))
        posted(served, entity, Receipt_Delivery_Option=box.url)
        (ours,) = box.wait(1)
    report = ours.entity.replace(us.name.encode(), them.name.encode())
    nothing = {"Disposition_Notification_To": None, **UNSIGNED}
    answer = posted(served, report, **nothing)
    until = time.monotonic() + 20
    while len(_events(served, "as2.answered")) + len(_settled(served)) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)

    assert (answer.status_code, answer.content) == (200, b"")
    assert len(received(served)) == 1


def _events(served: Served, name: str) -> list[str]:
    with served.gateway.db.read() as tx:
        query = sa.select(event.c.ref).where(event.c.name == name)
        return list(tx.execute(query).scalars())


def _settled(served: Served) -> list[str]:
    """Requests that were MDNs, and have had their effect."""
    with served.gateway.db.read() as tx:
        query = sa.select(as2_message.c.id).where(as2_message.c.state == "settled")
        return list(tx.execute(query).scalars())


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9/mdn",
        "http://169.254.169.254/latest/meta-data",
        "ftp://127.0.0.1/mdn",
        "http://user:word@127.0.0.1/mdn",
        "file:///etc/passwd",
    ],
)
def test_a_later_mdn_goes_nowhere_the_profile_does_not_name(served, order, them, url):
    entity = them.sign(payload(order.encode()))
    answer = posted(served, entity, Receipt_Delivery_Option=url)
    said = _given_up(served)

    assert answer.status_code == 200
    assert said.startswith("MDN: the ")


def test_a_later_mdn_does_not_go_into_our_network(home, order, them):
    entity = them.sign(payload(order.encode()))
    with serving(home) as served, inbox() as box:
        posted(served, entity, Receipt_Delivery_Option=box.url)
        said = _given_up(served)

        assert said.endswith("leads into a network that is not to be reached")
        assert box.got == []


def _given_up(served: Served) -> str:
    until = time.monotonic() + 20
    with served.client() as web:
        while time.monotonic() < until:
            for one in web.get("/v1/messages").json()["items"]:
                if one["type"] == "as2_mdn" and one["delivery"] == "failed":
                    found = web.get(f"/v1/messages/{one['id']}").json()
                    return str(found["last_said"])
            time.sleep(0.05)
    raise AssertionError("it was not given up")


def test_a_stranger_is_told_so_unsigned_and_nothing_is_kept(served, order, other):
    entity = other.sign(payload(order.encode()))
    mdn = sent(served, entity, AS2_From="NOBODY")
    later = posted(
        served, entity, AS2_From="NOBODY", Receipt_Delivery_Option="http://127.0.0.1:1/"
    )

    assert mdn.disposition == "processed/error: unknown-trading-relationship"
    assert not mdn.is_signed
    assert later.status_code == 403
    assert later.json()["code"] == "AS2-102"


def test_names_are_compared_letter_by_letter(served, order, them):
    entity = them.sign(payload(order.encode()))
    mdn = sent(served, entity, AS2_From=f'"{THEIRS.upper()}"')

    assert mdn.disposition == "processed/error: unknown-trading-relationship"


@pytest.mark.parametrize("place", ["/as2", "/as2/mdn"])
def test_head_says_that_somebody_listens(served, place):
    answer = httpx.head(served.address + place)

    assert (answer.status_code, answer.headers["content-length"]) == (200, "0")


# HTTP, byte by byte.


def _raw(served: Served, *pieces: bytes, pause_s: float = 0.0) -> bytes:
    """What comes back until the connection is closed, or nothing comes for a while."""
    port = int(served.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(pause_s)
        line.settimeout(3)
        got = bytearray()
        try:
            while piece := line.recv(65_536):
                got += piece
        except TimeoutError:
            pass
        return bytes(got)


def _head(entity: bytes, **changes: str | None) -> bytes:
    lines = as2_peer.headers(entity, **changes).items()
    text = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"POST /as2 HTTP/1.1\r\nHost: us\r\n{text}".encode()


def test_two_messages_come_over_one_connection(served, order, them):
    entity = them.sign(payload(order.encode()))
    body = split(entity)[1]
    one = _head(entity) + b"Content-Length: %d\r\n\r\n" % len(body) + body
    two = _head(entity) + b"Content-Length: %d\r\n\r\n" % len(body) + body

    got = _raw(served, one, two)

    assert got.count(b"HTTP/1.1 200") == 2
    assert got.count(b"; processed\r\n") == 2


def test_a_chunked_body_is_taken_also_with_blanks_behind_the_sizes(served, order, them):
    entity = them.sign(payload(order.encode()))
    body = split(entity)[1]
    chunks = b"".join(
        b"%x  \r\n%b\r\n" % (len(part), part)
        for part in (body[at : at + 700] for at in range(0, len(body), 700))
    )
    head = _head(entity) + b"Transfer-Encoding: chunked\r\n\r\n"

    got = _raw(served, head, chunks, b"0\r\n\r\n")

    assert b"; processed\r\n" in got


def test_a_body_waits_for_the_word_to_go_on(served, order, them):
    entity = them.sign(payload(order.encode()))
    body = split(entity)[1]
    head = _head(entity) + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"

    got = _raw(served, head % len(body), body, pause_s=0.3)

    assert got.startswith(b"HTTP/1.1 100 ")
    assert b"; processed\r\n" in got


def test_a_request_in_small_pieces_is_taken(served, order, them):
    entity = them.sign(payload(order.encode()))
    body = split(entity)[1]
    whole = _head(entity) + b"Content-Length: %d\r\n\r\n" % len(body) + body
    pieces = (whole[at : at + 97] for at in range(0, len(whole), 97))

    assert b"; processed\r\n" in _raw(served, *pieces)


def test_a_length_and_chunks_together_are_refused(served, order, them):
    entity = them.sign(payload(order.encode()))
    head = _head(entity) + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"

    # In one piece: what comes after the connection is closed would reset it.
    got = _raw(served, head + b"0\r\n\r\n")

    assert b"HTTP/1.1 400" in got
    assert b"AS2-121" in got
    assert b"connection: close" in got.lower()


def test_a_body_without_a_length_gets_no_receipt(served, order, them):
    entity = them.sign(payload(order.encode()))
    head = _head(entity) + b"Connection: close\r\n\r\n"

    got = _raw(served, head + split(entity)[1])

    assert b"HTTP/1.1 400" in got
    assert b"AS2-121" in got
    assert b"Disposition:" not in got


def test_headers_without_end_are_refused(served):
    endless = b"POST /as2 HTTP/1.1\r\nX-Long: " + b"a" * 60_000

    got = _raw(served, endless, b"a" * 10_000, pause_s=0.3)

    assert b" 400 " in got.partition(b"\r\n")[0]


def test_too_many_headers_are_refused(served, order, them):
    entity = them.sign(payload(order.encode()))
    many = b"".join(b"X-%d: 1\r\n" % n for n in range(250))
    head = _head(entity) + many + b"Content-Length: 0\r\n\r\n"

    got = _raw(served, head)

    assert b"HTTP/1.1 400" in got
    assert b"AS2-121" in got


@pytest.mark.parametrize(
    "more",
    [
        b"AS2-From: OTHER",
        b"AS2-To: OTHER",
        b"Message-ID: <2@x>",
        b"X: " + b"a" * 65_536,
    ],
    ids=["sender", "receiver", "id", "long"],
)
def test_a_header_of_two_minds_or_without_measure_is_refused(
    served, order, them, more: bytes
):
    entity = them.sign(payload(order.encode()))
    body = split(entity)[1]
    head = _head(entity) + more + b"\r\nContent-Length: %d\r\n\r\n" % len(body)

    got = _raw(served, head + body)

    assert b"HTTP/1.1 400" in got
    assert b"AS2-121" in got
    assert received(served) == []


def test_a_body_without_bytes_gets_an_mdn_too(served, us, tmp_path):
    mdn = sent(served, payload(b""))

    assert mdn.disposition == "processed/error: insufficient-message-security"
    assert mdn.signed_by(us, tmp_path)


def test_a_signed_document_without_bytes_has_its_mdn_and_lies_in_quarantine(
    served, them
):
    mdn = sent(served, them.sign(payload(b"")))
    (found,) = received(served)

    assert mdn.disposition == "processed"
    assert (found["size"], found["state"]) == (0, "quarantined")


def test_other_ways_to_ask_are_told_what_there_is(served):
    answer = httpx.get(f"{served.address}/as2")

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"HEAD", "POST"}


def test_a_connection_that_ends_inside_the_body_leaves_nothing(served, order, them):
    entity = them.sign(payload(order.encode()))
    head = _head(entity) + b"Content-Length: 100000\r\n\r\n"
    port = int(served.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(head + b"half")

    assert received(served) == []
    assert sent(served, entity).disposition == "processed"


@pytest.mark.parametrize(
    ("trusted", "address"), [("127.0.0.1/32", "203.0.113.9"), ("", "127.0.0.1")]
)
def test_only_a_known_proxy_may_say_who_it_speaks_for(
    home, order, them, trusted, address
):
    entity = them.sign(payload(order.encode()))
    with serving(home, trusted_proxies=trusted) as served:
        sent(served, entity, X_Forwarded_For="198.51.100.1, 203.0.113.9")
        (found,) = received(served)

    assert found["peer"] == address


def test_messages_at_the_same_time_are_all_answered_once(served, order, them):
    entities = [them.sign(payload(numbered(order, n).encode())) for n in range(1, 13)]
    with ThreadPoolExecutor(8) as pool:
        mdns = list(pool.map(lambda one: sent(served, one), entities * 2))

    assert {mdn.disposition for mdn in mdns} == {"processed"}
    assert len(received(served)) == 12
    assert len(orders(served)) == 12


def test_one_message_at_the_same_time_twice_is_taken_once(served, order, them):
    entity = them.sign(payload(order.encode()))
    started = threading.Barrier(6)

    def one(_: int) -> Mdn:
        started.wait()
        return sent(served, entity, Message_ID="<twice@x.example>")

    with ThreadPoolExecutor(6) as pool:
        mdns = list(pool.map(one, range(6)))

    assert {mdn.disposition for mdn in mdns} == {"processed"}
    assert len(received(served)) == 1
