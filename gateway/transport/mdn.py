"""MDNs that are posted later, to the address that the sender of a message wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from gateway.partner import Profile
from gateway.partner.profile import As2Channel
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.transport.addresses import Network, Resolve, place, resolved
from gateway.transport.https import UNPINNED, Endpoint, Lines, NoAnswer, asked_pause
from gateway.transport.tls import Protection

KIND = "as2_mdn"
"""The kind of these messages."""
_AGAIN = frozenset({408, 425, 429})
_WITHHELD = frozenset({"content-length", "host", "transfer-encoding", "connection"})


def unpinned(partner_id: str) -> Protection:
    """Any server that this machine's list of issuers vouches for."""
    return UNPINNED


class LateMdns:
    """Posts an MDN to its ``address``, if the partner's profile names the host.

    It is a message like any other: sent again after a failure, byte for byte, and told
    to operators when it is given up. ``inside`` are networks of our own that it may
    go to.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        inside: Sequence[Network] = (),
        *,
        protection: Callable[[str], Protection] = unpinned,
        lines: Lines | None = None,
        resolve: Resolve = resolved,
    ) -> None:
        self._hosts: Mapping[str, frozenset[str]] = {
            profile.id: frozenset(_hosts(profile)) for profile in profiles
        }
        self._inside = inside
        self._protection = protection
        self._lines = lines or Lines()
        self._resolve = resolve

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Post it once. The address is looked up anew and then held on to."""
        hosts = self._hosts.get(outbound.partner_id, frozenset())
        try:
            where = place(outbound.address, hosts, self._inside, self._resolve)
        except OSError:
            return Failed("MDN: the host's name is not known now")
        if isinstance(where, str):
            return Failed(f"MDN: {where}", trouble=Trouble.REFUSED)
        to = Endpoint(
            url=outbound.address,
            protection=self._protection(outbound.partner_id),
            address=where.ip,
        )
        head, _, body = b"".join(outbound.blob.chunks()).partition(b"\r\n\r\n")
        try:
            answer = self._lines.post(to, _headers(head), [body], len(body))
        except NoAnswer as problem:
            return Failed(f"MDN: {problem}")
        said = f"HTTP {answer.status}"
        if 200 <= answer.status < 300:
            return Sent(said)
        if answer.status < 500 and answer.status not in _AGAIN:
            return Failed(f"MDN: {said}", trouble=Trouble.REFUSED)
        at = asked_pause(answer.header("Retry-After"), datetime.now(UTC))
        return Failed(f"MDN: {said}", retry_at=at)


def _hosts(profile: Profile) -> Iterable[str]:
    for channel in profile.channels:
        if isinstance(channel, As2Channel):
            yield urlsplit(channel.url).hostname or ""
            yield from (host.strip("[]") for host in channel.replies.hosts)


def _headers(head: bytes) -> list[tuple[str, str]]:
    """The MDN's own headers, without those of the connection."""
    found: list[tuple[str, str]] = []
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() not in _WITHHELD:
            found.append((name, value.strip()))
    return found
