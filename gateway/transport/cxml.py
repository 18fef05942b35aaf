"""Documents of cXML posted to partners; the Status of their answer decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.dtds import NO_DTDS, Dtds
from gateway.cxml_punchout.envelope import MEDIA_TYPE, with_secret
from gateway.cxml_punchout.judge import judged_ours
from gateway.cxml_punchout.status import is_retried
from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.profile import CxmlChannel
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.transport.https import NoAnswer, Response, asked_pause
from gateway.transport.posting import AGENT, THROTTLED, Posting, endpoint, unready
from gateway.trust.keyring import Keyring

__all__ = ["CxmlPosts"]

_LONGEST = 300
_REFUSED = "CXM-042"


class CxmlPosts:
    """Posts each document with our secret in it; every repeat has the same bytes.

    The secret is put in on the way: what is kept of a document is without it.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        keyrings: Callable[[str], Keyring],
        posting: Posting,
        dtds: Dtds = NO_DTDS,
    ) -> None:
        self._channels = {
            (profile.id, channel.id): channel
            for profile in profiles
            for channel in profile.channels
            if isinstance(channel, CxmlChannel)
        }
        self._keyrings = keyrings
        self._posting = posting
        self._dtds = dtds

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Post it once; 2xx is delivered, 4xx refused, anything else may pass."""
        channel = self._channels.get((outbound.partner_id, outbound.channel))
        if channel is None:
            what = f"{outbound.partner_id} has no channel {outbound.channel!r}"
            return Failed(what, trouble=Trouble.OURS)
        secret = self._secret(channel.secret)
        if isinstance(secret, Failed):
            return secret
        data = b"".join(outbound.blob.chunks())
        wrong = self._wrong(data)
        if wrong is not None:
            what = f"{wrong.where}: {wrong.what}"
            return Failed(what, trouble=Trouble.REFUSED, code=wrong.code)
        now, times = self._posting.clock(), channel.times
        keyring = self._keyrings(outbound.partner_id)
        to = endpoint(channel.url, keyring, now, times.connect_s, times.answer_s)
        body = with_secret(data, secret)
        headers = (("Content-Type", MEDIA_TYPE), AGENT)
        try:
            response = self._posting.lines.post(to, headers, (body,), len(body))
        except NoAnswer as problem:
            return Failed(str(problem))
        return _outcome(response, secret, now)

    def _secret(self, reference: str) -> str | Failed:
        if self._posting.secrets is None:
            return Failed("no secrets are known here", trouble=Trouble.OURS)
        found = self._posting.secrets.get(reference)
        return unready(found) if isinstance(found, Finding) else found.text

    def _wrong(self, data: bytes) -> Finding | None:
        """Why a document is not fit to be sent: by its version's DTD or the newest."""
        document = read_document(data)
        if not isinstance(document, Document):
            return document[0]
        its = judged_ours(data, document.name, document.version, self._dtds)
        return next(iter(its), None)


def _outcome(response: Response, secret: str, now: datetime) -> Sent | Failed:
    """What an answer means: its Status, whatever the code of HTTP; without one nothing.

    Nobody knows then whether the document came.
    """
    document = read_document(response.body)
    throttled = response.status in THROTTLED
    trouble = Trouble.THROTTLED if throttled else Trouble.CONNECTION
    later = asked_pause(response.header("Retry-After"), now)
    if not isinstance(document, Document) or document.status is None:
        what = f"HTTP {response.status} without a Status of cXML"
        return Failed(what, retry_at=later, trouble=trouble)
    status = document.status
    words = " ".join(f"Status {status.code} {status.text} {status.body}".split())
    said = words.replace(secret, "***")[:_LONGEST]
    if status.good:
        return Sent(f"{said} {response.tls}".strip(), acknowledgement="accepted")
    if is_retried(status.code):
        return Failed(said, retry_at=later, trouble=trouble)
    return Failed(
        said, trouble=Trouble.REFUSED, code=_REFUSED, acknowledgement="rejected"
    )
