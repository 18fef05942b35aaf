"""The SFTP channel of a profile: what may stand in it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.partner.profile import SftpChannel

FACTS = {
    "id": "drop",
    "kind": "sftp",
    "host": "sftp.acme.example",
    "user": "supplier",
    "key": "file:/keys/acme",
    "host_keys": "ssh-ed25519 SHA256:" + "a" * 43,
}


def channel(**changes: Any) -> SftpChannel:
    return SftpChannel.model_validate(FACTS | changes)


def test_a_short_channel_has_careful_defaults():
    made = channel(get={"folder": "out/"})
    assert made.get is not None
    assert (made.port, made.algorithms, made.put.exists) == (22, "strict", "fail")
    assert (made.get.folder, made.get.looks, made.get.then) == ("out", 2, "delete")
    assert (made.get.gap_s, made.get.min_age_s, made.put.temporary) == (10, 10, ".part")


@pytest.mark.parametrize(
    "changes",
    [
        {"key": None},
        {"key": "the key itself"},
        {"password": "hunter2"},
        {"host_keys": []},
        {"host_keys": "SHA256:" + "a" * 43},
        {"host_keys": ["ssh-ed25519 SHA256:" + "a" * 43] * 3},
        {"host_keys": "ssh-dss SHA256:" + "a" * 43},
        {"host": "acme.example/path"},
        {"port": "0"},
        {"user": "a b"},
        {"get": {"folder": "../other"}},
        {"get": {"then": "archive", "folder": "in", "archive": "in"}},
        {"get": {"names": "a/b"}},
        {"get": {"at": "every minute"}},
        {"put": {"name": "{type}.edi"}},
        {"put": {"name": "{number}/{id}"}},
        {"put": {"name": ".{number}"}},
        {"put": {"temporary": "../tmp/"}},
        {"put": {"marker": "ok"}},
        {"algorithms": "none"},
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any]):
    with pytest.raises(ValidationError):
        channel(**changes)


def test_a_password_alone_will_do_if_it_is_a_reference():
    by_password = {"key": None, "password": "env:ACME_SFTP"}
    assert channel(**by_password).key is None
