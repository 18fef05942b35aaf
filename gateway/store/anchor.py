"""What stands outside the database: the signing key, and the head of the chain."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.evidence.chain import Checkpoint
from gateway.evidence.signing import Signer, key_name, verifies

KEY, HEAD, PUBLIC = "key.pem", "head.json", "keys"


class Damaged(Exception):
    """A file of the anchor is there and cannot be what we wrote."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The folder ``evidence`` of a gateway's home."""

    folder: Path

    def signer(self) -> Signer:
        """Our key; made when there is none yet."""
        path = self.folder / KEY
        if not path.exists():
            self._make(path)
        try:
            return Signer.of(path.read_bytes())
        except ValueError as problem:
            raise Damaged(f"{path} holds no key of ours") from problem

    def public_keys(self) -> dict[str, bytes]:
        """The public keys that are trusted here, in PEM, by name: ours and others'."""
        found: dict[str, bytes] = {}
        if (self.folder / KEY).exists():
            own = self.signer()
            found[own.name] = own.public
        for path in sorted((self.folder / PUBLIC).glob("*.pem")):
            with contextlib.suppress(ValueError):
                pem = path.read_bytes()
                found[key_name(pem)] = pem
        return found

    def head(self) -> Checkpoint | None:
        """The checkpoint that was noted last; none before the first."""
        path = self.folder / HEAD
        try:
            facts = json.loads(path.read_bytes())
            return Checkpoint(**facts)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as problem:
            raise Damaged(f"{path} is not what was written there") from problem

    def move(self, head: Checkpoint) -> None:
        """Note a later checkpoint."""
        data = (json.dumps(asdict(head), indent=1) + "\n").encode()
        self._put(self.folder / HEAD, data, over=True)

    def go_back(self, head: Checkpoint | None) -> None:
        """Note an earlier checkpoint, or none: the database was put back."""
        if head is None:
            (self.folder / HEAD).unlink(missing_ok=True)
        else:
            self.move(head)

    def _make(self, path: Path) -> None:
        signer = Signer.new()
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # another process was faster
            self._put(path, signer.pem, over=False)

    def _put(self, path: Path, data: bytes, *, over: bool) -> None:
        """A whole file or none, on the disk when this returns."""
        part = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if over:
                part.replace(path)
            else:
                path.hardlink_to(part)
        finally:
            part.unlink(missing_ok=True)


def is_signed(point: Checkpoint, keys: Mapping[str, bytes]) -> bool:
    """Whether one of these keys signed the checkpoint."""
    key = keys.get(point.key)
    return key is not None and verifies(key, bytes.fromhex(point.signature), point.body)
