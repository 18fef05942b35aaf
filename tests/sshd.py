"""The system's OpenSSH server, run as the test's user with its own configuration."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.missing import missing

PATIENCE_S = 20.0
SEPARATION = Path("/run/sshd")
_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {host_key}
PidFile none
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
LogLevel VERBOSE
MaxStartups 200
MaxSessions 100
Subsystem sftp {sftp}
{more}
"""


def program() -> str:
    """Where the server is; without it the test is skipped, and fails in CI."""
    found = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        missing("there is no sshd; tools/system_parts.sh installs OpenSSH's server")
    return found


def make_key(path: Path, kind: str = "ed25519", *, password: str = "") -> Path:
    """A new key pair in two files."""
    words = ["ssh-keygen", "-q", "-t", kind, "-N", password, "-C", "", "-f", str(path)]
    subprocess.run(words, check=True)
    return path


def public(path: Path) -> str:
    """The public half, as profiles have it."""
    kind, key = path.with_suffix(".pub").read_text().split()[:2]
    return f"{kind} {key}"


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Sshd:
    """A server whose files lie in ``files``; our key to it is ``key``."""

    folder: Path
    sftp: str = "internal-sftp"
    more: str = ""
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.files = self.folder / "files"
        self.files.mkdir(exist_ok=True)
        self.host_key = make_key(self.folder / "host")
        self.key = make_key(self.folder / "ours")
        shutil.copy(self.key.with_suffix(".pub"), self.folder / "authorized")
        self.user = getpass.getuser()

    @property
    def pinned(self) -> str:
        """The host key as a profile has it."""
        return public(self.host_key)

    def change_host_key(self) -> None:
        """A new host key, from the next start on."""
        self.host_key = make_key(self.folder / f"host{time.monotonic_ns()}")

    def start(self) -> None:
        """Run the server, and wait until it answers."""
        where = program()
        if os.geteuid() == 0:
            SEPARATION.mkdir(exist_ok=True)
        sftp = f"{self.sftp} -d {self.files}"
        config = self.folder / "config"
        config.write_text(
            _CONFIG.format(
                port=self.port,
                host_key=self.host_key,
                folder=self.folder,
                sftp=sftp,
                more=self.more,
            )
        )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [where, "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE_S
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < until, self.log()
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server and the sessions it has."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(PATIENCE_S)
            self._process = None

    def log(self) -> str:
        """What the server said."""
        return (self.folder / "log").read_text(errors="replace")


@contextmanager
def sshd(folder: Path, sftp: str = "internal-sftp", more: str = "") -> Iterator[Sshd]:
    """A server that runs."""
    made = Sshd(folder, sftp, more)
    made.start()
    try:
        yield made
    finally:
        made.stop()


class CuttingProxy:
    """Passes a server's port on, and cuts each connection after so many bytes.

    ``up`` counts what the client sends, ``down`` what the server does; none: no cut.
    """

    def __init__(self, port: int, *, up: int | None = None, down: int | None = None):
        self._to = port
        self.up = up
        self.down = down
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self._to))
                for source, to, most in (
                    (client, server, self.up),
                    (server, client, self.down),
                ):
                    words = (source, to, most)
                    threading.Thread(target=_pump, args=words, daemon=True).start()


def _pump(source: socket.socket, to: socket.socket, most: int | None) -> None:
    count = 0
    with suppress(OSError):
        while data := source.recv(65536):
            count += len(data)
            if most is not None and count >= most:
                break
            to.sendall(data)
    for one in (source, to):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
