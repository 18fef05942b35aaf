"""The names of the files that messages of ours leave in, and their short form."""

from __future__ import annotations

from typing import Any

_DERIVED = "/"
"""No file's name holds it: what is behind it follows the message's kind and id."""


def derived(kind: str) -> str:
    """What is stored for a message that is named by its kind and id.

    It saves 30 characters a message, which the id beside it says already.
    """
    is_xml = kind.startswith(("cxml_", "ubl_"))
    return f"{_DERIVED}{'.xml' if is_xml else '.edi'}"


def file_name(kind: str, id_: str, stored: str) -> str:
    """The whole name."""
    if not stored.startswith(_DERIVED):
        return stored
    return f"{kind}_{id_}{stored[len(_DERIVED) :]}"


def file_name_of(row: Any) -> str:
    """The whole name of the file of this row of ``outbox``."""
    return file_name(row.kind, row.id, row.file_name)
