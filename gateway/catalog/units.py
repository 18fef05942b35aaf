"""What a unit code means: X12 DE 355, UN/CEFACT Rec 20 and 21, and common aliases.

A row names one meaning by its Rec 20 (or Rec 21) code, then the codes that X12 DE 355
has for it, then other codes of Rec 20 and 21, then what senders write instead. The
same two letters may mean different things: CA is a case in X12 and a can in Rec 21. So
a code is read by the standard that carried it. How many pieces a case holds is never
here: that is the item's own factor. Made from the published code lists, in our words.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# fmt: off
_UNITS: tuple[tuple[str, str, str, str], ...] = (
    # meaning, X12 DE 355, Rec 20 and 21, aliases
    ("C62", "EA PC UN", "C62 H87 EA NIU NAR", "PCE PCS STK EACH PIECE UNIT 1"),
    ("CS", "CA", "CS XCS", "CASE CSE"),
    ("CT", "CT", "CT XCT", "CTN CARTON"),
    ("BX", "BX", "BX XBX", "BOX"),
    ("PK", "PK", "PK XPK", "PACK PACKAGE PKG"),
    ("PA", "", "PA XPA", "PKT PACKET"),
    ("BG", "BG", "BG XBG", "BAG"),
    ("BO", "BO", "BO XBO", "BOTTLE BTL"),
    ("CX", "CN", "CX XCX CA XCA", "CAN"),
    ("DR", "DR", "DR XDR", "DRUM"),
    ("JR", "JR", "JR XJR", "JAR"),
    ("TU", "TB", "TU XTU", "TUBE"),
    ("RO", "RL", "RO XRO", "ROLL"),
    ("PX", "PL PF", "PX XPX", "PALLET PAL"),
    ("PL", "PA", "XPL PL", "PAIL"),
    ("BE", "BD", "BE XBE", "BUNDLE BDL"),
    ("RM", "RM", "RM", "REAM"),
    ("LEF", "SH", "LEF", "SHEET SHT"),
    ("SET", "ST", "SET", "SETS"),
    ("KT", "KT", "KT", "KIT"),
    ("AS", "AS", "AS", "ASSORTMENT"),
    ("PR", "PR", "PR NPR", "PAIR"),
    ("DZN", "DZ", "DZN", "DOZEN DOZ"),
    ("GRO", "GS", "GRO", "GROSS"),
    ("TP", "TP", "TP", "TENPACK"),
    ("CEN", "HU", "CEN", "HUNDRED"),
    ("MIL", "TH", "MIL T3", "THOUSAND"),
    ("KGM", "KG", "KGM", "KILOGRAM KILO KGS"),
    ("GRM", "GR", "GRM", "GRAM G"),
    ("MGM", "ME", "MGM", ""),
    ("TNE", "MP", "TNE", "TONNE"),
    ("LBR", "LB", "LBR", "LBS POUND"),
    ("ONZ", "OZ", "ONZ", "OUNCE"),
    ("STN", "TN", "STN", ""),
    ("LTR", "LT", "LTR", "LITER LITRE L"),
    ("MLT", "ML", "MLT", "MILLILITER MILLILITRE"),
    ("GLL", "GA", "GLL", "GALLON GAL"),
    ("QT", "QT", "QT QTL", "QUART"),
    ("PT", "PT", "PT PTL", "PINT"),
    ("OZA", "FO", "OZA", "FLOZ"),
    ("MTR", "MR", "MTR", "METER METRE M"),
    ("CMT", "CM", "CMT", "CENTIMETER CENTIMETRE"),
    ("MMT", "MM", "MMT", "MILLIMETER MILLIMETRE"),
    ("KMT", "DK", "KMT KTM", "KM"),
    ("FOT", "FT", "FOT", "FOOT FEET"),
    ("LF", "LF", "LF", "LINEARFOOT"),
    ("INH", "IN", "INH", "INCH"),
    ("YRD", "YD", "YRD", "YARD"),
    ("SMI", "DH", "SMI", "MILE"),
    ("MTK", "SM", "MTK", "M2 SQM"),
    ("FTK", "SF", "FTK", "SQFT FT2"),
    ("YDK", "SY", "YDK", "SQYD"),
    ("MTQ", "CR", "MTQ", "M3 CBM"),
    ("FTQ", "CF", "FTQ", "FT3"),
    ("YDQ", "CY", "YDQ", "YD3"),
    ("HUR", "HR", "HUR", "HOUR H"),
    ("DAY", "DA", "DAY", "DAYS"),
    ("WEE", "WK", "WEE", "WEEK"),
    ("MON", "MO", "MON", "MONTH"),
    ("ANN", "YR", "ANN", "YEAR"),
    ("MIN", "MJ", "MIN", "MINUTE"),
    ("KWH", "KH", "KWH", ""),
    ("E48", "", "E48", "SERVICE"),
    ("LO", "LO", "LO", "LOT JOB"),
)
# fmt: on


def _column(column: int) -> dict[str, str]:
    return {code: row[0] for row in _UNITS for code in row[column].split()}


_ALIASES = _column(3)
_REC20 = _column(2)
_X12 = _column(1)

# Rec 20 has ST for sheets, German senders write it for pieces, X12 for sets: outside of
# X12 nobody can tell.
_READ_BY_X12_ONLY = {"ST"}

# Each standard's own codes first; the others only where they take nobody's place.
_BY_STANDARD: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "x12": MappingProxyType(_ALIASES | _REC20 | _X12),
        "rec20": MappingProxyType(
            {
                code: meant
                for code, meant in (_ALIASES | _X12 | _REC20).items()
                if code not in _READ_BY_X12_ONLY
            }
        ),
    }
)
_READ_AS_REC20 = frozenset({"edifact", "ubl", "cxml", "json"})


def meaning(code: str, standard: str = "x12") -> str:
    """The Rec 20 or 21 code of what ``code`` means; empty when nobody knows it.

    ``standard`` is ``Source.standard``. A catalog's codes are read as X12 first.
    """
    table = _BY_STANDARD["rec20" if standard in _READ_AS_REC20 else "x12"]
    return table.get(code) or table.get(code.strip().upper(), "")


def is_rec20(code: str) -> bool:
    """Whether Rec 20 or 21 has this very code, as far as the table knows them."""
    return code in _REC20


def rec20_of(code: str) -> str:
    """A catalog's code as Rec 20 or 21 has it; as it is where nobody knows it.

    One that they have for the same thing stays: EA, which many expect and not C62.
    """
    meant = meaning(code)
    plain = code.strip().upper()
    return plain if _REC20.get(plain) == meant and meant else meant or code
