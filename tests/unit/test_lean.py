"""What dataclasses share instead of compiling it is what it was."""

from __future__ import annotations

import sys
from dataclasses import FrozenInstanceError, dataclass, fields
from types import ModuleType
from typing import Any

import pytest

OURS = """
from __future__ import annotations
from dataclasses import dataclass

@dataclass(frozen=True, slots=True)
class Part:
    sku: str
    qty: int = 1

@dataclass(frozen=True)
class Priced(Part):
    price: int = 0

    def __init__(self, sku):
        super().__init__(sku, 2)
"""


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of the gateway whose classes were never used."""
    module = ModuleType("gateway.parts_of_a_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(OURS, vars(module))  # noqa: S102  # ours
    return module


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


def test_what_is_compiled_at_its_first_call_does_what_it_did(ours):
    one, same, other = ours.Part("a"), ours.Part(sku="a", qty=1), ours.Part("b", 3)
    assert one == same
    assert one != other
    assert one != "a"
    assert hash(one) == hash(same) == hash(("a", 1))
    assert {one: 1}[same] == 1
    assert [field.name for field in fields(ours.Part)] == ["sku", "qty"]


def test_what_is_compiled_at_its_first_call_says_what_is_missing(ours):
    for _ in range(2):  # the first call, and those that follow
        with pytest.raises(TypeError, match=r"Part\.__init__\(\) missing 1 .* 'sku'"):
            ours.Part()


def test_a_method_is_compiled_once_for_the_class_that_has_it(ours):
    first = {name: vars(ours.Part)[name] for name in ("__init__", "__eq__", "__hash__")}
    one = ours.Priced("a")
    assert (one.sku, one.qty) == ("a", 2)
    assert ours.Part("a") == ours.Part("a")
    assert hash(ours.Part("a")) == hash(ours.Part("a"))
    made = {name: vars(ours.Part)[name] for name in first}
    assert not {*first.values()} & {*made.values()}
    assert {each.__qualname__ for each in made.values()} == {
        f"Part.{name}" for name in first
    }
    assert made["__init__"].__code__.co_varnames == ("self", "sku", "qty")
    assert hash(ours.Part("b")) != hash(ours.Part("a")) == hash(ours.Part("a"))
    assert {name: vars(ours.Part)[name] for name in first} == made
