"""Broken AS2 messages and MDNs: good ones with octets changed, cut out or put in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache

from gateway.as2 import (
    Agreement,
    Headers,
    Opened,
    Payload,
    Sent,
    Settled,
    compose_mdn,
    read_mdn,
    settle,
)
from gateway.trust.cms import Limits
from tests.unit.as2.sides import (
    EDI,
    NOW,
    answered,
    built,
    ids,
    opened,
    receiving,
    sending,
)

LIMITS = Limits(structure_bytes=32 * 1024, content_bytes=1024 * 1024)
SCRAPS = (
    *(b"\r\n", b"\n", b"\r", b"--", b"\0", b'"', b";", b"=", b":", b"\r\n\r\n"),
    *(
        b"Content-Type: multipart/signed; boundary=a\r\n",
        b"Content-Type: ",
        b"boundary=",
    ),
    *(b"multipart/related", b"application/pkcs7-mime", b"Content-Transfer-Encoding: "),
    *(
        b"base64",
        b"quoted-printable",
        b"utf-8''%",
        b"=?utf-8?B?",
        b"\xff\xfe",
        b"0" * 300,
    ),
)
Message = tuple[tuple[tuple[str, str], ...], bytes]
ALL = frozenset(("sha1", "md5", "3des", "rsa1024", "line_ends", "unverified"))


def agreement() -> Agreement:
    """What is read leniently goes deepest."""
    return receiving(require=frozenset(), legacy=ALL)


@lru_cache
def messages() -> tuple[Message, ...]:
    """A good message of each make."""
    kinds = [
        {"sign": sign, "encrypt": cipher, "compress": order}
        for sign in ("", "sha256")
        for cipher in ("", "aes256-cbc", "aes128-gcm")
        for order in ("none", "before", "after")
    ]
    made = [built(sending(**kind)) for kind in kinds]
    two = [Payload.of("text/plain", "a", EDI), Payload.of("text/plain", "ü", EDI)]
    made.append(built(sending(encrypt=""), *two))
    made.append(built(sending(sign="", encrypt=""), *two))
    return tuple((one.headers, body) for one, body in made)


@lru_cache
def receipts() -> tuple[tuple[Message, Sent], ...]:
    """A good MDN, signed and unsigned, with what was sent."""
    out = []
    for signed in (True, False):
        made, body = built(sending(receipt_signed=signed))
        mdn = answered(made, body, receiving())[2]
        sent = Sent(
            message_id=made.message_id,
            mics=made.mics,
            asked_digest="sha256",
            receipt_signed=signed,
        )
        out.append(((mdn.headers, mdn.body), sent))
    return tuple(out)


def mutants(message: Message, chance: random.Random) -> Iterator[Message]:
    """The message broken in ever new ways."""
    while True:
        headers, body = message
        for _ in range(chance.randint(1, 4)):
            if chance.random() < 0.3:
                headers = _field(headers, chance)
            else:
                body = _bytes(body, chance)
        yield headers, body


def _field(
    headers: tuple[tuple[str, str], ...], chance: random.Random
) -> tuple[tuple[str, str], ...]:
    index = chance.randrange(len(headers))
    name, value = headers[index]
    raw = _bytes(value.encode("latin-1"), chance)
    changed = (name, raw.decode("latin-1"))
    kept = () if chance.random() < 0.1 else (changed,)
    return (*headers[:index], *kept, *headers[index + 1 :])


def _bytes(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    to = min(len(data), at + chance.choice((0, 1, 1, 2, 16, 200)))
    match chance.randrange(5):
        case 0:
            return data[:at] + chance.randbytes(to - at) + data[to:]
        case 1:
            return data[:at] + data[to:]
        case 2:
            return data[:at] + chance.choice(SCRAPS) + data[at:]
        case 3:
            return data[:at]
        case _:
            return data[:to] + data[at:]


def read(message: Message, chance: random.Random) -> Opened:
    """Read it in pieces; nothing may escape, and no more come out than goes in."""
    headers, body = message
    step = chance.choice((1 << 20, 4096, 100, 7))
    parts, result, request = opened(headers, body, agreement(), step, limits=LIMITS)
    assert sum(map(len, parts)) <= LIMITS.content_bytes * 3
    if request.asked is not None:
        compose_mdn(request, result.disposition, result.mic, agreement(), NOW, ids())
    assert str(result.disposition)
    return result


def judge(message: Message, sent: Sent) -> Settled:
    """Read a broken MDN to its end."""
    headers, body = message
    return settle(read_mdn(Headers.of(headers), body, sending(legacy=ALL), NOW), sent)
