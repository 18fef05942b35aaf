"""The settings: environment variables with the prefix ``GATEWAY_``."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024 * 1024


def webhook_keys(secret: str) -> tuple[bytes, ...]:
    """The keys that a secret stands for (Standard Webhooks); none: one is no key."""
    try:
        keys = [
            base64.b64decode(one.removeprefix("whsec_"), validate=True)
            for one in secret.split()
        ]
    except ValueError:
        return ()
    return tuple(keys) if all(len(key) >= 16 for key in keys) else ()


class Webhook(BaseModel):
    """Where events are posted to, and what they are signed with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s/?#@]+(/[^\s#]*)?$")
    """The address; a name or password has no place in it."""
    secret: SecretStr
    """``whsec_`` and a key in base 64; while they rotate, two with a blank between."""

    @field_validator("secret")
    @classmethod
    def _is_keys(cls, secret: SecretStr) -> SecretStr:
        if not webhook_keys(secret.get_secret_value()):
            raise ValueError("write whsec_ and at least 16 bytes in base 64")
        return secret


_DATABASE = re.compile(
    r"postgresql(\+psycopg)?://([^@/?]*@)?[^@/?:]*(\[[^]/?]*\])?(:\d+)?(/\S*)?(\?\S*)?"
    r"|sqlite:///.+"
)
_NO_DATABASE = (
    "write postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME or sqlite:///FILE, or "
    "leave it out: then it is a file in the home"
)


_SQLITE = "sqlite:///"
_MEANT_OTHERWISE = "%?"
"""In an address: the beginning of a byte in digits, and that of options."""


def sqlite_url(file: Path) -> str:
    """The address of a SQLite file, whatever its path has in it."""
    text = str(file)
    for one in _MEANT_OTHERWISE:
        text = text.replace(one, quote(one))
    return f"{_SQLITE}{text}"


def sqlite_file(url: str) -> Path | None:
    """The file that an address names; none: a server, or no file."""
    name = url.removeprefix(_SQLITE).partition("?")[0]
    return Path(unquote(name)) if name and url.startswith(_SQLITE) else None


_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,250}"
_TARGET = re.compile(rf"{_ADDRESS}|[a-z][a-z0-9_-]{{0,39}}")
_SENDER = re.compile(rf"{_ADDRESS}|[\w .'&-]{{0,80}}<{_ADDRESS}>")


