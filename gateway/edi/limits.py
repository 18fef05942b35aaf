"""How much a reader takes of one message."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is read at most, in bytes; more is a finding, never more memory."""

    message_bytes: int = 32 * 1024 * 1024
    segment_bytes: int = 64 * 1024
