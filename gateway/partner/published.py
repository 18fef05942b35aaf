"""The profile's JSON Schema, for editors and other programs."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from textwrap import dedent
from typing import Any

from gateway.partner.profile import Profile
from gateway.partner.scalars import Form

__all__ = ["described_schema", "profile_schema"]


def profile_schema() -> str:
    """The JSON Schema (2020-12) of a profile, as the file ``profile.schema.json``."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Trading partner profile",
    }
    schema = {**described_schema(), **head}
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def described_schema() -> dict[str, Any]:
    """What pydantic knows of a profile, and what stands below each field."""
    schema = Profile.model_json_schema(by_alias=True)
    shapes = {Profile.__name__: schema, **schema["$defs"]}
    for form in _forms(Form):
        if form.__name__ in shapes:
            _describe(form, shapes[form.__name__]["properties"])
    return schema


def _forms(form: type[Form]) -> Iterator[type[Form]]:
    for one in form.__subclasses__():
        yield one
        yield from _forms(one)


def _describe(form: type[Form], properties: dict[str, dict[str, Any]]) -> None:
    """Give each property what stands below its field.

    Pydantic would read it from the source whenever the module is imported, 80 ms.
    """
    texts: dict[str, str] = {}
    for one in reversed(form.__mro__):
        if one is not Form and issubclass(one, Form):
            texts |= _texts_below(one)
    for name, field in form.model_fields.items():
        if name in texts:
            its = properties[field.alias or name]
            its.setdefault("description", texts[name])


def _texts_below(form: type[Form]) -> dict[str, str]:
    """The text below each field of a class, by the field's name."""
    (written,) = ast.parse(dedent(inspect.getsource(form))).body
    assert isinstance(written, ast.ClassDef)
    texts: dict[str, str] = {}
    for field, text in pairwise(written.body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                texts[name] = inspect.cleandoc(said)
    return texts
