"""What two parties settled: names, security, receipts, allowances, and their keys."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.as2.micalg import STRONG, digest_name
from gateway.partner.as2 import As2Replies
from gateway.partner.profile import As2Channel, Profile
from gateway.trust.keyring import Keyring

__all__ = ["Agreement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One pair of AS2 names and everything that is agreed for it.

    Digests have the names of ``hashlib`` (``sha256``), ciphers those of the profile
    (``aes256-cbc``). An empty ``sign`` or ``encrypt`` means that we do not.
    """

    partner_id: str
    channel_id: str
    ours: str
    theirs: str
    url: str
    keyring: Keyring = field(default_factory=Keyring)
    sign: str = "sha256"
    signature: str = "rsa"
    encrypt: str = "aes256-cbc"
    transport: str = "rsa"
    compress: str = "none"
    require: frozenset[str] = frozenset(("signature", "encryption"))
    legacy: frozenset[str] = frozenset()
    version: str = "1.2"
    strict_file_names: bool = False
    receipt: str = "sync"
    receipt_signed: bool = True
    receipt_url: str = ""
    replies: As2Replies = field(default_factory=As2Replies)

    @classmethod
    def of(
        cls, profile: Profile, channel: As2Channel, keyring: Keyring, receipt_url: str
    ) -> Agreement:
        """The agreement that a profile's channel stands for.

        ``receipt_url`` is our own address for receipts of the async kind, taken where
        the channel names none.
        """
        security = channel.security
        return cls(
            partner_id=profile.id,
            channel_id=channel.id,
            ours=channel.names.ours,
            theirs=channel.names.theirs,
            url=channel.url,
            keyring=keyring,
            sign=digest_name(security.sign),
            signature=security.signature,
            encrypt="" if security.encrypt == "none" else security.encrypt,
            transport=security.transport,
            compress=security.compress,
            require=frozenset(security.require),
            legacy=frozenset(channel.legacy),
            version=channel.version,
            strict_file_names=channel.file_names == "strict",
            receipt=channel.receipt.reply,
            receipt_signed=channel.receipt.signature == "required",
            receipt_url=channel.receipt.url or receipt_url,
            replies=channel.replies,
        )

    def takes_digest(self, name: str) -> bool:
        """Whether signatures and MICs by this digest are good enough."""
        return name in STRONG or (name in ("sha1", "md5") and name in self.legacy)

    @property
    def is_bis(self) -> bool:
        """Whether the stricter rules of AS2 1.3 hold (rfc4130bis)."""
        return self.version == "1.3"