class Settings(BaseSettings):
    """Everything an operator can set. Each field is ``GATEWAY_`` and its name."""

    model_config = SettingsConfigDict(
        env_prefix="GATEWAY_", frozen=True, use_attribute_docstrings=True
    )

    home: Path = Path("gateway-data")
    """The folder of everything kept in files: database, payloads, partner folders."""
    database_url: str = Field(default="", validate_default=True)
    """``postgresql+psycopg://USER:PASSWORD@HOST/NAME``; else SQLite in the home."""
    database_connections: int = Field(default=10, ge=4, le=1000)
    """How many connections to PostgreSQL one process keeps at most."""
    database_silence_s: float = Field(default=60.0, gt=0)
    """Seconds without a word of PostgreSQL after which a connection is given up."""
    env: Literal["development", "production"] = "development"
    """In production logs are JSON lines and ``gateway doctor`` asks for more."""

    host: str = "127.0.0.1"
    """The address that ``serve`` listens on."""
    port: int = Field(default=8850, ge=0, le=65535)
    """The port that ``serve`` listens on; 0 takes any free one."""

    tls_host: str = "127.0.0.1"
    """The address that ``serve`` listens on for TLS."""
    tls_port: int | None = Field(default=None, ge=0, le=65535)
    """The port that ``serve`` listens on for TLS, with our key of the use tls_server;
    left out: none; 0 takes any free one."""
    proxy_socket: Path | None = None
    """A Unix socket that ``serve`` listens on too, for a reverse proxy on this machine:
    what comes there is believed of its clients, as of ``GATEWAY_TRUSTED_PROXIES``."""
    client_certificate_header: str = Field(default="", pattern="^[a-z0-9-]*$")
    """The header that our proxies put the client's certificate in: ``client-cert``
    (RFC 9440), ``x-forwarded-client-cert`` (Envoy), any other one of PEM with percent
    signs (nginx). Empty: none is believed."""

    sftp_looks: int = Field(default=8, ge=1, le=200)
    """Into how many partners' SFTP servers one process looks at once."""
    sftp_port: int | None = Field(default=None, ge=0, le=65535)
    """The port of the SFTP door; left out: ``serve`` opens none; 0 takes any free."""
    sftp_host: str = "127.0.0.1"
    """The address that the SFTP door listens on."""
    sftp_host_keys: str = ""
    """Files of the SFTP door's private host keys, commas between; none: one is made in
    the home. Partners pin the fingerprints that ``gateway sftp host-keys`` prints."""
    sftp_sessions: int = Field(default=100, ge=1)
    """How many SFTP sessions may be open at once."""
    sftp_sessions_each: int = Field(default=8, ge=1)
    """How many of them one account may have, unless the account says otherwise."""
    sftp_waiting: int = Field(default=50, ge=1)
    """How many connections to the SFTP door may be without a login at once."""
    sftp_login_s: float = Field(default=30.0, gt=0)
    """Seconds that a login to the SFTP door may take."""
    sftp_idle_s: float = Field(default=300.0, gt=0)
    """Seconds without a request after which an SFTP session is ended."""
    sftp_quota_bytes: int = Field(default=1024 * MIB, ge=1)
    """Bytes of unfinished uploads that one account may have, unless it says otherwise
    (1 GiB)."""
    sftp_unfinished_days: int = Field(default=7, ge=1)
    """Days that unfinished uploads are kept, so that they can be resumed."""

    trusted_proxies: str = ""
    """Networks of the reverse proxies whose ``X-Forwarded-For`` and TLS headers are
    believed, like ``10.1.2.3/32``, with commas between; nobody else's are."""
    as2_url: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$")
    """Our AS2 address as partners reach it, like ``https://edi.example.com/as2``;
    receipts that come later are asked for at its ``/mdn``."""
    cxml_url: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$")
    """Our cXML address as partners reach it, like ``https://edi.example.com/cxml``; a
    ProfileResponse names it. Empty: the address that was asked."""
    soap_url: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+/soap/tender)?$")
    """The address of the door for orders in SOAP as partners reach it, up to their id,
    like ``https://edi.example.com/soap/tender``: signed messages that name a receiver
    must name this one. Empty: only the path is held against them."""
    shop_url: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+/shop)?$")
    """The address of ``/shop`` as the browsers of buyers reach it, like
    ``https://gateway.example.com/shop``; left out: the host that ``cxml_url`` names, or
    that the request came to."""
    console_url: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+/console)?$")
    """The address of ``/console`` as browsers reach it, like
    ``https://gateway.example.com/console``; left out: passwords are taken over HTTPS
    and from this machine only."""
    oidc_issuer: str = Field(default="", pattern=r"^(https?://[^\s?#@]+)?$")
    """The OpenID provider that people may log in by, like
    ``https://login.example.com/realms/edi``; none: by passwords only."""
    oidc_name: str = "OpenID"
    """What the button for it says."""
    oidc_client_id: str = ""
    """Who we are to the provider."""
    oidc_client_secret: str = ""
    """Our secret there, by reference: ``env:NAME``, ``file:/PATH``, ``secret:NAME``."""
    oidc_audience: str = ""
    """Whom access tokens for the API have to be for; none: the API takes no tokens."""
    oidc_role_claim: str = "roles"
    """The claim that tells a person's groups, dots for what lies inside of others, like
    ``realm_access.roles``."""
    oidc_roles: Mapping[str, str] = Field(default_factory=dict)
    """The role of each group as JSON: ``{"edi-desk": "operator"}``; who has several
    groups gets the first of them here. None: only users who were added log in."""
    oidc_ca_file: str = ""
    """A file of certificates that the provider's may lead to; none: the system's."""
    as2_mdn_networks: str = ""
    """Networks of our own that receipts (MDNs) may be posted into, commas between; the
    addresses for them are the partners' words. None: only public addresses."""
    fetch_networks: str = ""
    """Networks of our own that revocation lists and answers about certificates may be
    fetched from, commas between. None: only public addresses."""
    as2_repeat_days: int = Field(default=14, ge=0)
    """Days within which the same content under another Message-ID is a repeat by AS2:
    it gets its receipt and goes no further. 0: never."""

    requests_per_minute: int = Field(default=6000, ge=1)
    """How many requests of cXML and punch-out one partner may send from one address
    in a minute, to each process; more are told to come again (API-018)."""
    api_requests_per_minute: int = Field(default=120_000, ge=1)
    """How many requests one key to the API may send in a minute, to each process; more
    are told to come again (API-018)."""
    refusals_per_minute: int = Field(default=30, ge=1)
    """How often the credentials that one address sends in one name may be wrong in a
    minute; then none of its requests in that name is looked at (API-018)."""

    max_interchange_bytes: int = Field(default=256 * MIB, ge=1)
    """The longest transmission that a door takes in, in bytes (256 MiB)."""
    max_message_bytes: int = Field(default=32 * MIB, ge=1)
    """The longest message, ST to SE, that is read, in bytes (32 MiB)."""
    max_segment_bytes: int = Field(default=64 * 1024, ge=1)
    """The longest segment that is read, in bytes (64 KiB)."""
    payload_inline_bytes: int = Field(default=262_144, ge=0)
    """Payloads up to this size in bytes lie in the database, larger ones in files."""
    payload_key: str = Field(default="", repr=False)
    """Keys that payloads are sealed under: ``ID=file:PATH`` or ``ID=env:NAME``.

    Commas between several; the first seals, the others still open. Each has 32 bytes:
    raw, 64 hexadecimal digits, or base 64. Empty: payloads are not sealed.
    """

    accept_backlog: int = Field(default=500, ge=1)
    """How many transmissions may be on their way in at once; more get a 503."""
    accept_timeout_s: float = Field(default=25.0, gt=0)
    """Seconds until a door that waits for the database answers 503 (API-013)."""
    accept_batch: int = Field(default=200, ge=1, le=10_000)
    """How many concurrent receipts share one commit at most."""
    accept_gather_s: float = Field(default=0.01, ge=0)
    """Seconds from one commit of receipts to the next at least, under load."""
    process_batch: int = Field(default=40, ge=1, le=10_000)
    """How many receipts are processed in one transaction at most."""
    process_batch_bytes: int = Field(default=16 * MIB, ge=1)
    """How many bytes of receipts go into one transaction; a larger one goes alone."""
    deliver_batch: int = Field(default=200, ge=1, le=10_000)
    """How many messages are leased for sending at once at most."""
    deliver_lanes: int = Field(default=16, ge=1, le=1000)
    """To how many channels of partners one process sends at once at most."""
    poll_interval_s: float = Field(default=0.5, gt=0)
    """Seconds that the engine and the folder door rest when nothing is due."""
    gather_s: float = Field(default=0.05, ge=0)
    """Seconds from one batch to the next at least; what comes meanwhile goes along.
    The commits of the AS2 door are batches too."""
    worker_niceness: int = Field(default=5, ge=0, le=19)
    """How far workers step back for the doors beside them when both want a processor.
    What they leave alone is theirs; 0: as the doors."""
    look_interval_s: float = Field(default=0.04, gt=0)
    """Seconds between two looks for work from other processes, and for dead ones."""
    stable_for_s: float = Field(default=2.0, ge=0)
    """Seconds that a file must not change before it is picked up."""
    max_attempts: int = Field(default=5, ge=1)
    """How often a receipt is tried before it is put in quarantine (MAP-001)."""
    process_retry_s: float = Field(default=5.0, ge=0)
    """Seconds that a receipt rests after a failed attempt, times its attempts."""

    drain_s: float = Field(default=20.0, ge=0)
    """Seconds that a process told to stop has to finish what it has begun."""
    leave_s: float = Field(default=0.0, ge=0, le=300)
    """Seconds before that in which a server told to stop still serves and works while
    ``/readyz`` answers 503: as long as a load balancer needs to turn to others."""
    lease_s: float = Field(default=60.0, gt=0)
    """Seconds one process holds a batch that is not known to be dead."""
    deliver_max_attempts: int = Field(default=20, ge=1)
    """How often a message is sent before it counts as failed (WIRE-020)."""
    deliver_retry_s: float = Field(default=15.0, gt=0)
    """Seconds after the first failed delivery; they double with every attempt."""
    deliver_retry_max_s: float = Field(default=3600.0, gt=0)
    """The most seconds between two attempts to deliver."""

    erp_bad_rows: Literal["skip", "refuse"] = "skip"
    """What a bad row in a file of the ERP does: only it is left out, or the file."""

    gs1_prefix: str = Field(default="", pattern="^([0-9]{4,12})?$")
    """Our GS1 company prefix: packages without an SSCC get one of its numbers."""
    sscc_extension: str = Field(default="0", pattern="^[0-9]$")
    """First digit of the SSCCs that we give; others remain for other systems."""

    alert_to: str = ""
    """Who is told of what no rule of a partner covers: mail addresses and names of
    webhooks with commas between them. Nobody: only the log."""
    alert_group_s: float = Field(default=60.0, ge=0)
    """Seconds that equal causes are collected for one message."""
    alert_most: int = Field(default=50, ge=1)
    """How often a cause may come in ``GATEWAY_ALERT_WINDOW_S`` and still be told."""
    alert_window_s: float = Field(default=3600.0, gt=0)
    """Seconds within which ``GATEWAY_ALERT_MOST`` counts."""
    alert_calm_s: float = Field(default=3600.0, gt=0)
    """Seconds without a cause after which a silenced one is told again."""
    alert_days: int = Field(default=90, ge=1)
    """Days that alerts are kept."""
    expiring_days: int = Field(default=30, ge=0)
    """Days before the end of a key to the door that are told; ``doctor`` warns so long
    before the end of a certificate."""
    webhooks: Mapping[str, Webhook] = Field(default_factory=dict)
    """Where events are posted to, as JSON: ``{"ops": {"url": "https://...", "secret":
    "whsec_..."}}``. Two secrets with a blank between them while they rotate."""
    webhook_timeout_s: float = Field(default=10.0, gt=0)
    """Seconds that a webhook has to answer."""
    webhook_networks: str = ""
    """Networks of our own that events may be posted into, commas between, such as
    ``127.0.0.0/8`` on a test machine; there http will do. None: https to public
    addresses only."""
    webhook_retry_days: float = Field(default=3.0, gt=0)
    """Days that an event is posted again and again before it is given up."""
    webhook_days: int = Field(default=30, ge=1)
    """Days that events are kept for a replay."""
    smtp_host: str = ""
    """The mail server for alerts; none: mail addresses are not told."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """Its port."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; without STARTTLS where it is asked: no mail."""
    smtp_ca_file: str = ""
    """A file of certificates that the server's may lead to; without: the system's."""
    smtp_user: str = ""
    """The name to log in with; without: no login."""
    smtp_password: SecretStr = SecretStr("")
    """The password to log in with."""
    smtp_from: str = "gateway@localhost"
    """The address that mails come from, or ``Name <address>``; letters beyond ASCII
    have a place in the name only."""
    smtp_timeout_s: float = Field(default=10.0, gt=0)
    """Seconds that the server has for each answer; three times as long in all."""

    metrics: Literal["key", "loopback", "off"] = "key"
    """Who may read ``/metrics``: a key to everything, the machine itself, or nobody."""
    disk_reserve_bytes: int = Field(default=256 * MIB, ge=0)
    """With less disk free than this the gateway is not ready (256 MiB)."""

    retain_messages_days: int = Field(default=0, ge=0)
    """Days that transmissions and messages are kept; 0: for ever."""
    retain_payloads_days: int = Field(default=0, ge=0)
    """Days that the bytes of transmissions and messages are kept; 0: for ever."""
    retain_events_days: int = Field(default=0, ge=0)
    """Days that events are kept; 0: for ever. The chain stays verifiable."""
    idempotency_days: int = Field(default=400, ge=1)
    """Days that interchange numbers and delivery keys are kept; then they may recur."""
    busy_timeout_s: float = Field(default=30.0, gt=0)
    """Seconds that a transaction waits for another one's locks."""

    @field_validator("trusted_proxies", "as2_mdn_networks", "webhook_networks")
    @classmethod
    def _is_networks(cls, text: str) -> str:
        for one in filter(None, map(str.strip, text.split(","))):
            ip_network(one)
        return text

    @field_validator("alert_to")
    @classmethod
    def _is_targets(cls, text: str) -> str:
        for one in filter(None, map(str.strip, text.split(","))):
            if not _TARGET.fullmatch(one):
                raise ValueError(f"{one!r} is no mail address and no webhook's name")
        return text

    @field_validator("smtp_from")
    @classmethod
    def _is_sender(cls, text: str) -> str:
        if not _SENDER.fullmatch(text):
            raise ValueError("write gateway@example.com or Name <gateway@example.com>")
        return text

    @field_validator("database_url")
    @classmethod
    def _beside_the_rest(cls, url: str, info: ValidationInfo) -> str:
        if url:
            if not _DATABASE.fullmatch(url):
                raise ValueError(_NO_DATABASE)
            return url
        if "home" not in info.data:
            return url
        return sqlite_url(info.data["home"] / "gateway.sqlite3")
