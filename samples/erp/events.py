"""The smallest receiver of the gateway's events: checks each, and tells it once.

    SECRET=whsec_... python events.py 9000

Then ``gateway webhooks add http://127.0.0.1:9000/`` (with 127.0.0.0/8 among the
``GATEWAY_WEBHOOK_NETWORKS``). Nothing but the standard library is needed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

LONGEST_S = 300
MOST_BYTES = 65_536


def is_genuine(
    secret: str, headers: Mapping[str, str], body: bytes, now: float
) -> bool:
    """Whether the gateway signed this, and not long ago (Standard Webhooks)."""
    id_, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdecimal() or abs(now - int(at)) > LONGEST_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{id_}.{at}.".encode() + body, hashlib.sha256)
    ours = f"v1,{base64.b64encode(mac).decode()}"
    sent = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(ours, one) for one in sent)


class Receiver(BaseHTTPRequestHandler):
    """Takes what is genuine, at once; an event that came before is not told again."""

    secret = os.environ.get("SECRET", "")
    seen: set[str] = set()  # noqa: RUF012  an ERP keeps ids in its database

    def do_POST(self) -> None:
        """One event."""
        body = self.rfile.read(min(int(self.headers["Content-Length"]), MOST_BYTES))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not is_genuine(self.secret, headers, body, time.time()):
            self.answer(401)
            return
        event = json.loads(body)
        if event["id"] not in self.seen:
            self.seen.add(event["id"])
            told = event["data"]
            print(event["type"], told.get("po_number", event["subject"]), flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        """Say no more than the status."""
        self.send_response(status)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
