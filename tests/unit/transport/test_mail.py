"""Mails handed to a real mail server, with STARTTLS and a login."""

from __future__ import annotations

import contextlib
import itertools
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr, ValidationError

from gateway.config import Settings
from gateway.pipeline.ports import Failed, InMemory, Outbound, Sent, Trouble
from gateway.transport.mail import Mail, MailServer

MAIL = b"Message-ID: <msg_1@house>\r\nSubject: held\r\n\r\n.dot\r\nord_1\r\n"


@dataclass
class Box:
    """What the server took in, and what it says to the next mails."""

    answers: list[str] = field(default_factory=list)
    got: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"

    def login(self, server: Any, session: Any, envelope: Any, how: str, data: Any):
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"right", handled=False)


@dataclass
class House:
    """A mail server on this machine, and settings that lead to it."""

    box: Box
    settings: Settings

    def mail(self, **more: Any) -> Mail:
        return Mail(MailServer.of(self.settings.model_copy(update=more)))


@pytest.fixture
def free_port() -> int:
    """A free port below those that the system hands out itself."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, as files."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    place = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(place, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


@pytest.fixture
def house(certificate: tuple[Path, Path], free_port: int) -> Iterator[House]:
    public, private = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    box = Box()
    server = Controller(
        box,
        hostname="127.0.0.1",
        port=free_port,
        tls_context=context,
        require_starttls=True,
        authenticator=box.login,
        auth_required=True,
    )
    server.start()
    settings = Settings(
        smtp_host="127.0.0.1",
        smtp_port=free_port,
        smtp_ca_file=str(public),
        smtp_user="gateway",
        smtp_password=SecretStr("right"),
        smtp_from="gateway@house.example",
    )
    yield House(box, settings)
    server.stop()


def message() -> Outbound:
    return Outbound(
        id="msg_1",
        partner_id="",
        channel="mail",
        kind="alert_mail",
        file_name="ops@house.example",
        blob=InMemory.of(MAIL),
        attempt=1,
    )


def test_a_mail_arrives_as_it_was_written(house: House):
    assert isinstance(house.mail().send(message()), Sent)
    (got,) = house.box.got
    assert got == ("gateway@house.example", ["ops@house.example"], MAIL)
    assert house.box.logins == [b"gateway"]


def test_a_server_that_is_busy_is_tried_again_with_the_same_mail(house: House):
    house.box.answers = ["451 busy", "452 full"]
    said = [house.mail().send(message()) for _ in range(3)]
    assert said[:2] == [
        Failed("mail server: SMTPDataError 451"),
        Failed("mail server: SMTPDataError 452"),
    ]
    assert isinstance(said[2], Sent)
    assert len(house.box.got) == 1


def test_a_mail_that_is_refused_for_good_is_given_up(house: House):
    house.box.answers = ["554 refused: ord_1"]
    said = house.mail().send(message())
    assert said == Failed("mail server: SMTPDataError 554", trouble=Trouble.REFUSED)


def test_a_wrong_password_is_a_failure_that_does_not_tell_it(house: House):
    server = MailServer.of(house.settings)
    wrong = MailServer(
        **{name: getattr(server, name) for name in server.__slots__}
        | {"password": "wrong-and-secret"}
    )
    said = Mail(wrong).send(message())
    assert said == Failed("mail server: SMTPAuthenticationError 535")
    assert house.box.got == []


def test_a_certificate_that_is_not_trusted_gets_no_mail(house: House):
    said = house.mail(smtp_ca_file="").send(message())
    assert said == Failed("mail server: SSLCertVerificationError")
    assert house.box.logins == []


@contextlib.contextmanager
def talking(words: Iterator[bytes], pause_s: float = 0.0) -> Iterator[int]:
    """A server that says these words to whoever comes, and hears nothing."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def talk() -> None:
            line, _ = door.accept()
            with line, contextlib.suppress(OSError):
                for word in words:
                    line.sendall(word)
                    time.sleep(pause_s)

        thread = threading.Thread(target=talk)
        thread.start()
        yield door.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("word", [b"220-still here\r\n", b"2"])
def test_a_server_that_drips_is_left_before_the_lease_ends(word: bytes):
    with talking(itertools.repeat(word), 0.05) as port:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_timeout_s=0.2)
        begun = time.monotonic()
        said = Mail(MailServer.of(settings)).send(message())
    assert said == Failed("mail server: no answer in time")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("more", [{"smtp_user": "gätew"}, {"smtp_from": "gätew@h"}])
def test_letters_that_smtp_does_not_carry_are_a_failure(more: dict[str, str]):
    hello = [b"220 hi\r\n", b"250-hi\r\n250 AUTH PLAIN\r\n"]
    with talking(iter([*hello, *[b"250 ok\r\n"] * 3]), 0.05) as port:
        server = Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
        said = Mail(MailServer.of(server.model_copy(update=more))).send(message())
    assert said == Failed("mail server: login and addresses have to be of ASCII")


@pytest.mark.parametrize(
    "setting",
    [
        {"smtp_from": "gateway"},
        {"smtp_from": "gw@h\u00e4use.example"},
        {"smtp_from": "gw@h\nBcc: x@y"},
        {"smtp_from": "Ops, Gateway <gw@house.example>"},
        {"alert_to": "pager,ops@h\u00e4use.example"},
        {"alert_to": "Ops Desk"},
    ],
)
def test_an_address_that_no_mail_can_have_is_refused_at_the_start(setting):
    with pytest.raises(ValidationError):
        Settings(**setting)


def test_the_sender_may_have_a_name():
    settings = Settings(smtp_from="Procurement G\u00e4teway <gw@house.example>")
    assert settings.alert_to == ""


def test_nobody_there_is_a_failure(house: House, free_port: int):
    said = house.mail(smtp_port=9).send(message())
    assert said == Failed("mail server: ConnectionRefusedError")


def test_without_a_server_nothing_is_sent():
    assert isinstance(Mail(MailServer.of(Settings())).send(message()), Failed)
