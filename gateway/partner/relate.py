"""Rules of a guide that join places: what one value asks of another place."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from gateway.partner.scalars import At, Form, Key, Qualifier, Text, Times, mistake

__all__ = ["Clause", "Pairs", "Relate"]


class Clause(Form):
    """Something is there: a segment, an element, or an element with a value."""

    at: At
    """The place."""
    value: Text | None = None
    """The value that it has."""
    values: tuple[Text, ...] = ()
    """The values of which it has one."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """The values in one tuple; empty when any value will do."""
        return self.values if self.value is None else (self.value, *self.values)

    def __str__(self) -> str:
        """As a sentence needs it: ``BEG-02 is RL``, ``PO1-04 is there``."""
        values = " or ".join(self.wanted)
        return f"{self.at} is {values}" if values else f"{self.at} is there"


def _clause(value: object) -> object:
    """A place alone stands for the clause that it is there."""
    return {"at": value} if isinstance(value, str) else value


def _clauses(value: object) -> object:
    """One clause stands for a list of one."""
    return [value] if isinstance(value, str | dict) else value


_Clause = Annotated[
    Clause, BeforeValidator(_clause, json_schema_input_type=Clause | str)
]
_Clauses = Annotated[
    tuple[_Clause, ...],
    BeforeValidator(_clauses, json_schema_input_type=Clause | str | list[Clause | str]),
]


class Relate(Form):
    """Where something is there, something else has to be, or must not be."""

    message: Key = "x12_850"
    """The message type the rule is about."""
    why: str = ""
    """The page of the guide, or the sample, that asks for it."""
    when: _Clauses = ()
    """The rule holds for each segment that the first clause meets, where all hold."""
    unless: _Clauses = ()
    """The rule does not hold where one of these does."""
    require: _Clauses = ()
    """What has to be there then."""
    forbid: _Clauses = ()
    """What must not be there then."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not (self.when or self.unless):
            raise mistake("when or unless, to say where the rule holds")
        if not (self.require or self.forbid):
            raise mistake("require or forbid, to say what follows")
        return self


class Pairs(Form):
    """Which qualifiers stand in a row of qualifier and value pairs, in any order."""

    message: Key = "x12_850"
    """The message type the rule is about."""
    why: str = ""
    """The page of the guide, or the sample, that asks for it."""
    at: At
    """The first qualifier of the row, like PO1-06; its value stands behind it."""
    pairs: Annotated[Times, Field(ge=1)] = 10
    """How many pairs the row has."""
    always: tuple[Qualifier, ...] = ()
    """Qualifiers of which each has to stand in the row."""
    only: tuple[Qualifier, ...] = ()
    """Qualifiers that may stand in the row; left out: all of the standard."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.at.element:
            raise mistake("at with an element, like PO1-06")
        if not (self.always or self.only):
            raise mistake("always or only, with qualifiers")
        return self
