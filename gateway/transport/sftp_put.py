"""One file to a partner's SFTP server: complete under its name, or not there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum, auto

from gateway.partner.sftp import SftpPut
from gateway.pipeline.ports import Blob, Failed, Outbound, Sent, Trouble
from gateway.transport.sftp_client import IN_FLIGHT, PIECE_BYTES, Refusal, Session
from gateway.transport.sftp_packets import Code, Entry

FOLDER, TAKEN = "TRN-013", "TRN-012"
UNSURE_BYTES = IN_FLIGHT * PIECE_BYTES
"""What may be missing in the last part of a file whose upload was cut."""
RESUMED_FROM_BYTES = 2 * UNSURE_BYTES
MOST_NUMBERS = 999
_MARK = 12  # hexadecimal digits of the sum in temporary names

Step = Callable[[str], None]
Rename = Callable[[bytes, bytes], None]


class Standing(Enum):
    """What a name on the server stands for."""

    FREE = auto()
    OURS = auto()
    """This very message, whole: an earlier attempt came so far."""
    THEIRS = auto()


class _Given(Exception):
    """It did not work, and what is to be said of it."""

    def __init__(self, outcome: Failed) -> None:
        super().__init__(outcome.what)
        self.outcome = outcome


def name_of(put: SftpPut, outbound: Outbound) -> str:
    """What the file is called in the end; nothing of a partner's is in it."""
    if put.name is None:
        return outbound.file_name
    return put.name.format(
        type=outbound.kind, number=f"{outbound.number:09d}", id=outbound.id
    )


def beside(name: str, ending: str) -> str:
    """The name of a marker: ``po.edi`` has ``po.ok``."""
    stem, dot, _ = name.rpartition(".")
    return (stem if dot and stem else name) + ending


