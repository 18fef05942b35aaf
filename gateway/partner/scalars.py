"""The kinds of text that a profile's values are: codes, separators, decimals.

YAML scalars arrive as strings, so each kind reads its own text and says in one
sentence what it wants.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from gateway.findings.codes import CODES
from gateway.partner.place import PLACE_PATTERN, Place, parse_place

__all__ = [
    "Amount",
    "AnyFindingCode",
    "At",
    "Clock",
    "Cron",
    "ErrorCode",
    "FindingCode",
    "Form",
    "GraceDays",
    "Hours",
    "InFlight",
    "Key",
    "Moment",
    "Name",
    "PackageType",
    "PartnerId",
    "Qualifier",
    "SecretRef",
    "Separator",
    "Suffix",
    "Target",
    "Terminator",
    "Text",
    "Times",
    "Version",
    "Wait",
    "X12Id",
    "Zone",
    "counted",
    "like",
    "mistake",
    "one_or_several",
]

# Findings of these rooms have a severity that a guide may change; what a business
# finding leads to stands in the policy.
_GUIDE_PREFIXES = ("WIRE-", "ENV-", "SYN-", "IMP-", "MAP-", "CXM-")


class Form(BaseModel):
    """A part of a profile: frozen, and a key it does not know is a fault."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
    )


def mistake(want: str) -> PydanticCustomError:
    """What a value should have been, as the half sentence behind ``write``."""
    return PydanticCustomError("want", "{want}", {"want": want})


def _like(pattern: str, want: str) -> Callable[[object], str]:
    """A reader of texts that match a pattern from end to end."""
    form = re.compile(pattern)

    def read(value: object) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise mistake(want)
        return value

    return read


def _text(pattern: str, want: str, *, number: bool = False) -> tuple[Any, Any]:
    kind: str | list[str] = ["string", "integer"] if number else "string"
    schema = {"type": kind, "pattern": f"^({pattern})$"}
    return PlainValidator(_like(pattern, want)), WithJsonSchema(schema)


def _amount(value: object) -> Decimal:
    """A decimal of zero or more; at most 12 digits on each side of the point."""
    try:
        number = Decimal(value) if isinstance(value, str | Decimal) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < Decimal(10) ** 12:
        raise mistake("a decimal number of zero or more, like 2.5")
    return number


def _whole(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) < 10:
            number = int(text)
            if low <= number <= high:
                return number
        raise mistake(f"a whole number from {low} to {high}")

    return read


_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{5,8}(Z|[+-][0-9]{2}:[0-9]{2}))?"


