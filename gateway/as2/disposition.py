"""Dispositions: what an MDN says became of a message (RFC 4130 §7.5, RFC 8098)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "MODE",
    "PROCESSED",
    "Disposition",
    "Modifier",
    "error",
    "failure",
    "read_disposition",
    "warning",
]

MODE = "automatic-action/MDN-sent-automatically"


class Modifier(StrEnum):
    """What stands behind the slash of a disposition type."""

    NONE = ""
    ERROR = "error"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Disposition:
    """``processed`` or ``failed`` with a modifier and its text.

    ``text`` is one of the words of the standard where we write it, and whatever came
    where we read it.
    """

    kind: str = "processed"
    modifier: Modifier = Modifier.NONE
    text: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the message was taken, with or without a warning."""
        taken = self.modifier in (Modifier.NONE, Modifier.WARNING)
        return self.kind == "processed" and taken

    def __str__(self) -> str:
        """As the field has it behind the semicolon."""
        if not self.modifier:
            return self.kind
        word = "Failure" if self.modifier is Modifier.FAILURE else str(self.modifier)
        return (
            f"{self.kind}/{word}: {self.text}" if self.text else self.kind + f"/{word}"
        )

    @property
    def field(self) -> str:
        """The whole value of the Disposition field."""
        return f"{MODE}; {self}"


PROCESSED = Disposition()


def error(text: str) -> Disposition:
    """``processed/error: ...``."""
    return Disposition("processed", Modifier.ERROR, text)


def failure(text: str) -> Disposition:
    """``failed/Failure: ...``: no MDN can be made in the way that was asked for."""
    return Disposition("failed", Modifier.FAILURE, text)


def warning(text: str) -> Disposition:
    """``processed/warning: ...``."""
    return Disposition("processed", Modifier.WARNING, text)


_MODE = re.compile(r"\s*(automatic|manual)-action\s*/[a-z\s-]*;?\s*", re.IGNORECASE)
_FIELD = re.compile(
    r"(?P<kind>[a-z-]+)\s*(?:/\s*(?P<modifier>[a-z-]*)\s*[:,]?\s*(?P<text>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_MODIFIERS = {one.value: one for one in Modifier} | {"failed": Modifier.FAILURE}
_MAX = 998


def read_disposition(
    value: str, errors: str = "", failures: str = "", warnings: str = ""
) -> Disposition | None:
    """The disposition of an MDN; nothing when the field does not hold one.

    Upper and lower case, blanks and the mode in front do not matter. The other values
    are the fields of RFC 3798 that may carry a modifier's text apart. A modifier that
    nobody knows is an error, and its text is kept.
    """
    text = _MODE.sub("", value[:_MAX], count=1)
    match = _FIELD.fullmatch(text.strip())
    if match is None:
        return None
    kind, word = match["kind"].lower(), (match["modifier"] or "").lower()
    said = match["text"] or ""
    apart = {"failure": failures, "error": errors, "warning": warnings}
    if not word:
        word = next((name for name, more in apart.items() if more.strip()), "")
    if word not in _MODIFIERS:
        word, said = "error", text.partition("/")[2]
    said = said if said.strip() else apart.get(word, "")
    return Disposition(kind, _MODIFIERS[word], " ".join(said.split()))
