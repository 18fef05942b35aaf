"""The element places that the mapper uses with meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_USED: Mapping[str, Sequence[int]] = {
    "BGM": (1, 2, 3, 4),
    "DTM": (1,),
    "RFF": (1,),
    "NAD": (1, 2, 3, 4, 5, 6, 7, 8, 9),
    "CTA": (1, 2),
    "COM": (1,),
    "CUX": (1,),
    "PAT": (1, 2, 3),
    "PYT": (1, 2, 3, 4, 5, 6),
    "PCD": (1,),
    "TOD": (2, 3),
    "LOC": (2,),
    "TDT": (3, 5),
    "SCC": (1, 2),
    "FTX": (1, 4, 5),
    "ALC": (1, 2, 3, 4, 5),
    "MOA": (1,),
    "RTE": (1,),
    "TAX": (2, 5, 6, 7),
    "LIN": (1, 3, 4),
    "PIA": (1, 2, 3, 4, 5, 6),
    "IMD": (1, 2, 3),
    "QTY": (1,),
    "PRI": (1,),
    "RNG": (2,),
    "CNT": (1,),
}
READS: frozenset[str] = frozenset(
    f"{tag}-{element:02d}" for tag, elements in _USED.items() for element in elements
)
"""Places as ``BGM-02``; a code that a directory lacks elsewhere harms no order."""
