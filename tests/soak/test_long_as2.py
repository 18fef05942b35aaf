"""A message of 200 MiB leaves by AS2 in bounded memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.listening import listening
from tests.parties import party

MIB = 1024 * 1024
MOST_BYTES = 64 * MIB
SCRIPT = Path(__file__).with_name("long_as2.py")
ROOT = SCRIPT.parents[2]
WAYS: dict[str, dict[str, Any]] = {
    "signed and encrypted": {},
    "compressed too": {"security": {"compress": "before"}},
    "in chunks, GCM": {"security": {"encrypt": "aes256-gcm"}, "body": "chunked"},
}


@pytest.fixture
def url() -> Iterator[str]:
    """A server that takes whatever comes, and keeps nothing."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            left = int(self.headers["Content-Length"] or 0)
            while left:
                left -= len(self.rfile.read(min(left, MIB)))
            if self.headers["Transfer-Encoding"]:
                while size := int(self.rfile.readline(), 16):
                    self.rfile.read(size + 2)
                self.rfile.readline()
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with listening(Door) as address:
        yield f"{address}/as2"


def sent(home: Path, url: str, size: int, way: str) -> dict[str, Any]:
    for name in ("us", "them"):
        certificate, key = party(name).files(home)
        shutil.copy(certificate, home / f"{name}.crt")
        shutil.copy(key, home / f"{name}.key")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, SCRIPT, home, url, str(size), json.dumps(WAYS[way])],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        check=True,
        timeout=600,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    sys.stdout.write(f"{way}, {size // MIB} MiB: {told}\n")
    assert told["states"] == [["delivered", "sent"]]
    return told


def test_twenty_megabytes_need_no_more_memory(tmp_path, url):
    told = sent(tmp_path, url, 20 * MIB, "signed and encrypted")
    assert told["more_bytes"] < MOST_BYTES


@pytest.mark.soak
@pytest.mark.parametrize("way", WAYS)
def test_two_hundred_megabytes_leave_in_bounded_memory(tmp_path, url, way: str):
    told = sent(tmp_path, url, 200 * MIB, way)
    assert told["more_bytes"] < MOST_BYTES