def _moment(value: object) -> datetime:
    """A day, which begins in UTC, or a time with its offset."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(_MOMENT, value):
        try:
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            pass
    raise mistake("a day like 2027-01-31, or a time like 2027-01-31T06:00Z")


def like(pattern: str, want: str) -> tuple[Any, Any]:
    """A kind of text: the pattern from end to end, and what to write else."""
    return _text(pattern, want)


def counted(low: int, high: int) -> tuple[Any, Any]:
    """A kind of whole number."""
    bounds = {"minimum": low, "maximum": high}
    return BeforeValidator(_whole(low, high)), WithJsonSchema(_DIGITS | bounds)


def one_or_several(value: object) -> object:
    """A single word or mapping stands for a list of one."""
    return [value] if isinstance(value, str | dict) else value


def _separator(value: object) -> str:
    if (
        not isinstance(value, str)
        or len(value) != 1
        or value.isalnum()
        or not value.isascii()
        or value == " "
    ):
        raise mistake("one character that is no letter, digit or blank")
    return value


def _terminator(value: object) -> str:
    """One separator, or the pair CR LF."""
    return "\r\n" if value == "\r\n" else _separator(value)


_CRON_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), None)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CRON = "five fields, like 0 6,18 * * mon-fri: minute hour day month weekday by name"


def _cron(value: object) -> str:
    """Minute, hour, day, month, weekday; each * or a list of values and ranges.

    Weekdays have names only: programs disagree about their numbers.
    """
    fields = value.lower().split() if isinstance(value, str) else []
    if len(fields) != len(_CRON_BOUNDS):
        raise mistake(_CRON)
    for field, bounds in zip(fields, _CRON_BOUNDS, strict=True):
        for part in field.split(","):
            if not _is_cron_part(part, bounds):
                raise mistake(_CRON)
    return " ".join(fields)


def _is_cron_part(part: str, bounds: tuple[int, int] | None) -> bool:
    span, slash, step = part.partition("/")
    if slash and not (re.fullmatch(r"[1-9][0-9]?", step) and bounds):
        return False
    if span == "*":
        return True
    ends = span.split("-")
    if slash and len(ends) == 1:
        return False
    if bounds is None:
        known = [_DAYS.index(end) for end in ends if end in _DAYS]
        low, high = 0, 6
    else:
        known = [int(end) for end in ends if re.fullmatch("[0-9]{1,2}", end)]
        low, high = bounds
    inside = all(low <= number <= high for number in known)
    return len(known) == len(ends) <= 2 and inside and known == sorted(known)


def _place(value: object) -> Place:
    if isinstance(value, Place):
        return value
    place = parse_place(value) if isinstance(value, str) else None
    if place is None:
        raise PydanticCustomError(
            "place", "a place as SEG-NN, with the loops in front: PO1/N1-03"
        )
    return place


def _finding_code(value: object) -> str:
    if value in CODES and str(value).startswith(_GUIDE_PREFIXES):
        return str(value)
    raise mistake("the code of a WIRE, ENV, SYN, IMP, MAP or CXM finding")


def _any_finding_code(value: object) -> str:
    if isinstance(value, str) and value in CODES:
        return value
    raise mistake("the code of a finding, like CAT-301")


_DIGITS: dict[str, Any] = {"type": ["string", "integer"], "pattern": r"^[0-9]+$"}

Text = Annotated[str, Field(min_length=1, max_length=500)]
PartnerId = Annotated[
    str,
    *_text(
        r"[a-z0-9][a-z0-9-]{0,39}",
        "up to 40 small letters, digits and hyphens, a letter or digit first",
    ),
]
Key = Annotated[
    str, *_text(r"[a-z][a-z0-9_]{0,39}", "small letters, digits and underscores")
]
Name = Annotated[
    str,
    *_text(r"[A-Za-z0-9_-]{1,40}", "up to 40 letters, digits, hyphens, underscores"),
]
Qualifier = Annotated[
    str, *_text(r"[A-Z0-9]{1,3}", "a code of capital letters and digits, like ZZ")
]
X12Id = Annotated[
    str, *_text(r"[!-~]([ -~]{0,13}[!-~])?", "1 to 15 characters, no blanks around")
]
Version = Annotated[
    str,
    *_text(
        r"[0-9]{5,6}[A-Z0-9]{0,6}",
        "a version as GS08 or ISA12 has it, like 004010 (in quotes)",
    ),
]
MessageVersion = Annotated[
    str,
    *_text(
        r"[0-9]{5,6}[A-Z0-9]{0,6}|D[0-9]{2}[A-Z]|1\.2(\.[0-9]{3})?|2\.1",
        "a version like 004010 (GS08), 1.2 (cXML) or 2.1 (UBL), in quotes, or a "
        "directory, D96A",
    ),
]
EdifactId = Annotated[
    str, *_text(r"[!-~]([ -~]{0,33}[!-~])?", "1 to 35 characters, no blanks around")
]
EdifactQualifier = Annotated[
    str, *_text(r"[A-Z0-9]{1,4}", "a code of capital letters and digits, like 14")
]
ErrorCode = Annotated[
    str, *_text(r"[!-~]([ -~]{0,6}[!-~])?", "1 to 8 characters, no blanks around")
]
Association = Annotated[
    str, *_text(r"[A-Z0-9.]{1,6}", "1 to 6 capital letters and digits, like EAN008")
]
PackageType = Annotated[
    str,
    *_text(r"[A-Z0-9]{1,7}", "a code of capital letters and digits, like CT or 201"),
]
Suffix = Annotated[
    str, *_text(r"(\r\n|\r|\n)?", 'nothing, "\\n" or "\\r\\n" (in double quotes)')
]
Separator = Annotated[
    str,
    PlainValidator(_separator),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 1}),
]
Terminator = Annotated[
    str,
    PlainValidator(_terminator),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 2}),
]
Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    WithJsonSchema(
        {"type": ["string", "number"], "pattern": r"^[0-9]+(\.[0-9]+)?$", "minimum": 0}
    ),
]
Hours = Annotated[
    int, BeforeValidator(_whole(1, 8760)), WithJsonSchema(_DIGITS | {"minimum": 1})
]
Moment = Annotated[
    datetime,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": f"^{_MOMENT}$"}),
]
GraceDays = Annotated[
    int, BeforeValidator(_whole(0, 365)), WithJsonSchema(_DIGITS | {"minimum": 0})
]
Wait = Annotated[
    int, BeforeValidator(_whole(0, 8760)), WithJsonSchema(_DIGITS | {"minimum": 0})
]
Clock = Annotated[
    str, *_text(r"([01][0-9]|2[0-3]):[0-5][0-9]", 'a time of day, like "22:00"')
]
Cron = Annotated[
    str, PlainValidator(_cron), WithJsonSchema({"type": "string", "minLength": 9})
]
InFlight = Annotated[
    int,
    BeforeValidator(_whole(1, 64)),
    WithJsonSchema(_DIGITS | {"minimum": 1, "maximum": 64}),
]
Zone = Annotated[
    str,
    *_text(
        r"[A-Za-z0-9_+-]{1,30}(/[A-Za-z0-9_+-]{1,30}){0,2}",
        "a time zone, like Europe/Paris",
    ),
]
Target = Annotated[
    str,
    *_text(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,250}"
        r"|[a-z][a-z0-9_-]{0,39}",
        "a mail address, or the name of a webhook in small letters",
    ),
]
SecretRef = Annotated[
    str,
    *_text(
        r"env:[A-Za-z_][A-Za-z0-9_]{0,79}|file:/[!-~]{1,400}"
        r"|secret:[a-z0-9][a-z0-9._-]{0,79}",
        "where the secret is: env:NAME, file:/PATH or secret:NAME; never itself",
    ),
]
"""A reference to a secret, which stands in no profile and no log."""
Times = Annotated[
    int, BeforeValidator(_whole(0, 999_999)), WithJsonSchema(_DIGITS | {"minimum": 0})
]
At = Annotated[
    Place,
    PlainValidator(_place),
    WithJsonSchema({"type": "string", "pattern": PLACE_PATTERN}),
]
AnyFindingCode = Annotated[
    str,
    PlainValidator(_any_finding_code),
    WithJsonSchema({"type": "string", "pattern": r"^[A-Z0-9]{3,4}-[0-9]{3}$"}),
]
FindingCode = Annotated[
    str,
    PlainValidator(_finding_code),
    WithJsonSchema({"type": "string", "pattern": r"^(WIRE|ENV|SYN|IMP|MAP)-[0-9]{3}$"}),
]
