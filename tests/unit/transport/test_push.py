"""Messages pushed to a real receiver that checks who sends them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.findings import Finding
from gateway.partner import Profile
from gateway.pipeline.ports import Failed, InMemory, Outbound, Secret, Sent, Trouble
from gateway.transport.https import Lines
from gateway.transport.posting import Posting
from gateway.transport.push import Pushing
from gateway.trust.keyring import Certificates, Certified, Keyring, OwnKey, OwnKeys, Use
from tests.parties import Party, party
from tests.unit.transport.test_https import OK, Server, for_server, lines_of, serving

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BODY = b"ISA*00~"


class Known:
    """Secrets by their references."""

    def __init__(self, **values: bytes) -> None:
        self._values = values

    def get(self, reference: str) -> Secret | Finding:
        name = reference.partition(":")[2]
        if name in self._values:
            return Secret(self._values[name])
        return Finding.of("CFG-042", f"{name} is not set", value=reference)


@dataclass
class Pusher:
    """One partner with a push channel."""

    server: Server
    secrets: Known = field(default_factory=Known)
    keyring: Keyring = field(default_factory=Keyring)

    def send(self, **channel: Any) -> Sent | Failed:
        profile = Profile.model_validate(
            {
                "schema": "1",
                "id": "acme",
                "name": "Acme",
                "stage": "live",
                "identities": {"x12": {"qualifier": "ZZ", "id": "ACME"}},
                "us": {"x12": {"qualifier": "ZZ", "id": "US"}},
                "channels": [
                    {"id": "hook", "kind": "push", "url": self.server.url} | channel
                ],
            }
        )
        posting = Posting(Lines(), lambda: NOW, self.secrets)
        pushing = Pushing([profile], lambda partner: self.keyring, posting)
        return pushing.send(
            Outbound(
                id="msg_1",
                partner_id="acme",
                channel="hook",
                kind="x12_855",
                file_name="x12_855_msg_1.edi",
                blob=InMemory.of(BODY),
                attempt=1,
            )
        )

    def headers(self) -> dict[str, str]:
        head = self.server.requests[-1].partition(b"\r\n\r\n")[0]
        return {k.decode(): v.decode() for k, _, v in lines_of(head)}


@pytest.fixture
def pusher() -> Iterator[Pusher]:
    with serving() as server:
        yield Pusher(server, Known(new=b"n" * 32, old=b"whsec_" + b"b29v" * 8))


def test_it_brings_its_key_name_and_type(pusher: Pusher):
    assert pusher.send(secrets="secret:new") == Sent("HTTP 200")
    told = pusher.headers()
    assert told["idempotency-key"] == "msg_1"
    assert told["content-type"] == "application/edi-x12"
    assert told["content-disposition"] == 'attachment; filename="x12_855_msg_1.edi"'
    assert pusher.server.requests[0].endswith(b"\r\n\r\n" + BODY)


def test_it_is_signed_with_each_secret(pusher: Pusher):
    assert isinstance(pusher.send(secrets=["secret:new", "secret:old"]), Sent)
    told = pusher.headers()
    signed = f"msg_1.{told['webhook-timestamp']}.".encode() + BODY
    wanted = [
        "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        for key in (b"n" * 32, base64.b64decode(b"b29v" * 8))
    ]
    assert told["webhook-signature"].split(" ") == wanted
    assert told["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_a_user_and_a_password_are_shown(pusher: Pusher):
    auth = {"user": "us", "password": "secret:new"}
    assert isinstance(pusher.send(secrets="secret:new", auth=auth), Sent)
    shown = base64.b64decode(pusher.headers()["authorization"].removeprefix("Basic "))
    assert shown == b"us:" + b"n" * 32


@pytest.mark.parametrize(
    "channel",
    [
        {"secrets": "secret:gone"},
        {"secrets": "secret:new", "auth": {"user": "us", "password": "secret:gone"}},
    ],
    ids=["secret", "password"],
)
def test_without_a_secret_nothing_leaves(pusher: Pusher, channel: dict[str, Any]):
    outcome = pusher.send(**channel)
    assert isinstance(outcome, Failed)
    assert (outcome.trouble, outcome.code) == (Trouble.OURS, "CFG-042")
    assert pusher.server.requests == []


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (301, Trouble.REFUSED),
        (400, Trouble.REFUSED),
        (401, Trouble.REFUSED),
        (408, Trouble.CONNECTION),
        (409, Trouble.REFUSED),
        (425, Trouble.CONNECTION),
        (429, Trouble.THROTTLED),
        (500, Trouble.CONNECTION),
        (502, Trouble.CONNECTION),
        (503, Trouble.THROTTLED),
    ],
)
def test_a_status_says_whether_to_try_again(
    pusher: Pusher, status: int, trouble: Trouble
):
    pusher.server.words.append(OK.replace(b"200", str(status).encode()))
    outcome = pusher.send(secrets="secret:new")
    assert isinstance(outcome, Failed)
    assert outcome.trouble is trouble


def test_nobody_there_is_tried_again(pusher: Pusher):
    pusher.server.close()
    outcome = pusher.send(secrets="secret:new")
    assert isinstance(outcome, Failed)
    assert outcome.trouble is Trouble.CONNECTION


def test_over_mutual_tls_it_needs_no_secret(tmp_path):
    ours, theirs = party("ours"), party("server")
    with serving(tls=for_server(theirs, tmp_path, client=ours)) as server:
        pusher = Pusher(server, keyring=keyring(ours, theirs))
        outcome = pusher.send()
    assert isinstance(outcome, Sent)
    assert outcome.detail.startswith("HTTP 200 TLSv1.3 ")


def keyring(ours: Party, theirs: Party) -> Keyring:
    server = Certified(
        certificate=theirs.certificate, uses=frozenset((Use.TLS_SERVER,))
    )
    client = Certified(certificate=ours.certificate, uses=frozenset((Use.TLS_CLIENT,)))
    key = OwnKey(certified=client, private_key=ours.key, id="key_1")
    return Keyring(Certificates((server,)), OwnKeys((key,)))


def test_without_https_and_secrets_there_is_no_such_channel(pusher: Pusher):
    with pytest.raises(ValueError, match="secrets"):
        pusher.send()
