"""One cause, one finding: a segment that stands elsewhere is not missing as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.edi.plan import Wanted


@dataclass(frozen=True, slots=True)
class _Lack:
    """A segment that was told as missing; ``number`` is that of the finding."""

    number: int
    tag: str
    position: int
    path: str
    wanted: Wanted | None


@dataclass(frozen=True, slots=True)
class _Stray:
    """A segment that was told as out of sequence."""

    tag: str
    position: int
    path: str
    elements: Sequence[str]


class Lacking:
    """What was told of one message as missing, and what stands in a wrong place."""

    def __init__(self, component: str) -> None:
        """``component`` is the separator of the message."""
        self._component = component
        self._lacks: list[_Lack] = []
        self._strays: list[_Stray] = []
        self._unknown: list[int] = []

    def missing(
        self,
        number: int,
        tag: str,
        position: int,
        path: str,
        wanted: Wanted | None = None,
    ) -> None:
        """Note the finding of a missing segment, or of one with a value."""
        self._lacks.append(_Lack(number, tag, position, path, wanted))

    def astray(
        self, tag: str, position: int, path: str, elements: Sequence[str]
    ) -> None:
        """Note a segment out of sequence."""
        self._strays.append(_Stray(tag, position, path, elements))

    def unknown(self, position: int) -> None:
        """Note a segment that may be any: its tag is not known here."""
        self._unknown.append(position)

    def is_told(self, tag: str, path: str, since: int, position: int) -> bool:
        """Whether the want of a segment is told by what was found before.

        It is missing whatever its value, or an unknown one stands where it was to
        stand: between ``since`` and ``position``.
        """
        if any(lack.tag == tag and lack.path == path for lack in self._lacks):
            return True
        for unknown in self._unknown:
            if since < unknown < position:
                self._unknown.remove(unknown)
                return True
        return False

    def settled(self) -> set[int]:
        """The numbers of the findings of segments that only stand elsewhere."""
        numbers: set[int] = set()
        for stray in self._strays:
            meant = (lack for lack in self._lacks if self._is_meant(stray, lack))
            found = next((n.number for n in meant if n.number not in numbers), None)
            if found is not None:
                numbers.add(found)
        return numbers

    def _is_meant(self, stray: _Stray, lack: _Lack) -> bool:
        near = abs(stray.position - lack.position) <= 1
        return (
            stray.tag == lack.tag
            and (near or not lack.path or _is_one_pass(stray.path, lack.path))
            and (
                lack.wanted is None
                or lack.wanted.holds([*stray.elements], self._component)
            )
        )


def _is_one_pass(one: str, other: str) -> bool:
    """Whether two places stand in one pass of a loop: ``PO1[2]/N1[1]``, ``PO1[2]``."""
    return bool(one) and one.partition("/")[0] == other.partition("/")[0]
