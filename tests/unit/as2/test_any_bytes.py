"""Whatever comes by AS2 is read to an end: no exception, no proof of what is not."""

from __future__ import annotations

import random
import time
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2 import Headers, MdnState, Opened, read_mdn, read_request
from gateway.as2.disposition import read_disposition
from gateway.as2.headers import media_type
from gateway.as2.mime import Splitter
from gateway.as2.names import decoded_words, is_safe_file_name, safe_file_name
from gateway.trust.cms import compress
from tests.unit.as2.broken import judge, messages, mutants, read, receipts
from tests.unit.as2.sides import EDI, NOW, asked, opened, receiving, sending

KINDS = st.sampled_from(
    [
        "",
        "text/plain",
        "application/pkcs7-mime",
        "application/pkcs7-mime; smime-type=compressed-data",
        "multipart/signed; boundary=b; micalg=sha1",
        "multipart/related; boundary=b",
        "multipart/report; boundary=b",
    ]
)
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            [
                *(b"--b\r\n", b"\r\n--b--\r\n", b"\r\n\r\n", b"\n--b\n", b"\r\n"),
                b"Content-Type: multipart/signed; boundary=b\r\n\r\n",
                b"Content-Type: application/pkcs7-mime\r\n\r\n",
                b"Content-Transfer-Encoding: base64\r\n",
                b"Disposition: automatic-action/x; processed\r\n",
            ]
        ),
    ),
    max_size=12,
).map(b"".join)
TEXT = st.text(st.characters(min_codepoint=0, max_codepoint=0x2FF), max_size=60)


def told(result: Opened) -> tuple[object, ...]:
    codes = tuple(one.code for one in result.findings)
    parts = result.parts if result.accepted else len(result.parts)  # cut short there
    return str(result.disposition), codes, parts, result.mic, result.layers


@settings(max_examples=40)
@given(KINDS, PIECES, st.integers(1, 40))
def test_cutting_never_changes_what_is_read(kind: str, body: bytes, step: int) -> None:
    headers = asked(Content_Type=kind)
    agreement = receiving(require=frozenset())
    whole, once, _ = opened(headers, body, agreement)
    cut, again, _ = opened(headers, body, agreement, step=step)
    assert told(once) == told(again)
    assert not once.accepted or whole == cut


@given(PIECES, st.integers(1, 9))
def test_a_splitter_loses_no_byte_of_a_part(body: bytes, step: int) -> None:
    def cut(size: int) -> tuple[list[tuple[int, bytes]], bool]:
        splitter, parts = Splitter("b"), list[bytes]()
        pieces = []
        for start in range(0, len(body), size):
            pieces += splitter.feed(body[start : start + size])
        for index, piece in (*pieces, *splitter.finish()):
            parts += [b""] * (index + 1 - len(parts))
            parts[index] += piece or b""
        return list(enumerate(parts)), splitter.closed

    assert cut(step) == cut(1 << 20)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8), st.binary(max_size=80))
def test_any_header_and_any_mdn_are_read(
    fields: list[tuple[str, str]], body: bytes
) -> None:
    named = [
        *fields,
        *((name, value) for (_, value), name in zip(fields, _NAMES, strict=False)),
    ]
    headers = Headers.of(named)
    read_request(headers)
    read_mdn(headers, body, sending(), NOW)
    opened(headers.items, body, receiving())


_NAMES = (
    *("Content-Type", "Content-Disposition", "Disposition-Notification-Options"),
    *("AS2-From", "Message-ID", "Content-Transfer-Encoding", "EDIINT-Features"),
)


@given(st.text(max_size=400))
def test_any_file_name_is_made_safe(name: str) -> None:
    safe = safe_file_name(name)
    assert is_safe_file_name(safe)
    assert len(safe.encode()) <= 255
    assert not set(safe) & set('/\\\0\r\n:*?"<>|')
    assert safe not in (".", "..")
    decoded_words(name)
    media_type(name)
    read_disposition(name)


@settings(deadline=None, max_examples=1)
@given(st.integers(0, 2**32))
def test_broken_messages_are_read_to_their_end(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  no secret
    for message in messages():
        for broken in islice(mutants(message, chance), 20):
            read(broken, chance)


@settings(deadline=None, max_examples=1)
@given(st.integers(0, 2**32))
def test_broken_mdns_prove_nothing(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  no secret
    (signed, sent), (plain, sent_plain) = receipts()
    for headers, body in islice(mutants(signed, chance), 100):
        end = judge((headers, body), sent)
        assert end.state is not MdnState.ACCEPTED or _says_the_same(body, signed[1])
    for broken in islice(mutants(plain, chance), 100):
        judge(broken, sent_plain)


def _says_the_same(body: bytes, good: bytes) -> bool:
    """The signed part is the same; only what stands around it was changed."""
    start, end = (
        good.index(b"Content-Type: multipart/report"),
        good.rindex(b"\r\n--=_s_"),
    )
    signed = good[start : good.index(b"\r\n--=_s_", start)]
    return signed in body and end > 0


HOSTILE = {
    "boundary lines only": ("multipart/signed; boundary=b", b"--b\r\n" * 400_000),
    "beginnings of boundaries": ("multipart/related; boundary=b", b"\n--" * 700_000),
    "near boundaries": ("multipart/related; boundary=b", b"\n--bb" * 400_000),
    "a head without end": (
        "multipart/related; boundary=b",
        b"--b\r\n" + b"A: b\r\n" * 300_000,
    ),
    "quotes": ('multipart/signed; boundary="' + '\\"' * 30_000, b"x"),
    "parameters": ("multipart/signed" + "; a=b" * 20_000, b"x"),
    "open quotes": ("a/b" + ';a="' * 15_000, b"x"),
    "returns": ("multipart/related; boundary=b", b"--b\r\n\r\n" + b"\r" * 2_000_000),
    "equal signs": ("text/plain", b"=" * 2_000_000),
    "nested octets": ("application/pkcs7-mime", b"\x30\x80" * 1_000_000),
    "a bomb": (
        "application/pkcs7-mime; smime-type=compressed-data",
        compress(b"Content-Type: text/plain\r\n\r\n" + bytes(50_000_000)),
    ),
}


@pytest.mark.parametrize("encoding", ["", "quoted-printable", "base64"])
@pytest.mark.parametrize("case", list(HOSTILE))
def test_hostile_messages_cost_little(case: str, encoding: str) -> None:
    kind, body = HOSTILE[case]
    headers = asked(Content_Type=kind, Content_Transfer_Encoding=encoding)
    began = time.process_time()
    opened(headers, body, receiving(require=frozenset()))
    assert time.process_time() - began < 3


def test_a_message_that_was_cut_off_is_never_accepted() -> None:
    for headers, body in messages():
        protected = "pkcs7-mime" in str(headers) or "multipart" in str(headers)
        for end in range(0, len(body) - 8, 97):
            _, result, _ = opened(headers, body[:end], receiving(require=frozenset()))
            assert not (protected and result.accepted)
    assert EDI


@pytest.mark.soak
def test_long_broken_messages_and_mdns() -> None:
    chance = random.Random(20261122)  # noqa: S311  no secret
    ends = time.monotonic() + 300
    while time.monotonic() < ends:
        for message in messages():
            for broken in islice(mutants(message, chance), 200):
                read(broken, chance)
        for message, sent in receipts():
            for broken in islice(mutants(message, chance), 200):
                judge(broken, sent)
