"""Commands whose modules are read when they are called, so that each starts fast."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


class Commands(Mapping[str, Any]):
    """The commands of a group by their words, made as they are asked for.

    A place is ``module.function`` in this room, or a group of its own.
    """

    def __init__(self, places: Mapping[str, str | typer.Typer]) -> None:
        self._places = places
        self._made: dict[str, Any] = {}

    def __getitem__(self, word: str) -> Any:
        if word not in self._made:
            self._made[word] = _made(word, self._places[word])
        return self._made[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _made(word: str, place: str | typer.Typer) -> Any:
    if isinstance(place, typer.Typer):
        found = get_command(place)
        found.name = word
        return found
    module, _, name = place.partition(".")
    function = getattr(importlib.import_module(f"gateway.cli.{module}"), name)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(word)(function)
    return get_command(alone)


def group(about: str, places: Mapping[str, str | typer.Typer], **more: Any) -> Any:
    """A group of commands with what it is about; ``more`` is for Typer."""

    class Lazily(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.commands: Any = Commands(places)

    made = typer.Typer(
        cls=Lazily,
        help=about,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        **more,
    )
    made.callback()(_nothing)
    return made


def _nothing() -> None:
    """Makes it a group also while it has no commands of its own."""
