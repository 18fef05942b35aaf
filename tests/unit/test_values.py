"""Values that are made fast are as frozen as the others."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from gateway.values import changed, swift


@swift
@dataclass(frozen=True, slots=True)
class Shelf:
    number: int
    label: str = ""
    boxes: list[str] = field(default_factory=list, kw_only=True)


@dataclass(frozen=True, slots=True)
class Usual:
    number: int
    label: str = ""
    boxes: list[str] = field(default_factory=list, kw_only=True)


def test_a_swift_value_is_frozen():
    shelf = Shelf(1)
    with pytest.raises(FrozenInstanceError):
        shelf.number = 2  # type: ignore[misc]


def test_a_swift_value_is_of_its_own_class():
    assert type(Shelf(1)) is Shelf


def test_it_takes_what_the_usual_one_takes():
    swift_, usual = inspect.signature(Shelf), inspect.signature(Usual)
    kinds = [(p.name, p.kind) for p in swift_.parameters.values()]
    assert kinds == [(p.name, p.kind) for p in usual.parameters.values()]


def test_defaults_are_filled_in_each_for_itself():
    one, other = Shelf(1), Shelf(1, "a", boxes=["b"])
    assert (one.label, one.boxes) == ("", [])
    assert (other.label, other.boxes) == ("a", ["b"])
    assert one.boxes is not Shelf(1).boxes


@pytest.mark.parametrize("wrong", [{}, {"number": 1, "colour": "red"}])
def test_what_is_missing_or_unknown_is_refused(wrong: dict[str, object]):
    with pytest.raises(TypeError):
        Shelf(**wrong)  # type: ignore[arg-type]


def test_it_can_be_replaced_copied_and_pickled():
    shelf = Shelf(1, "a")
    assert replace(shelf, number=2) == Shelf(2, "a")
    assert copy.copy(shelf) == shelf
    assert pickle.loads(pickle.dumps(shelf)) == shelf  # noqa: S301  our own


def test_a_value_is_changed_as_the_usual_replace_does_it():
    shelf = Shelf(1, "left", boxes=["a"])
    after = changed(shelf, label="right")
    assert after == replace(shelf, label="right")
    assert (shelf.label, after.boxes is shelf.boxes) == ("left", True)
    with pytest.raises(FrozenInstanceError):
        after.number = 2  # type: ignore[misc]


def test_what_is_no_field_cannot_be_changed():
    with pytest.raises(AttributeError):
        changed(Shelf(1), colour="red")
