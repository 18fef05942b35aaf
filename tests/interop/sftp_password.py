"""An SFTP server that asks for a password, which sshd does only with PAM."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import asyncssh

from tests.sshd import Sshd


class Door(asyncssh.SSHServer):
    """Lets in whoever knows the word, in one way."""

    def __init__(
        self, word: str, way: str, open_: list[asyncssh.SSHServerConnection]
    ) -> None:
        self._word = word
        self._way = way
        self._open = open_

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._open.append(conn)

    def public_key_auth_supported(self) -> bool:
        return self._way == "after a key"

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return False

    def password_auth_supported(self) -> bool:
        return self._way != "keyboard"

    def validate_password(self, username: str, password: str) -> bool:
        return password == self._word

    def kbdint_auth_supported(self) -> bool:
        return self._way == "keyboard"

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        return "", "", "", [("Password:", False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        return list(responses) == [self._word]


@contextmanager
def password_server(at: Sshd, word: str, way: str) -> Iterator[None]:
    """Serve the files of ``at`` on its port, with its host key.

    ``way`` is ``password``, ``keyboard`` (interactive), or ``after a key`` that it does
    not want.
    """

    def files(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=os.fsencode(at.files))

    connections: list[asyncssh.SSHServerConnection] = []

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            lambda: Door(word, way, connections),
            "127.0.0.1",
            at.port,
            server_host_keys=[asyncssh.read_private_key(str(at.host_key))],
            sftp_factory=files,
        )

    async def end(server: asyncssh.SSHAcceptor) -> None:
        for one in connections:
            one.abort()
            await one.wait_closed()
        server.close()
        await server.wait_closed()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(20)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