class Delivery:
    """Brings one message, in steps that may each be the last.

    The bytes go to a temporary name that holds their sum, so that what an earlier
    attempt left there can only be a part of them. They are checked, and get their name
    in one step. A repeat finds the file, or brings the same bytes again.
    """

    def __init__(
        self, session: Session, put: SftpPut, outbound: Outbound, step: Step
    ) -> None:
        self._session = session
        self._put = put
        self._outbound = outbound
        self._blob: Blob = outbound.blob
        self._step = step

    def run(self) -> Sent | Failed:
        """Bring it; ``Lost`` if the connection breaks."""
        name = name_of(self._put, self._outbound)
        if not name or "/" in name or not name.isprintable() or name[0] == ".":
            what = f"{name!r} cannot be a file name"
            return Failed(what, trouble=Trouble.REFUSED)
        try:
            return self._bring(name)
        except _Given as given:
            return given.outcome
        except Refusal as refusal:
            return refused(self._put.folder, refusal)

    def _bring(self, name: str) -> Sent:
        name, standing = self._place(name)
        if standing is not Standing.OURS:
            temporary = self._temporary(name)
            self._upload(temporary)
            self._name(temporary, self._path(name), standing)
        self._step("put.renamed")
        if self._put.marker is not None:
            marker = self._path(beside(name, self._put.marker))
            if self._status(marker) is None:
                self._session.make(marker)
            self._step("put.marked")
        again = " (was there already)" if standing is Standing.OURS else ""
        return Sent(f"{self._put.folder}/{name}, {self._blob.size} bytes{again}")

    def _place(self, wanted: str) -> tuple[str, Standing]:
        """The name it can have, and what stands there."""
        exists = self._put.exists
        for count in range(1 + (MOST_NUMBERS if exists == "number" else 0)):
            name = _numbered(wanted, count)
            standing = self._standing(self._path(name))
            if standing is not Standing.THEIRS or exists == "replace":
                return name, standing
        what = f"{self._put.folder}/{wanted} is another file"
        raise _Given(Failed(what, trouble=Trouble.REFUSED, code=TAKEN))

    def _standing(self, path: bytes) -> Standing:
        found = self._status(path)
        if found is None:
            return Standing.FREE
        if not found.is_file or found.attrs.size != self._blob.size:
            return Standing.THEIRS
        same = self._is_same(path)
        if same is None:  # we may write there, not read
            same = self._outbound.attempt > 1
        return Standing.OURS if same else Standing.THEIRS

    def _upload(self, temporary: bytes) -> None:
        start = self._done_before(temporary)
        self._write(temporary, start)
        self._step("put.written")
        found = self._status(temporary)
        if found is not None and found.attrs.size not in (None, self._blob.size):
            self._drop(temporary)
            what = f"{found.attrs.size} of {self._blob.size} bytes have arrived"
            raise _Given(Failed(what))
        if start or self._put.check == "content":
            self._check_content(temporary, resumed=bool(start))
        self._step("put.checked")

    def _done_before(self, temporary: bytes) -> int:
        """From where an upload that was cut goes on; 0: from the beginning."""
        if self._blob.size < RESUMED_FROM_BYTES:
            return 0
        found = self._status(temporary)
        if found is None or not found.is_file:
            return 0
        there = found.attrs.size or 0
        return max(there - UNSURE_BYTES, 0) if there <= self._blob.size else 0

    def _write(self, temporary: bytes, start: int) -> None:
        self._session.write(temporary, start, self._told(self._from(start)))

    def _from(self, start: int) -> Iterator[bytes]:
        for chunk in self._blob.chunks():
            if start < len(chunk):
                yield chunk[start:]
            start = max(start - len(chunk), 0)

    def _told(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            yield chunk
            self._step("put.writing")

    def _check_content(self, temporary: bytes, *, resumed: bool) -> None:
        same = self._is_same(temporary)
        if same is None and resumed:  # nobody knows what was there before
            self._write(temporary, 0)
            same = None if self._put.check == "content" else True
        if same is None:
            what = "what arrived cannot be read back; check: size asks for less"
            raise _Given(Failed(what, trouble=Trouble.OURS))
        if not same:
            self._drop(temporary)
            raise _Given(Failed("other bytes have arrived than were sent"))

    def _is_same(self, path: bytes) -> bool | None:
        """Whether these are the message's bytes; none: we may not read them."""
        digest = hashlib.sha256()
        try:
            for chunk in self._session.read(path, 0, self._blob.size):
                digest.update(chunk)
        except Refusal:
            return None
        return digest.hexdigest() == self._blob.sha256

    def _name(self, temporary: bytes, path: bytes, standing: Standing) -> None:
        """Give the file its name: over another one only where that is wanted."""
        first: Rename = self._session.rename
        then: Rename = self._session.replace
        if standing is Standing.THEIRS:
            first, then = self._session.replace, self._over
        try:
            first(temporary, path)
        except Refusal:
            now = self._standing(path)
            if now is Standing.OURS:  # another attempt was faster
                self._drop(temporary)
            elif now is standing:
                then(temporary, path)
            else:
                raise

    def _over(self, temporary: bytes, path: bytes) -> None:
        """For servers that cannot rename over a file: it is gone for a moment."""
        self._session.remove(path)
        self._session.rename(temporary, path)

    def _drop(self, path: bytes) -> None:
        with suppress(Refusal):
            self._session.remove(path)

    def _status(self, path: bytes) -> Entry | None:
        """What is there; servers that do not tell are believed to have nothing."""
        try:
            return self._session.status(path)
        except Refusal:
            return None

    def _temporary(self, name: str) -> bytes:
        mark = self._blob.sha256[:_MARK]
        kind = self._put.temporary
        if kind.endswith("/"):
            return f"{kind}{name}.{mark}".encode()
        return self._path(f"{name}.{mark}{kind}")

    def _path(self, name: str) -> bytes:
        return join(self._put.folder, name.encode())


def join(folder: str, name: bytes) -> bytes:
    """A name in a folder of the server."""
    return name if folder == "." else folder.rstrip("/").encode() + b"/" + name


def refused(folder: str, refusal: Refusal) -> Failed:
    """What a server's no means for a message: it may be full, or set up wrong."""
    what = f"{folder}: the server says: {refusal.what}"
    if refusal.code in (Code.NO_SUCH_FILE, Code.PERMISSION_DENIED):
        return Failed(what, trouble=Trouble.THROTTLED, code=FOLDER, at_once=True)
    return Failed(what)


def _numbered(name: str, count: int) -> str:
    """``po.edi``, ``po-1.edi``, ``po-2.edi`` ..."""
    if not count:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{count}.{ending}" if dot and stem else f"{name}-{count}"
