"""Mails to operators, handed to a mail server."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from typing import Literal

from gateway.config import Settings
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.transport.https import cut_off


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
    """Seconds for each word of the server."""
    whole_s: float = 30.0
    """Seconds for a mail in all, fewer than it is leased for."""

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
            whole_s=min(3 * settings.smtp_timeout_s, 0.75 * settings.lease_s),
        )

    def session(self, trusted: ssl.SSLContext) -> smtplib.SMTP:
        """A session that is not connected yet."""
        made = (
            smtplib.SMTP_SSL(timeout=self.timeout_s, context=trusted)
            if self.security == "tls"
            else smtplib.SMTP(timeout=self.timeout_s)
        )
        vars(made)["_host"] = self.host  # whom its certificate has to name
        return made

    def log_in(self, session: smtplib.SMTP, trusted: ssl.SSLContext) -> None:
        """Connect, protected and known as it is set up."""
        code, _ = session.connect(self.host, self.port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, "")
        if self.security == "starttls":
            session.starttls(context=trusted)
        if self.user:
            session.login(self.user, self.password)


_READY = 220
_PROBLEMS = (OSError, smtplib.SMTPException, UnicodeEncodeError)
_NOT_IN_TIME = "mail server: no answer in time"


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
        server = self._server
        try:
            trusted = ssl.create_default_context(cafile=server.ca_file or None)
        except OSError as problem:
            return Failed(f"GATEWAY_SMTP_CA_FILE: {problem.strerror}")
        session = server.session(trusted)
        with cut_off(session, server.whole_s) as is_over:
            try:
                server.log_in(session, trusted)
            except _PROBLEMS as problem:
                session.close()
                return Failed(_NOT_IN_TIME if is_over.is_set() else _said(problem))
            try:
                session.sendmail(server.sender, [to], content)
            except _PROBLEMS as problem:
                final = Trouble.REFUSED if _is_final(problem) else Trouble.CONNECTION
                said = _NOT_IN_TIME if is_over.is_set() else _said(problem)
                return Failed(said, trouble=final)
            finally:
                _quit(session)
        return Sent(f"{server.host} took it")


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
    if isinstance(problem, UnicodeEncodeError):
        return "mail server: login and addresses have to be of ASCII"
    codes = " ".join(map(str, _codes(problem)))
    return f"mail server: {type(problem).__name__} {codes}".rstrip()
