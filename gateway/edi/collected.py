"""The bytes of the message that is being read, as far as the limits allow."""

from __future__ import annotations

__all__ = ["Collected"]


class Collected:
    """What was read of a message since ``offset``; of one that is too long, its size.

    Each reader adds the segment that the message begins with.
    """

    __slots__ = ("long", "offset", "pieces", "size")

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.pieces: list[bytes] = []
        self.size = 0
        self.long = False

    def add(self, piece: bytes, limit: int) -> None:
        """Keep a piece, or nothing of the message once it is over ``limit`` bytes."""
        self.size += len(piece)
        if self.size > limit or self.long:
            self.pieces.clear()
        else:
            self.pieces.append(piece)

    def skip(self, size: int) -> None:
        """Count bytes of a segment that is over its limit, but keep nothing."""
        self.size += size
        self.long = True
        self.pieces.clear()
