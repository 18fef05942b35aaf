"""A partner's guide: where it asks for more, or less, than the standard does."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.findings.codes import Severity
from gateway.partner.relate import Pairs, Relate
from gateway.partner.scalars import At, FindingCode, Form, Key, Qualifier, Text, Times

__all__ = [
    "Forbid",
    "Guide",
    "MaxUse",
    "Narrow",
    "Qualifiers",
    "Require",
    "SeverityRule",
    "Tolerate",
    "Widen",
]

_Codes = Annotated[tuple[Text, ...], Field(min_length=1)]


class _Rule(Form):
    """What every rule says besides itself."""

    message: Key = "x12_850"
    """The message type the rule is about."""
    why: str = ""
    """The page of the guide, or the sample, that asks for it."""


class Require(_Rule):
    """The segment or element has to be there, or to be there with a value."""

    at: At
    """The place."""
    value: Text | None = None
    """The value that one occurrence must have."""
    values: tuple[Text, ...] = ()
    """The values of which one occurrence must have one."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """The values in one tuple; empty when any value will do."""
        return self.values if self.value is None else (self.value, *self.values)


class Forbid(_Rule):
    """The segment or element must not be there."""

    at: At
    """The place."""


class Narrow(_Rule):
    """The element takes only these codes."""

    at: At
    """The place."""
    values: _Codes
    """The codes that remain."""


class Widen(_Rule):
    """The element takes codes or lengths that the standard does not."""

    at: At
    """The place."""
    values: tuple[Text, ...] = ()
    """Codes taken besides the standard's."""
    min: Times | None = None
    """Fewest characters."""
    max: Times | None = None
    """Most characters."""


class MaxUse(_Rule):
    """The segment, or the loop it starts, may stand this often in its place."""

    at: At
    """The place of the segment."""
    max: Times
    """How often; more than the standard's number widens it."""


class Tolerate(_Rule):
    """A finding in this place does not reject the message."""

    code: FindingCode
    """The finding's code."""
    at: At
    """The place."""
    severity: Literal[Severity.ERROR, Severity.WARNING, Severity.NOTE] = (
        Severity.WARNING
    )
    """What it weighs instead."""


class SeverityRule(_Rule):
    """A finding weighs more or less than it usually does, everywhere or in a place."""

    code: FindingCode
    """The finding's code."""
    severity: Severity
    """What it weighs."""
    at: At | None = None
    """The place; left out: everywhere."""


class Qualifiers(Form):
    """Product id qualifiers (X12 DE 235), the preferred one first."""

    qualifiers: Annotated[tuple[Qualifier, ...], Field(min_length=1)]
    """The qualifiers in order of preference."""


class Guide(Form):
    """A partner's deviations from the standard, each with its reason."""

    require: tuple[Require, ...] = ()
    """What has to be there."""
    forbid: tuple[Forbid, ...] = ()
    """What must not be there."""
    narrow: tuple[Narrow, ...] = ()
    """Codes that remain."""
    widen: tuple[Widen, ...] = ()
    """Codes and lengths that are added."""
    max_use: tuple[MaxUse, ...] = ()
    """How often segments and loops may stand."""
    tolerate: tuple[Tolerate, ...] = ()
    """Faults that do not reject."""
    severity: tuple[SeverityRule, ...] = ()
    """Findings that weigh more or less."""
    relate: tuple[Relate, ...] = ()
    """What one value asks of another place."""
    pairs: tuple[Pairs, ...] = ()
    """Which qualifiers stand in a row of pairs."""
    sku: Qualifiers = Qualifiers(qualifiers=("VP", "VN", "SK", "VC"))
    """Which product ids of a line are our item numbers."""
    buyer_part: Qualifiers = Qualifiers(qualifiers=("BP", "IN", "CB", "PI"))
    """Which product ids of a line are the buyer's item numbers."""
