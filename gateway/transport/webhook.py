"""Events posted to webhooks, signed as Standard Webhooks wants it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import urlsplit

from gateway.config import Webhook, webhook_keys
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.transport.https import asked_pause, cut_off

_TROUBLE = {
    http.client.GONE: Trouble.REFUSED,
    http.client.TOO_MANY_REQUESTS: Trouble.THROTTLED,
    http.client.SERVICE_UNAVAILABLE: Trouble.THROTTLED,
}


def signature(keys: Sequence[bytes], id_: str, at: int, body: bytes) -> str:
    """The header ``webhook-signature``: one ``v1`` for each key (Standard Webhooks)."""
    signed = f"{id_}.{at}.".encode() + body
    return " ".join(
        f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"
        for key in keys
    )


class Webhooks:
    """Posts finished events; ``file_name`` is the name of the webhook.

    ``webhook-id`` is the event's own id, so every repeat has the same; redirects are
    not followed. Of an answer its status counts, which has to be there in time however
    slowly it comes: an attempt that outlived its lease would be made beside the next.
    """

    def __init__(
        self,
        hooks: Mapping[str, Webhook],
        timeout_s: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._hooks = hooks
        self._timeout_s = timeout_s
        self._clock = clock

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Post the event once; anything but a 2xx is tried again, 410 is the end."""
        hook = self._hooks.get(outbound.file_name)
        if hook is None:
            return Failed(f"no webhook {outbound.file_name!r} is set up")
        body = b"".join(outbound.blob.chunks())
        id_, now = str(json.loads(body)["id"]), int(self._clock())
        keys = webhook_keys(hook.secret.get_secret_value())
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "procurement-gateway",
            "webhook-id": id_,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(keys, id_, now, body),
        }
        try:
            status, retry_after = self._post(hook.url, body, headers)
        except (OSError, http.client.HTTPException) as problem:
            return Failed(f"webhook: {type(problem).__name__}")
        if 200 <= status < 300:
            return Sent(f"HTTP {status}")
        at = datetime.fromtimestamp(now, UTC)
        return Failed(
            f"HTTP {status}",
            retry_at=asked_pause(retry_after or "", at),
            trouble=_TROUBLE.get(status, Trouble.CONNECTION),
        )

    def _post(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str | None]:
        parts = urlsplit(url)
        assert parts.hostname is not None
        line: http.client.HTTPConnection
        if parts.scheme == "https":
            line = http.client.HTTPSConnection(
                parts.hostname,
                parts.port,
                timeout=self._timeout_s,
                context=ssl.create_default_context(),
            )
        else:
            line = http.client.HTTPConnection(
                parts.hostname, parts.port, timeout=self._timeout_s
            )
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with closing(line), cut_off(line, self._timeout_s) as is_over:
            try:
                line.request("POST", path, body, dict(headers))
                answer = line.getresponse()
            except (OSError, http.client.HTTPException) as problem:
                if is_over.is_set():
                    raise TimeoutError from problem
                raise
            return answer.status, answer.getheader("Retry-After")
