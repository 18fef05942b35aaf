"""Days and moments as the API takes them: written out, never counted in seconds."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

__all__ = ["AwareMoment", "Day", "Moment"]

_WRITTEN = re.compile(r"\s*\d{4}-\d\d-\d\d", re.ASCII)


def _written(value: object) -> object:
    """The value, unless it is a number: ``20261122`` would be a day of 1970."""
    if isinstance(value, int | float) or (
        isinstance(value, str) and not _WRITTEN.match(value)
    ):
        raise PydanticCustomError(
            "not_written_out", "days are written like 2026-11-22 (RFC 3339)"
        )
    return value


Day = Annotated[dt.date, BeforeValidator(_written)]
"""A day, like 2026-11-22."""
Moment = Annotated[dt.datetime, BeforeValidator(_written)]
"""A moment, like 2026-11-22T09:30:00Z; a day alone is its begin."""
AwareMoment = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A moment with its offset."""
