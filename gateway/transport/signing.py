"""Files that we sign before they leave: beside, around, as S/MIME, or inside UBL.

A message is signed once; what came of it is kept and sent at every attempt.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from textwrap import wrap

from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.trust import Signing
from gateway.pipeline.ports import Failed, InMemory, Outbound, Trouble, Wire
from gateway.transport.media import media_type
from gateway.transport.posting import unready
from gateway.trust.keyring import Keyring, OwnKey, fingerprint
from gateway.trust.signing import sign_around, sign_detached
from gateway.trust.xmldsig.enveloped import NotPlaced, sign_inside

__all__ = ["SignedFiles"]

_KINDS = frozenset(("folder", "sftp", "sftp_drop"))
_SUFFIX = {"detached": ".p7s", "enveloping": ".p7m", "smime": ".eml", "xades": ""}
"""What the name of the file is followed by, by the form of the signature."""


class SignedFiles:
    """Signs what leaves as files for partners whose profile says so.

    ``keyrings`` gives our keys towards a partner; one with the use ``sign`` signs.
    """

    def __init__(
        self, profiles: Iterable[Profile], keyrings: Callable[[str], Keyring]
    ) -> None:
        self._agreed: dict[tuple[str, str], Signing] = {
            (profile.id, channel): profile.trust.sign
            for profile in profiles
            if profile.trust is not None and profile.trust.sign is not None
            for channel in _channels(profile)
        }
        self._keyrings = keyrings

    def wraps(self, outbound: Outbound) -> bool:
        """Whether this message leaves signed."""
        agreed = self._agreed.get((outbound.partner_id, outbound.channel))
        return outbound.wire is not None or (
            agreed is not None and (not agreed.kinds or outbound.kind in agreed.kinds)
        )

    @contextmanager
    def wrap(self, outbound: Outbound, now: datetime) -> Iterator[Wire | Failed]:
        """Sign it; valid until it is left."""
        key = self._keyrings(outbound.partner_id).ours.documents(now)
        if key is None:
            what = "no key of ours is current with the use sign"
            yield unready(Finding.of("CFG-044", what, value=outbound.partner_id))
            return
        agreed = self._agreed[outbound.partner_id, outbound.channel]
        is_ubl = outbound.kind.startswith("ubl_") and agreed.ubl == "xades"
        form = "xades" if is_ubl else agreed.form
        try:
            data = _signed(form, outbound, key, agreed.digest.replace("-", ""), now)
        except NotPlaced as problem:
            yield Failed(f"it cannot be signed: {problem}", trouble=Trouble.OURS)
            return
        told = {"suffix": _SUFFIX[form], "by": fingerprint(key.certificate)}
        yield Wire(
            id=f"{outbound.id}.{secrets.token_hex(8)}",
            blob=InMemory.of(data),
            facts=json.dumps(told),
            since=now,
        )

    @staticmethod
    def files(outbound: Outbound) -> tuple[Outbound, ...]:
        """What leaves: the signed file, or the signature and then the message."""
        suffix = _suffix_of(outbound.wire)
        if outbound.wire is None or suffix is None:
            return (outbound,)
        name = outbound.file_name + suffix
        signed = replace(outbound, file_name=name, blob=outbound.wire.blob)
        return (signed, outbound) if suffix == _SUFFIX["detached"] else (signed,)


def _suffix_of(wire: Wire | None) -> str | None:
    """What the name of a signed file ends with; none: it is no file that we signed."""
    suffix = json.loads(wire.facts or "{}").get("suffix") if wire else None
    return None if suffix is None else str(suffix)


def _channels(profile: Profile) -> Iterator[str]:
    """The channels by which files leave; ``folder`` is that of a partner without."""
    yield from (one.id for one in profile.channels if one.kind in _KINDS)
    if not profile.channels:
        yield "folder"


def _signed(
    form: str, outbound: Outbound, key: OwnKey, digest: str, now: datetime
) -> bytes:
    data = b"".join(outbound.blob.chunks())
    by = key.private_key, key.certificate
    if form == "xades":
        return sign_inside(data, *by, chain=key.chain, signed_at=now)
    if form == "enveloping":
        return sign_around(data, digest, *by, chain=key.chain, signed_at=now)
    entity = _entity(outbound, data) if form == "smime" else data
    sum_ = hashlib.new(digest, entity).digest()
    signature = sign_detached(sum_, digest, *by, chain=key.chain, signed_at=now)
    return _mime(entity, signature, digest) if form == "smime" else signature


def _entity(outbound: Outbound, data: bytes) -> bytes:
    """The message as a MIME entity; in base64, so that no line of it is changed."""
    name = outbound.file_name
    head = (
        f"Content-Type: {media_type(outbound.kind)}",
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"',
    )
    return "\r\n".join((*head, "", _lines(data))).encode()


def _mime(entity: bytes, signature: bytes, digest: str) -> bytes:
    """Both as a multipart/signed (RFC 1847, RFC 8551 3.5.3)."""
    boundary = f"----={secrets.token_hex(16)}"
    micalg = digest.replace("sha", "sha-")
    head = (
        "MIME-Version: 1.0",
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature";'
        f' micalg="{micalg}"; boundary="{boundary}"',
    )
    beside = (
        'Content-Type: application/pkcs7-signature; name="smime.p7s"',
        "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="smime.p7s"',
    )
    parts = (
        "\r\n".join((*head, "", f"--{boundary}", "")).encode(),
        entity,
        "\r\n".join(("", f"--{boundary}", *beside, "", _lines(signature))).encode(),
        f"\r\n--{boundary}--\r\n".encode(),
    )
    return b"".join(parts)


def _lines(data: bytes) -> str:
    return "\r\n".join(wrap(base64.b64encode(data).decode(), 76))
