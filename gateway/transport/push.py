"""Messages posted to partners over HTTPS, signed by HMAC or over mutual TLS."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence

from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.profile import PushChannel
from gateway.pipeline.ports import Blob, Failed, Outbound, Sent, Trouble
from gateway.transport.https import NoAnswer
from gateway.transport.media import media_type
from gateway.transport.posting import (
    AGENT,
    Posting,
    authorization,
    endpoint,
    refused,
    unready,
)
from gateway.trust.keyring import Keyring

_PREFIX = b"whsec_"


class Pushing:
    """Posts each message as it is; every repeat has the same ``Idempotency-Key``."""

    def __init__(
        self,
        profiles: Iterable[Profile],
        keyrings: Callable[[str], Keyring],
        posting: Posting,
    ) -> None:
        self._channels = {
            (profile.id, channel.id): channel
            for profile in profiles
            for channel in profile.channels
            if isinstance(channel, PushChannel)
        }
        self._keyrings = keyrings
        self._posting = posting

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Post it once: 2xx is delivered; what may pass is tried again."""
        channel = self._channels.get((outbound.partner_id, outbound.channel))
        if channel is None:
            what = f"{outbound.partner_id} has no channel {outbound.channel!r}"
            return Failed(what, trouble=Trouble.OURS)
        now = self._posting.clock()
        auth = authorization(channel.auth, self._posting.secrets)
        keys = self._keys(channel.secrets)
        if isinstance(auth, Failed):
            return auth
        if isinstance(keys, Failed):
            return keys
        headers: list[tuple[str, str]] = [
            ("Content-Type", media_type(outbound.kind)),
            ("Content-Disposition", f'attachment; filename="{outbound.file_name}"'),
            ("Idempotency-Key", outbound.id),
            AGENT,
            *auth,
        ]
        if keys:
            at = int(now.timestamp())
            headers += [
                ("webhook-id", outbound.id),
                ("webhook-timestamp", str(at)),
                ("webhook-signature", signature(keys, outbound.id, at, outbound.blob)),
            ]
        times = channel.times
        to = endpoint(
            channel.url,
            self._keyrings(outbound.partner_id),
            now,
            times.connect_s,
            times.answer_s,
        )
        blob = outbound.blob
        try:
            response = self._posting.lines.post(to, headers, _Body(blob), blob.size)
        except NoAnswer as problem:
            return Failed(str(problem))
        if 200 <= response.status < 300:
            return Sent(" ".join((f"HTTP {response.status}", response.tls)).strip())
        return refused(response, now)

    def _keys(self, references: Sequence[str]) -> list[bytes] | Failed:
        keys: list[bytes] = []
        for reference in references:
            if self._posting.secrets is None:
                return Failed("no secrets are known here", trouble=Trouble.OURS)
            found = self._posting.secrets.get(reference)
            if isinstance(found, Finding):
                return unready(found)
            keys.append(_key(found.reveal()))
        return keys


def signature(keys: Sequence[bytes], id_: str, at: int, blob: Blob) -> str:
    """The header ``webhook-signature``: one ``v1`` for each key (Standard Webhooks)."""
    macs = [hmac.new(key, f"{id_}.{at}.".encode(), hashlib.sha256) for key in keys]
    for piece in blob.chunks():
        for mac in macs:
            mac.update(piece)
    return " ".join(f"v1,{base64.b64encode(mac.digest()).decode()}" for mac in macs)


def _key(secret: bytes) -> bytes:
    """``whsec_`` and base64 as Standard Webhooks has it, or the bytes as they are."""
    if not secret.startswith(_PREFIX):
        return secret
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        return secret


class _Body:
    """The bytes of a blob, from the beginning each time."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob

    def __iter__(self) -> Iterator[bytes]:
        return self._blob.chunks()
