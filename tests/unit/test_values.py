"""Values that are made fast are as frozen as the others."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import asdict, dataclass, field, fields, replace

import pytest

from gateway.values import changed, swift


@swift
@dataclass(frozen=True, slots=True)
class Shelf:
    number: int
    label: str = ""
    boxes: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.boxes


@dataclass(frozen=True, slots=True)
class Usual:
    number: int
    label: str = ""
    boxes: list[str] = field(default_factory=list)


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    number: int
    note: str = field(default="", repr=False, compare=False)
    """What it opens."""


def test_a_swift_value_is_frozen():
    shelf = Shelf(1)
    with pytest.raises(AttributeError):
        shelf.number = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del shelf.number


def test_a_swift_value_is_of_its_own_class():
    assert type(Shelf(1)) is Shelf
    assert (Shelf.__name__, Shelf.__module__) == ("Shelf", __name__)
    assert Shelf(1).is_empty


def test_it_takes_what_the_usual_one_takes():
    swift_, usual = inspect.signature(Shelf), inspect.signature(Usual)
    kinds = [(p.name, p.kind) for p in swift_.parameters.values()]
    assert kinds == [(p.name, p.kind) for p in usual.parameters.values()]


def test_dataclasses_know_it():
    assert [one.name for one in fields(Shelf)] == [one.name for one in fields(Usual)]
    assert asdict(Shelf(1)) == asdict(Usual(1))
    assert repr(Shelf(1, "a")) == repr(Usual(1, "a")).replace("Usual", "Shelf")


def test_values_are_compared_and_hashed_by_what_they_hold():
    assert Shelf(1, "a") == Shelf(1, "a") != Shelf(1, "b")
    assert Shelf(1) != Usual(1)  # type: ignore[comparison-overlap]  # that is the test
    assert len({Key(number=1), Key(number=1), Key(number=2)}) == 2


def test_a_field_that_is_not_compared_or_shown_stays_so():
    one, other = Key(number=1, note="a"), Key(number=1, note="b")
    assert (one, hash(one)) == (other, hash(other))
    assert repr(one) == "Key(number=1)"


def test_a_value_that_takes_names_only_is_not_made_by_place():
    with pytest.raises(TypeError):
        Key(1)  # type: ignore[call-arg]


def test_fields_by_place_and_by_name_are_not_mixed():
    @dataclass(frozen=True, slots=True)
    class Mixed:
        number: int
        label: str = field(default="", kw_only=True)

    with pytest.raises(AssertionError, match="Mixed mixes fields"):
        swift(Mixed)


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
    with pytest.raises(AttributeError):
        after.number = 2  # type: ignore[misc]


def test_what_is_no_field_cannot_be_changed():
    with pytest.raises(TypeError):
        changed(Shelf(1), colour="red")
