"""The time agreed on with a partner: clocks, working time, what lateness costs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from gateway.partner.scalars import (
    Amount,
    Clock,
    Form,
    Text,
    Zone,
    counted,
    like,
    mistake,
    one_or_several,
)

__all__ = [
    "Chargeback",
    "OpenHours",
    "Sla",
    "SlaClock",
    "SlaKind",
    "Span",
    "WorkingTime",
]


class SlaKind(StrEnum):
    """What a clock measures: from what comes until what leaves, or is answered."""

    MDN = "mdn"
    """Their AS2 message came: our receipt (MDN) leaves."""
    FUNCTIONAL_ACK = "functional_ack"
    """Their interchange came: our 997 or 999 leaves."""
    ORDER_ANSWER = "order_answer"
    """Their order came: our 855 leaves."""
    CHANGE_ANSWER = "change_answer"
    """Their change came, and nothing before it is missing: our 865 leaves."""
    SHIP_NOTICE = "ship_notice"
    """Our ERP told a shipment: the partner's 997 accepts our 856."""
    INVOICE = "invoice"
    """Our ERP told a shipment: the 810 or INVOIC that bills all of it leaves."""
    THEIR_FUNCTIONAL_ACK = "their_functional_ack"
    """A message of ours left: their 997 or 999 comes."""
    THEIR_MDN = "their_mdn"
    """A message of ours left by AS2: their receipt (MDN) comes."""
    HOLD = "hold"
    """An order is held: an operator decides it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: ``24 h``, or ``4 working h`` by the partner's calendar."""

    count: int
    unit: Unit
    working: bool = False

    @property
    def length(self) -> timedelta:
        """How long it lasts at least: as if every hour were a working hour.

        Working days are counted whole, so of them it is only known to be above zero.
        """
        if self.working and self.unit == "d":
            return timedelta(0)
        return self.count * _UNITS[self.unit]

    def __str__(self) -> str:
        """As a profile writes it."""
        return f"{self.count} {'working ' * self.working}{self.unit}"


Unit = Literal["min", "h", "d"]
_NAMES: dict[str, Unit] = {"min": "min", "h": "h", "d": "d"}
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SPAN = re.compile(r"([1-9][0-9]{0,2}) (working )?(min|h|d)")


def _span(value: object) -> Span:
    if isinstance(value, Span):
        return value
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise mistake("30 min, 24 h, 2 d, or 4 working h, 2 working d")
    return Span(int(found[1]), _NAMES[found[3]], bool(found[2]))


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise mistake("a day like 2026-12-25") from None


_SpanText = Annotated[
    Span,
    PlainValidator(_span),
    WithJsonSchema({"type": "string", "pattern": f"^{_SPAN.pattern}$"}),
]
_Day = Annotated[
    date,
    PlainValidator(_day),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]
_Percent = Annotated[int, *counted(1, 99)]
_Currency = Annotated[str, *like(r"[A-Z]{3}", "a currency like USD")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class OpenHours(Form):
    """The hours of a working day."""

    from_: Annotated[Clock, Field(alias="from")] = "09:00"
    """When they begin."""
    to: Clock = "17:00"
    """When they end; ``"00:00"``: at the end of the day."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.to != "00:00" and self.to <= self.from_:
            raise mistake('an end behind the beginning, or "00:00"')
        return self


class WorkingTime(Form):
    """When working hours and working days of a partner pass."""

    zone: Zone = "UTC"
    """The time zone, like ``America/Chicago``."""
    days: Annotated[
        tuple[Weekday, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Weekday | list[Weekday]),
        Field(min_length=1),
    ] = ("mon", "tue", "wed", "thu", "fri")
    """The working days: mon, tue, wed, thu, fri, sat, sun."""
    hours: OpenHours = OpenHours()
    """Their hours."""
    cut_off: Clock | None = None
    """What comes later in the day counts as come when the next working day begins."""
    holidays: tuple[_Day, ...] = ()
    """Days on which nobody works, like ``2026-12-25``."""


class SlaClock(Form):
    """By when something has to be done, and when it is told."""

    clock: SlaKind
    """What is measured: mdn, functional_ack, order_answer, change_answer, ship_notice,
    invoice, their_functional_ack, their_mdn or hold."""
    within: _SpanText
    """Until when it is in time: ``30 min``, ``24 h``, ``2 d``; ``4 working h`` or
    ``2 working d`` by the calendar, where days end with their hours."""
    warn_pct: _Percent = 75
    """Percent of that time after which operators are warned."""
    breach: _SpanText | None = None
    """From when it costs money, by the same start; left out: as soon as it is late."""

    @property
    def soonest(self) -> timedelta:
        """No warning comes before so much time has passed."""
        return self.within.length * self.warn_pct / 100


class Chargeback(Form):
    """What the partner deducts for one breach: the sum of the parts that are given."""

    clock: SlaKind
    """The clock that was not kept."""
    name: Text = "chargeback"
    """What the partner calls it."""
    currency: _Currency
    """Currency of all amounts (ISO 4217)."""
    fixed: Amount | None = None
    """An amount for each case."""
    pct: Amount | None = None
    """Percent of the value ``of``, where that is in the same currency."""
    of: Literal["order", "shipment"] = "order"
    """What the percentage is of: all that is ordered, or what is in the shipment."""
    per_line: Amount | None = None
    """An amount for each order line, or line of the shipment."""
    per_package: Amount | None = None
    """An amount for each package of the shipment."""
    per_day: Amount | None = None
    """An amount for each day, begun ones too, from the breach until it is done."""
    minimum: Amount | None = None
    """What is deducted at least."""
    maximum: Amount | None = None
    """What is deducted at most."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        parts = (self.fixed, self.pct, self.per_line, self.per_package, self.per_day)
        if all(part is None for part in parts):
            raise mistake("fixed, pct, per_line, per_package or per_day")
        if None not in (self.minimum, self.maximum) and (
            (self.minimum or 0) > (self.maximum or 0)
        ):
            raise mistake("a maximum of no less than the minimum")
        return self


class Sla(Form):
    """The time that is agreed on with a partner."""

    calendar: WorkingTime = WorkingTime()
    """When working hours and days pass."""
    clocks: tuple[SlaClock, ...] = ()
    """What is measured; each clock once."""
    chargebacks: tuple[Chargeback, ...] = ()
    """What breaches cost."""

    @model_validator(mode="after")
    def _are_known(self) -> Self:
        kinds = [one.clock for one in self.clocks]
        if len(set(kinds)) != len(kinds):
            raise mistake("each clock once")
        if not {one.clock for one in self.chargebacks} <= set(kinds):
            raise mistake("the clock of each chargeback under clocks")
        return self

    def clock(self, kind: SlaKind) -> SlaClock | None:
        """The clock of this kind, if it is agreed on."""
        return next((one for one in self.clocks if one.clock is kind), None)
