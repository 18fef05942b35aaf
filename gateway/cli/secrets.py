"""``keys secret set|list|remove``: passwords and tokens that profiles refer to."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from gateway.cli import opened, say
from gateway.pipeline.ports import Secret
from gateway.store import secrets

_Name = Annotated[str, typer.Argument(help="Profiles write secret: and this name.")]


def set_(name: _Name) -> None:
    """Keep a secret, sealed; it is asked for, or read from the standard input.

    It is sealed under the first key of GATEWAY_PAYLOAD_KEY. A new one replaces the old
    one at once. The last line break of what is read does not belong to it.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,79}", name):
        say.failed("a name has small letters, digits, points, hyphens, underscores")
    value = _value()
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        keys, now = gateway.db.payloads.keys, gateway.clock()
        against = secrets.put(tx, keys, name, value, now)
    if against is not None:
        say.refused((against,))
    say.line(f"secret:{name} is set")


def _value() -> Secret:
    if sys.stdin.isatty():
        asked = typer.prompt("Secret", hide_input=True, confirmation_prompt=True)
        return Secret(asked.encode())
    data = sys.stdin.buffer.read(secrets.MOST_BYTES + 1)
    if len(data) > secrets.MOST_BYTES:
        say.failed(f"a secret has at most {secrets.MOST_BYTES} bytes")
    value = data.removesuffix(b"\n").removesuffix(b"\r")
    if not value:
        say.failed("nothing came on the standard input")
    return Secret(value)


def list_() -> None:
    """List the names of the secrets, and when each was set."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        known = secrets.names(tx)
    say.table(
        ("secret", "set"),
        ((f"secret:{name}", f"{at:%Y-%m-%d %H:%M}") for name, at in known),
    )


def remove(name: _Name) -> None:
    """Forget a secret."""
    with opened.gateway() as gateway, gateway.db.begin() as tx:
        done = secrets.remove(tx, name, gateway.clock())
    if not done:
        say.failed(f"there is no secret {name}")
    say.line(f"secret:{name} is gone")
