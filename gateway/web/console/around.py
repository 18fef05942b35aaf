"""Long things are shown a part at a time."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Around", "first_of"]


@dataclass(frozen=True, slots=True)
class Around:
    """Where a part begins, and the ones before and behind it; none: there is none."""

    first: int
    total: int
    size: int
    shown: int

    @property
    def before(self) -> int | None:
        """Where the part before it begins."""
        return max(0, self.first - self.size) if self.first else None

    @property
    def behind(self) -> int | None:
        """Where the next part begins."""
        after = self.first + self.shown
        return after if after < self.total else None


def first_of(part: str) -> int:
    """Where the part begins that an address asks for; 0 where it is no number."""
    return int(part) if part.isascii() and part.isdigit() and len(part) < 12 else 0
