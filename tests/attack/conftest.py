"""A shop, somebody else's account there, and a server that nobody should call."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.shop import SECRET, SECRET_NAME, Counter, Shop, profile_for, serving
from tests.starters import FOLDER, texts

RETURN_URL = "https://buyer.example/punchout/return"
THEIRS, OCI = "bryce-mills", "elbtal-chemie"
PASSWORD = "a password of theirs"  # noqa: S105  made up
THEIR_SECRET = "a secret of the others"  # noqa: S105  made up


def their_profile() -> dict[str, Any]:
    """Another buyer with the same catalog."""
    return profile_for(
        "https://bryce.example/return",
        id=THEIRS,
        name="Bryce Mills",
        identities={"cxml": [{"domain": "NetworkID", "id": "AN01777000020"}]},
        cxml={
            "sender": {"domain": "NetworkID", "id": "AN01000000997"},
            "secrets": "env:BRYCE_SECRET",
            "mac": "yes",
        },
    )


def oci_profile() -> dict[str, Any]:
    """A buyer whose system calls us up by OCI."""
    facts = dict(texts(FOLDER / OCI / "profile.yaml"))
    return facts | {
        "punchout": facts["punchout"] | {"return_to": "https://srm.example"}
    }


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A gateway at work with three buyers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SECRET_NAME, SECRET)
        patch.setenv("BRYCE_SECRET", THEIR_SECRET)
        home = tmp_path_factory.mktemp("shop")
        patch.setenv("ELBTAL_PASSWORD", PASSWORD)
        others = their_profile(), oci_profile()
        with serving(home, RETURN_URL, 0, *others, refusals_per_minute=1000) as shop:
            yield shop


def called_up(shop: Counter, method: str = "POST", **changed: str) -> httpx.Response:
    """What the OCI door says to a call-up with these parameters changed."""
    told = {
        "USERNAME": "elbtal",
        "PASSWORD": PASSWORD,
        "HOOK_URL": "https://srm.example/hook",
    } | changed
    how = {"data": told} if method == "POST" else {"params": told}
    return shop.http.request(method, f"/oci/{OCI}", **how)  # type: ignore[arg-type]


class Listener:
    """A server that somebody may be lured to."""

    def __init__(self, server: socket.socket) -> None:
        server.setblocking(False)
        self._server = server
        self.address = f"127.0.0.1:{server.getsockname()[1]}"

    @property
    def was_called(self) -> bool:
        """Whether anybody connected."""
        try:
            self._server.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A server that nobody should call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Listener(server)
