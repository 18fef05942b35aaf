"""Forms are read in both of their forms; what is none is a problem."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from gateway.web import problem
from gateway.web.forms import MOST_BYTES, Form, read_form


class Parts:
    """As much of the parts behind the routes as forms need."""

    body_timeout_s = 5.0


def sent(**more: Any) -> tuple[int, Form]:
    """What a route gets of a request."""
    app, got = FastAPI(), [Form()]
    problem.install(app)

    @app.post("/")
    async def take(request: Request) -> None:
        got.append(await read_form(request, Parts()))  # type: ignore[arg-type]

    async def ask() -> int:
        way = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=way, base_url="http://x") as client:
            return (await client.post("/", **more)).status_code

    return asyncio.run(ask()), got[-1]


def test_fields_keep_their_order_and_lose_blanks_where_asked():
    _, form = sent(data={"id": ["1", "2"], "reason": "  why \n"})
    assert form.all("id") == ("1", "2")
    assert (form.get("reason"), form.raw("reason")) == ("why", "  why \n")
    assert (form.get("none"), form.raw("none"), form.file("none")) == ("", "", None)


def test_files_come_beside_fields_and_their_names_are_no_paths():
    data = b"ISA*00~\r\n\x00\xff\n"
    files = {"file": ("..\\..\\po.edi", data, "text/plain")}
    _, form = sent(data={"partner": "acme"}, files=files)
    found = form.file("file")
    assert found is not None
    assert (found.name, found.data) == ("po.edi", data)
    assert form.get("partner") == "acme"


def test_a_field_for_a_file_may_be_empty():
    empty = {"file": ("", b"", "application/octet-stream")}
    assert sent(files=empty)[1].file("file") is None


HEAD = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    "more",
    [
        {"content": b"--y\r\n", "headers": HEAD},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"&".join(b"a=1" for _ in range(3_000))},
    ],
    ids=["of another boundary", "of no boundary", "of too many fields"],
)
def test_what_is_no_form_is_a_problem(more: dict[str, Any]):
    assert sent(**more)[0] == 400


def test_a_form_has_a_longest_length():
    assert sent(data={"a": "x" * MOST_BYTES})[0] == 413
