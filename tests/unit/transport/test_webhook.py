"""Events posted to a real receiver that checks the signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from pydantic import ValidationError

from gateway.config import Webhook, webhook_keys
from gateway.pipeline.ports import Failed, InMemory, Outbound, Sent, Trouble
from gateway.transport.webhook import Webhooks, signature
from tests.listening import listening

NEW, OLD = "whsec_" + "TkVX" * 8, "whsec_" + "T0xE" * 8
BODY = b'{"id":"msg_1","specversion":"1.0"}'
NOW = 1_795_000_000


@dataclass
class Receiver:
    """Answers as it is told, and keeps what came with a right signature."""

    secret: str
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    got: list[tuple[str, bytes]] = field(default_factory=list)
    refused: int = 0
    url: str = ""

    def is_right(self, headers: dict[str, str], body: bytes) -> bool:
        """As the standard wants it: any of the signatures, and a recent timestamp."""
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
        mac = hmac.new(key, signed + body, hashlib.sha256).digest()
        wanted = "v1," + base64.b64encode(mac).decode()
        recent = abs(int(headers["webhook-timestamp"]) - NOW) <= 300
        return wanted in headers["webhook-signature"].split(" ") and recent


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver(NEW)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more = made.answers.pop(0) if made.answers else (204, {})
            if not made.is_right(headers, body):
                made.refused += 1
                status = 401
            elif status < 300:
                made.got.append((headers["webhook-id"], body))
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with listening(Door) as address:
        made.url = f"{address}/hook?x=1"
        yield made


def hooks(receiver: Receiver, secret: str = NEW) -> Webhooks:
    hook = Webhook.model_validate({"url": receiver.url, "secret": secret})
    return Webhooks({"ops": hook}, timeout_s=5, clock=lambda: NOW)


def message(name: str = "ops", body: bytes = BODY, attempt: int = 1) -> Outbound:
    return Outbound(
        id="msg_1",
        partner_id="",
        channel="webhook",
        kind="alert_webhook",
        file_name=name,
        blob=InMemory.of(body),
        attempt=attempt,
    )


def test_the_signature_is_the_one_of_the_published_example():
    keys = webhook_keys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    id_, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
    wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(keys, id_, 1614265330, body) == wanted


def test_a_receiver_that_fails_first_gets_the_same_id_and_bytes_again(
    receiver: Receiver,
):
    receiver.answers = [(500, {}), (503, {"Retry-After": "60"})]
    way = hooks(receiver)
    first, second, third = (way.send(message(attempt=n)) for n in (1, 2, 3))
    assert first == Failed("HTTP 500")
    wait = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=60)
    assert second == Failed("HTTP 503", wait, Trouble.THROTTLED)
    assert third == Sent("HTTP 204")
    assert receiver.got == [("msg_1", BODY)]


@pytest.mark.parametrize("secret", [f"{NEW} {OLD}", f"{OLD} {NEW}"])
def test_while_secrets_rotate_either_verifies(receiver: Receiver, secret: str):
    assert isinstance(hooks(receiver, secret).send(message()), Sent)


def test_another_secret_does_not_verify(receiver: Receiver):
    assert hooks(receiver, OLD).send(message()) == Failed("HTTP 401")
    assert receiver.refused == 1


def test_gone_is_the_end_and_a_redirect_is_not_followed(receiver: Receiver):
    receiver.answers = [(410, {}), (302, {"Location": receiver.url})]
    assert hooks(receiver).send(message()) == Failed(
        "HTTP 410", trouble=Trouble.REFUSED
    )
    assert hooks(receiver).send(message()) == Failed("HTTP 302")
    assert receiver.got == []


def test_an_absurd_wait_is_not_kept(receiver: Receiver):
    receiver.answers = [
        (429, {"Retry-After": "999999999"}),
        (429, {"Retry-After": "?"}),
    ]
    first, second = (hooks(receiver).send(message()) for _ in range(2))
    assert isinstance(first, Failed)
    assert isinstance(second, Failed)
    assert first.retry_at == datetime.fromtimestamp(NOW, UTC) + timedelta(hours=24)
    assert second.retry_at is None


@pytest.mark.parametrize(
    ("first", "outcome"),
    [
        (b"HTTP/1.1 204 x\r\n\r\n", Sent("HTTP 204")),
        (b"HTTP/1.1 200 x\r\nContent-Length: 9999\r\n\r\n", Sent("HTTP 200")),
        (b"HTTP/1.1 500 x\r\nContent-Length: 9999\r\n\r\n", Failed("HTTP 500")),
        (b"H", Failed("webhook: TimeoutError")),
    ],
)
def test_a_receiver_that_drips_holds_nobody_up(first: bytes, outcome: Sent | Failed):
    over = threading.Event()

    def drip(door: socket.socket) -> None:
        line, _ = door.accept()
        with line, suppress(OSError):
            line.recv(9999)
            line.sendall(first)
            while not over.wait(0.05):
                line.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=drip, args=(door,))
        thread.start()
        url = f"http://127.0.0.1:{door.getsockname()[1]}/"
        hook = Webhook.model_validate({"url": url, "secret": NEW})
        begun = time.monotonic()
        assert Webhooks({"ops": hook}, timeout_s=0.5).send(message()) == outcome
        assert time.monotonic() - begun < 5
        over.set()
        thread.join()


def test_nobody_there_and_no_such_webhook_are_failures(receiver: Receiver):
    hook = Webhook.model_validate({"url": "http://127.0.0.1:9/", "secret": NEW})
    assert Webhooks({"ops": hook}).send(message()) == Failed(
        "webhook: ConnectionRefusedError"
    )
    assert isinstance(hooks(receiver).send(message("other")), Failed)


@pytest.mark.parametrize(
    "fault", [{"url": "ftp://x/"}, {"url": "http://u:p@x/"}, {"secret": "whsec_QUJD"}]
)
def test_a_webhook_that_cannot_work_is_refused(fault: dict[str, str]):
    with pytest.raises(ValidationError):
        Webhook.model_validate({"url": "https://x/", "secret": NEW} | fault)
