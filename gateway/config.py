"""The settings: environment variables with the prefix ``GATEWAY_``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Everything an operator can set. Each field is ``GATEWAY_`` and its name."""

    model_config = SettingsConfigDict(
        env_prefix="GATEWAY_", frozen=True, use_attribute_docstrings=True
    )

    home: Path = Path("gateway-data")
    """The folder of everything kept in files: database, payloads, partner folders."""
    database_url: str = Field(default="", validate_default=True)
    """An SQLAlchemy address. Without it: ``gateway.sqlite3`` in the home folder."""
    env: Literal["development", "production"] = "development"
    """What kind of installation this is. Nothing depends on it yet."""

    host: str = "127.0.0.1"
    """The address that ``serve`` listens on."""
    port: int = Field(default=8850, ge=0, le=65535)
    """The port that ``serve`` listens on; 0 takes any free one."""

    max_interchange_bytes: int = Field(default=256 * MIB, ge=1)
    """The longest transmission that a door takes in, in bytes (256 MiB)."""
    max_message_bytes: int = Field(default=32 * MIB, ge=1)
    """The longest message, ST to SE, that is read, in bytes (32 MiB)."""
    max_segment_bytes: int = Field(default=64 * 1024, ge=1)
    """The longest segment that is read, in bytes (64 KiB)."""
    payload_inline_bytes: int = Field(default=262_144, ge=0)
    """Payloads up to this size in bytes lie in the database, larger ones in files."""

    accept_batch: int = Field(default=200, ge=1, le=10_000)
    """How many concurrent receipts share one commit at most."""
    process_batch: int = Field(default=100, ge=1, le=10_000)
    """How many receipts are processed in one transaction at most."""
    process_batch_bytes: int = Field(default=16 * MIB, ge=1)
    """How many bytes of receipts go into one transaction; a larger one goes alone."""
    deliver_batch: int = Field(default=100, ge=1, le=10_000)
    """How many messages are leased for sending at once at most."""
    poll_interval_s: float = Field(default=0.5, gt=0)
    """Seconds that the engine and the folder door rest when nothing is due."""
    stable_for_s: float = Field(default=2.0, ge=0)
    """Seconds that a file must not change before it is picked up."""
    max_attempts: int = Field(default=5, ge=1)
    """How often a receipt is tried before it is put in quarantine (MAP-001)."""
    process_retry_s: float = Field(default=5.0, ge=0)
    """Seconds that a receipt rests after a failed attempt, times its attempts."""

    lease_s: float = Field(default=60.0, gt=0)
    """Seconds one sender holds a message; after a crash nobody else sends it sooner."""
    deliver_max_attempts: int = Field(default=20, ge=1)
    """How often a message is sent before it counts as failed (WIRE-020)."""
    deliver_retry_s: float = Field(default=15.0, gt=0)
    """Seconds after the first failed delivery; they double with every attempt."""
    deliver_retry_max_s: float = Field(default=3600.0, gt=0)
    """The most seconds between two attempts to deliver."""

    idempotency_days: int = Field(default=400, ge=1)
    """Days that interchange numbers and delivery keys are kept; then they may recur."""
    busy_timeout_s: float = Field(default=30.0, gt=0)
    """Seconds that SQLite waits for the transaction of another process."""

    @field_validator("database_url")
    @classmethod
    def _beside_the_rest(cls, url: str, info: ValidationInfo) -> str:
        if url or "home" not in info.data:
            return url
        return f"sqlite:///{info.data['home'] / 'gateway.sqlite3'}"
