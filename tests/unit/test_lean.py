"""What dataclasses share instead of compiling it is what it was."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Label:
    text: str
    inner: object = None


@dataclass(slots=True)
class Knot:
    end: object = None


def test_a_value_shows_its_class_and_its_fields():
    assert repr(Label("a", 1)) == "Label(text='a', inner=1)"


def test_a_value_that_holds_itself_can_be_shown():
    knot = Knot()
    knot.end = knot
    assert repr(knot) == "Knot(end=...)"


def test_a_field_cannot_be_set():
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'text'"):
        Label("a").text = "b"  # type: ignore[misc]


def test_a_field_cannot_be_deleted():
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'text'"):
        del Label("a").text


def test_methods_carry_the_name_of_their_class():
    assert Label.__repr__.__qualname__ == "Label.__repr__"
    assert Label.__setattr__.__qualname__ == "Label.__setattr__"
