"""Content models: what may stand in an element."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cxml_punchout.content import (
    Content,
    Particle,
    choice,
    named,
    repeated,
    sequence,
)

Model = tuple[Particle, str]
"""A content model, and the regular expression that says the same."""


def one(name: str) -> Model:
    return named(name), name


def both(pair: tuple[Model, Model]) -> Model:
    return sequence(pair[0][0], pair[1][0]), f"(?:{pair[0][1]}{pair[1][1]})"


def either(pair: tuple[Model, Model]) -> Model:
    return choice(pair[0][0], pair[1][0]), f"(?:{pair[0][1]}|{pair[1][1]})"


def again(model: Model, mark: str) -> Model:
    made = repeated(model[0], empty=mark in "?*", often=mark in "+*")
    return made, f"(?:{model[1]}){mark}"


MODELS = st.recursive(
    st.sampled_from("abc").map(one),
    lambda inner: (
        st.tuples(inner, inner).map(both)
        | st.tuples(inner, inner).map(either)
        | st.builds(again, inner, st.sampled_from("?*+"))
    ),
    max_leaves=6,
)


@given(MODELS, st.lists(st.text("abcd", max_size=6), max_size=8))
def test_a_model_takes_what_a_regular_expression_takes(model: Model, tries: list[str]):
    content = Content(model[0])
    for children in tries:
        fits = re.fullmatch(model[1], children) is not None
        assert (content.misfit(children) is None) is fits


HEADER = Content(sequence(named("A"), repeated(named("B"), empty=True, often=True)))


@pytest.mark.parametrize(
    ("children", "misfit"),
    [
        ("A", None),
        ("ABB", None),
        ("", (0, ("A",))),
        ("B", (0, ("A",))),
        ("ABA", (2, ("B",))),
    ],
)
def test_a_misfit_is_told_with_what_could_have_stood_there(children, misfit):
    assert HEADER.misfit(children) == misfit


def test_a_model_that_is_ambiguous_is_taken_too():
    twice = sequence(repeated(named("A"), empty=True, often=False), named("A"))
    assert Content(twice).misfit("A") is None
    assert Content(twice).misfit("AA") is None
