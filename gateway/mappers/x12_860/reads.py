"""The element places that the mapper uses with meaning."""

from __future__ import annotations

_USED = {
    "BCH": (1, 2, 3, 4, 5, 6, 9, 11, 14),
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
    "POC": (1, 2, 3, 4, 5, 6, 7, *range(9, 28, 2)),
    "LIN": (*range(3, 32, 2),),
    "CTP": (2, 3, 4, 5, 6, 9),
    "PID": (1, 2, 3, 4, 5),
    "PO4": (1, 2, 3, 4, 6, 7, 8, 9, 14),
    "CN1": (4,),
    "SDQ": (1, 2, *range(3, 23)),
    "SCH": (1, 2, 3, 4, 5, 6, 8, 9, 11),
}

READS: frozenset[str] = frozenset(
    f"{tag}-{element:02d}" for tag, elements in _USED.items() for element in elements
)
"""Places as ``POC-03``; a code that the standard lacks elsewhere harms no change."""
