"""A mapping that makes its values when they are looked up."""

import pytest

from gateway.edi.lazily import Lazily


def test_a_value_is_made_once_and_only_when_it_is_looked_up():
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name.lower()

    values = Lazily(["B", "A", "B"], make)

    assert list(values) == ["B", "A"]
    assert len(values) == 2
    assert "A" in values
    assert made == []
    assert [values["A"], values["A"]] == ["a", "a"]
    assert made == ["A"]


def test_a_name_that_is_not_there_has_no_value():
    values = Lazily(["A"], str.lower)

    assert "C" not in values
    assert values.get("C") is None
    with pytest.raises(KeyError):
        values["C"]


def test_it_equals_a_mapping_with_the_same_values():
    assert Lazily(["A", "B"], str.lower) == {"A": "a", "B": "b"}
