"""One SFTP session of a partner: ``in`` takes uploads, ``out`` holds what waits.

Both folders exist only in the protocol. No path of a client's reaches the file system,
so there is nothing to escape from.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import time
from collections.abc import AsyncIterator

import asyncssh
import structlog
from asyncssh import SFTPAttrs, SFTPName

from gateway.pipeline.drop import KIND, Waiting
from gateway.pipeline.ports import Disbelieved, Inbound
from gateway.transport.sftp_fetch import Download
from gateway.transport.sftp_inbox import (
    Full,
    Inbox,
    InUse,
    OutOfOrder,
    Upload,
    is_name,
    is_unfinished,
)
from gateway.transport.sftp_room import (
    IN,
    OUT,
    Room,
    denied,
    file_facts,
    folder_facts,
    missing,
    place,
    printable,
)
from gateway.transport.spool import Spooled

log = structlog.get_logger()

MOST_OPEN = 16
"""How many files one session may have open."""
MOST_READ = 256 * 1024
"""How many bytes one request reads at most."""
_SEEN_S = 1.0

Handle = Upload | Download


class DropSession(asyncssh.SFTPServer):
    """Answers one session. What the base does to real files ends at ``map_path``."""

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes], room: Room) -> None:
        super().__init__(chan)
        self._room = room
        self._open: set[Handle] = set()
        self._waiting: dict[bytes, Waiting] = {}
        self._looked_at = 0.0
        self._is_over = False
        self.counts = {"received": 0, "fetched": 0, "delivered": 0}

    # Files.

    async def open(
        self, path: bytes, pflags: int, attrs: SFTPAttrs
    ) -> Handle:  # see the base
        """Open an upload for writing, or a message for reading."""
        self._go_on()
        if len(self._open) >= MOST_OPEN:
            raise asyncssh.SFTPFailure(f"{MOST_OPEN} files are open already")
        folder, name = place(path)
        if folder == OUT and name and not pflags & _WRITES:
            handle: Handle = await self._open_message(name)
        elif folder == IN and name and pflags & asyncssh.FXF_WRITE:
            handle = self._open_upload(name, pflags)
        else:
            denied("in/ takes uploads, out/ holds what waits for you; nothing else")
        self._open.add(handle)
        return handle

    def _open_upload(self, name: bytes, pflags: int) -> Upload:
        upload = _begun(
            self._room.shared.inbox,
            name,
            make=bool(pflags & asyncssh.FXF_CREAT),
            fresh=bool(pflags & asyncssh.FXF_TRUNC),
            only_new=bool(pflags & asyncssh.FXF_EXCL),
        )
        upload.append = bool(pflags & asyncssh.FXF_APPEND)
        return upload

    async def _open_message(self, name: bytes) -> Download:
        one = await self._message(name)
        room = self._room
        if one is None:
            missing()

        def load() -> Download | None:
            blob = room.behind.body(one)
            if blob is None:
                return None
            return Download(one, blob, room.spool, room.inline_bytes)

        download = await asyncio.to_thread(load)
        if download is None:
            self._waiting.pop(name, None)
            missing()
        return download

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Bytes of a message; uploads cannot be read."""
        if not isinstance(file_obj, Download):
            denied("what is in in/ cannot be read")
        return file_obj.read(offset, min(size, MOST_READ))

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Bytes of an upload, in order."""
        if not isinstance(file_obj, Upload):
            denied("messages cannot be written to")
        try:
            file_obj.write(offset, data)
        except Full as full:
            raise asyncssh.SFTPQuotaExceeded(str(full)) from None
        except OutOfOrder:
            what = f"bytes before {offset} are missing: send them in order"
            raise asyncssh.SFTPFailure(what) from None
        self._room.behind.step("drop.written")
        return len(data)

    async def close(self, file_obj: object) -> None:
        """Take an upload in, or note that a message was read.

        Whoever hangs up without closing has not finished.
        """
        assert isinstance(file_obj, Upload | Download)
        self._open.discard(file_obj)
        try:
            if self._is_over:
                return
            if isinstance(file_obj, Download):
                await self._read(file_obj)
            else:
                await self._closed(file_obj)
        finally:
            file_obj.close()

    async def _closed(self, upload: Upload) -> None:
        """Take it in, unless a rename is to end it.

        Some clients send on after an error, and some do not look how closing ended and
        only ask for the size: what was not received whole does not lie there either.
        """
        inbox = self._room.shared.inbox
        if upload.is_spoiled:
            inbox.drop(upload.name)
            raise asyncssh.SFTPFailure("the upload is not whole: send it again")
        if is_unfinished(upload.name):
            return
        try:
            await self._finished(upload, upload.name)
        except asyncssh.SFTPError:
            inbox.drop(upload.name)
            raise

    async def _read(self, message: Download) -> None:
        if not message.is_read:
            return
        room = self._room
        await asyncio.to_thread(room.behind.was_read, message.one, room.visit)
        room.behind.step("drop.fetched")
        self.counts["fetched"] += 1
        if message.one.on_read:
            self.counts["delivered"] += 1
            self._waiting.pop(os.fsencode(message.one.name), None)

    async def _finished(self, upload: Upload, name: bytes) -> None:
        """Have the store take an upload in; it is received when this returns."""
        if not upload.size or not upload.is_changed:
            return  # made first and filled later, or opened and left alone
        self._room.behind.step("drop.closing")
        blob = await asyncio.to_thread(upload.blob)
        await self._accept(blob, name)
        self._room.behind.step("drop.kept")
        self._room.shared.inbox.drop(upload.name)
        self._room.shared.remember(name, blob.size)
        self.counts["received"] += 1

    async def _accept(self, blob: Spooled, name: bytes) -> None:
        visit, path = self._room.visit, f"in/{printable(name)}"
        inbound = Inbound(
            blob=blob,
            channel=KIND,
            peer=f"{visit.account}@{visit.address} {visit.proof} {path}",
            partner_id=visit.partner_id,
            transport_id=f"{visit.account}/{path}|{blob.size}|{blob.sha256}",
            received_at=self._room.clock(),
        )
        try:
            receipt = await self._room.behind.accept(inbound)
        except Disbelieved as refused:
            told = f"{refused.finding.code} {refused.finding.what}"
            raise asyncssh.SFTPPermissionDenied(told) from None
        except Exception as problem:  # it may be on the disk or not: it is sent again
            kind = type(problem).__qualname__
            log.error("sftp.not_received", account=visit.account, kind=kind)
            what = "the file was not received: send it again"
            raise asyncssh.SFTPFailure(what) from None
        log.info(
            "sftp.received",
            account=visit.account,
            receipt=receipt.id,
            again=not receipt.first_seen,
        )

    def fsync(self, file_obj: object) -> None:
        """Wait for the disk."""
        if isinstance(file_obj, Upload):
            file_obj.flush()

    def fstat(self, file_obj: object) -> SFTPAttrs:
        """Size and time of an open file."""
        if isinstance(file_obj, Upload):
            return file_facts(file_obj.size, file_obj.changed_at)
        assert isinstance(file_obj, Download)
        return file_facts(file_obj.size, file_obj.one.queued_at.timestamp(), "r")

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        """Times and rights are as we have them; an upload can be shortened."""
        if attrs.size is None:
            return
        if not isinstance(file_obj, Upload) or attrs.size > file_obj.size:
            raise asyncssh.SFTPOpUnsupported("files grow by writing only")
        file_obj.cut(attrs.size)

    # Names.

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Finish an upload, or take a message away; replaces nothing."""
        await self._rename(oldpath, newpath, replace=False)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """The same, in place of an unfinished upload of the new name."""
        await self._rename(oldpath, newpath, replace=True)

    async def _rename(self, oldpath: bytes, newpath: bytes, *, replace: bool) -> None:
        self._go_on()
        (folder, old), (target, new) = place(oldpath), place(newpath, deep=True)
        if folder == OUT and old and new:
            await self._take(old, f"renamed to {printable(newpath)}")
            return
        if folder != IN or target != IN or not old or not is_name(new):
            denied("uploads stay in in/, under one name without folders")
        shared = self._room.shared
        if shared.inbox.find(old) is None:
            known = shared.recall(old)
            if known is None:
                missing()
            shared.remember(new, known.size)  # it was taken in under its first name
            del shared.received[old]
            return
        if old != new and shared.inbox.find(new) is not None:
            if not replace:
                raise asyncssh.SFTPFileAlreadyExists("an upload of that name goes on")
            _begun(shared.inbox, new).close()  # nobody is writing to it
        upload = _begun(shared.inbox, old)
        try:
            if is_unfinished(new) or not upload.size:
                shared.inbox.move(old, new)
                return
            upload.is_changed = True
            await self._finished(upload, new)
        finally:
            upload.close()
        if old != new:
            shared.inbox.drop(new)

    async def remove(self, path: bytes) -> None:
        """Throw an unfinished upload away, or take a message away."""
        self._go_on()
        folder, name = place(path)
        if folder == OUT and name:
            await self._take(name, "deleted")
            return
        if folder != IN or not name:
            denied("folders stay")
        shared = self._room.shared
        if shared.inbox.find(name) is None:
            if shared.recall(name) is None:
                missing()
            denied("it was received and cannot be taken back")
        upload = _begun(shared.inbox, name)
        shared.inbox.drop(name)
        upload.close()

    async def _take(self, name: bytes, how: str) -> None:
        """They have it now: this is what delivers it."""
        one, room = await self._message(name), self._room
        if one is None:
            missing()
        done = await asyncio.to_thread(room.behind.take, one, room.visit, how)
        if done is None:
            self._waiting.pop(name, None)
            missing()
        if not done:
            denied("nobody has read it to its end yet: download it first")
        room.behind.step("drop.taken")
        self._waiting.pop(name, None)
        self._looked_at = 0.0  # the next of that name may follow
        self.counts["delivered"] += 1

    async def stat(self, path: bytes) -> SFTPAttrs:
        """What is known of a name."""
        self._go_on()
        folder, name = place(path)
        if not name:
            return folder_facts(folder)
        if folder == OUT:
            one = await self._message(name)
            if one is not None:
                return file_facts(one.size, one.queued_at.timestamp(), "r")
        shared = self._room.shared
        found = shared.inbox.find(name) if folder == IN else None
        if found is not None:
            return file_facts(found.size, found.changed_at)
        known = shared.recall(name) if folder == IN else None
        if known is None:
            missing()
        return file_facts(known.size, known.at, "r")

    lstat = stat

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        """The names in a folder."""
        self._go_on()
        folder, name = place(path)
        if name:
            raise asyncssh.SFTPNotADirectory("not a folder")
        for one in (b".", b".."):
            yield SFTPName(one, attrs=folder_facts(folder))
        if not folder:
            for below in (IN, OUT):
                yield SFTPName(below, attrs=folder_facts(below))
        elif folder == OUT:
            await self._look()
            for waits, one_ in list(self._waiting.items()):
                at = one_.queued_at.timestamp()
                yield SFTPName(waits, attrs=file_facts(one_.size, at, "r"))
        else:
            for entry in self._room.shared.inbox.entries():
                yield SFTPName(
                    entry.name, attrs=file_facts(entry.size, entry.changed_at)
                )

    def realpath(self, path: bytes) -> bytes:
        """The path without dots; nothing lies above the root."""
        return posixpath.normpath(posixpath.join(b"/", path)).replace(b"//", b"/")

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Times and rights are as we have them, which is no reason to fail."""
        place(path)
        if attrs.size is not None:
            raise asyncssh.SFTPOpUnsupported("files grow by writing only")

    lsetstat = setstat

    def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        """There are two folders and there will be no more."""
        if place(path, deep=True)[1] == b"":
            raise asyncssh.SFTPFileAlreadyExists("the folder is there")
        denied("folders cannot be made here")

    def rmdir(self, path: bytes) -> None:
        """Both stay."""
        denied("folders stay")

    def map_path(self, path: bytes) -> bytes:
        """Nothing of the base may reach the file system."""
        raise asyncssh.SFTPOpUnsupported("not here")

    def format_user(self, uid: int | None) -> str:
        """Who everything belongs to in a listing."""
        return self._room.account.name[:8]

    def format_group(self, gid: int | None) -> str:
        """The same for the group."""
        return "sftp"

    # The end.

    def abandon(self) -> None:
        """The client is gone: what it has not closed is not finished."""
        self._is_over = True

    def exit(self) -> None:
        """Let go of everything."""
        self._is_over = True
        for one in self._open:
            one.close()
        self._open.clear()

    def _go_on(self) -> None:
        if not self._room.still():
            raise asyncssh.SFTPConnectionLost("this account was changed: log in again")

    async def _message(self, name: bytes) -> Waiting | None:
        """The message of this name; looked up anew when it is not known."""
        if name not in self._waiting and time.monotonic() > self._looked_at + _SEEN_S:
            await self._look()
        return self._waiting.get(name)

    async def _look(self) -> None:
        room = self._room
        partner = room.visit.partner_id
        found = await asyncio.to_thread(room.behind.waiting, partner)
        self._waiting = {os.fsencode(one.name): one for one in found}
        self._looked_at = time.monotonic()


_WRITES = (
    asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC
)


def _begun(
    inbox: Inbox,
    name: bytes,
    *,
    make: bool = False,
    fresh: bool = False,
    only_new: bool = False,
) -> Upload:
    """The upload, opened for this session alone; what speaks against it, told."""
    if not is_name(name):
        raise asyncssh.SFTPInvalidFilename("a file cannot be called so here")
    try:
        return inbox.open(name, make=make, fresh=fresh, only_new=only_new)
    except InUse:
        denied("another session is writing to it")
    except Full as full:
        raise asyncssh.SFTPQuotaExceeded(str(full)) from None
