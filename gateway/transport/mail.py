"""Mails to operators, handed to a mail server."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from typing import Literal

from gateway.config import Settings
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mails go, and how the way there is protected."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    ca_file: str
    user: str
    password: str
    sender: str
    timeout_s: float

    @classmethod
    def of(cls, settings: Settings) -> MailServer:
        """The one that the settings name."""
        return cls(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            ca_file=settings.smtp_ca_file,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            sender=settings.smtp_from,
            timeout_s=settings.smtp_timeout_s,
        )

    def connect(self) -> smtplib.SMTP:
        """A session, protected and logged in as it is set up."""
        trusted = ssl.create_default_context(cafile=self.ca_file or None)
        session: smtplib.SMTP
        if self.security == "tls":
            session = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout_s, context=trusted
            )
        else:
            session = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        try:
            if self.security == "starttls":
                session.starttls(context=trusted)
            if self.user:
                session.login(self.user, self.password)
        except BaseException:
            session.close()
            raise
        return session


class Mail:
    """Sends finished mails; ``file_name`` is the address they go to."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Hand the mail over. A repeat has the same Message-ID."""
        if not self._server.host:
            return Failed("no mail server is set up (GATEWAY_SMTP_HOST)")
        content = b"".join(outbound.blob.chunks())
        to = outbound.file_name
        try:
            session = self._server.connect()
        except (OSError, smtplib.SMTPException) as problem:
            return Failed(_said(problem))
        try:
            session.sendmail(self._server.sender, [to], content)
        except (OSError, smtplib.SMTPException) as problem:
            final = Trouble.REFUSED if _is_final(problem) else Trouble.CONNECTION
            return Failed(_said(problem), trouble=final)
        finally:
            _quit(session)
        return Sent(f"{self._server.host} took it")


def _quit(session: smtplib.SMTP) -> None:
    """Say goodbye; what was taken stays taken if that fails."""
    try:
        session.quit()
    except (OSError, smtplib.SMTPException):
        session.close()


def _codes(problem: Exception) -> list[int]:
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in problem.recipients.values()]
    if isinstance(problem, smtplib.SMTPResponseException):
        return [problem.smtp_code]
    return []


def _is_final(problem: Exception) -> bool:
    """Whether the server refuses this mail for good (RFC 5321 §4.2.1)."""
    codes = _codes(problem)
    return bool(codes) and all(500 <= code < 600 for code in codes)


def _said(problem: Exception) -> str:
    """What kind of failure; the server's words could repeat the mail or the login."""
    codes = " ".join(map(str, _codes(problem)))
    return f"mail server: {type(problem).__name__} {codes}".rstrip()
