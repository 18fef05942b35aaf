"""The command line: everything an operator does without a browser."""

from gateway.cli.app import app, main

__all__ = ["app", "main"]
