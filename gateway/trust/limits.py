"""How much of anything a CMS message may hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds for one CMS layer.

    ``structure_bytes`` is for what is read whole: recipients, certificates, signers.
    ``content_bytes`` is for what streams through, opened. Decompression stops at
    ``ratio`` times what came in, after the first ``free_bytes``.
    """

    structure_bytes: int = 256 * 1024
    content_bytes: int = 4 * 1024**3
    ratio: int = 200
    free_bytes: int = 8 * 1024 * 1024
    recipients: int = 256
    signers: int = 16


LIMITS = Limits()
"""The limits that are meant when none are given."""
