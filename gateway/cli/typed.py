"""Passwords that people type, or lay into the standard input; never arguments."""

from __future__ import annotations

import sys

import typer

from gateway.cli import say
from gateway.store.passwords import LEAST


def password() -> str:
    """A new password: asked for twice, or a line of the standard input."""
    if sys.stdin.isatty():
        typed = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if len(typed) < LEAST:
        say.failed(f"a password has {LEAST} characters or more")
    return str(typed)
