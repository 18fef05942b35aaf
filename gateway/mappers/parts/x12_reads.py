"""The element places that orders and their changes are read from alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_USED: Mapping[str, Sequence[int]] = {
    "CUR": (2,),
    "REF": (1, 2, 3),
    "PER": (1, 2, 3, 4, 5, 6, 7, 8),
    "TAX": (1, 3, 12),
    "TXI": (1, 2, 3, 5, 6, 8, 9),
    "FOB": (1, 3, 4, 5),
    "CSH": (1,),
    "SAC": (1, 2, 5, 7, 8, 9, 10, 12, 13, 15),
    "ITD": (1, 2, 3, 4, 5, 6, 7, 8, 12),
    "DTM": (1, 2, 5, 6),
    "TD5": (2, 3, 4, 5, 12),
    "N9": (1, 3),
    "MSG": (1,),
    "MTX": (2, 3),
    "N1": (1, 2, 3, 4),
    "N2": (1, 2),
    "N3": (1, 2),
    "N4": (1, 2, 3, 4),
    "PWK": (1, 6, 7),
    "AMT": (1, 2),
    "LIN": (*range(3, 32, 2),),
    "CTP": (2, 3, 4, 5, 6, 9),
    "PID": (1, 2, 3, 4, 5),
    "PO4": (1, 2, 3, 4, 6, 7, 8, 9, 14),
    "CN1": (4,),
    "SDQ": (1, 2, *range(3, 23)),
    "SCH": (1, 2, 3, 4, 5, 6, 8, 9, 11),
}


def places(more: Mapping[str, Sequence[int]]) -> frozenset[str]:
    """Places as ``REF-02``: those, and what only this message type has."""
    used = {**_USED, **more}
    return frozenset(
        f"{tag}-{element:02d}" for tag, elements in used.items() for element in elements
    )
