"""What is agreed with partners about AS2, with the keys that are good now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.as2.agreement import Agreement
from gateway.as2.names import read_name
from gateway.config import Settings
from gateway.partner import Profile
from gateway.partner.profile import As2Channel
from gateway.store.keyrings import Keyrings


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One AS2 channel of a partner, and the agreement it stands for now."""

    partner_id: str
    channel: As2Channel
    agreement: Agreement


class Agreements:
    """The AS2 channels of these profiles, by name and by id.

    In production a channel without any security is left out, as if it were not there.
    """

    def __init__(
        self, profiles: Iterable[Profile], keyrings: Keyrings, settings: Settings
    ) -> None:
        self._keyrings = keyrings
        self._receipts = f"{settings.as2_url}/mdn" if settings.as2_url else ""
        strict = settings.env == "production"
        known = [
            (profile, channel)
            for profile in profiles
            for channel in profile.channels
            if isinstance(channel, As2Channel)
            and not (strict and channel.security.is_none)
        ]
        self._by_names: Mapping[tuple[str, str], tuple[Profile, As2Channel]] = {
            (channel.names.theirs, channel.names.ours): (profile, channel)
            for profile, channel in known
        }
        self._by_id: Mapping[tuple[str, str], tuple[Profile, As2Channel]] = {
            (profile.id, channel.id): (profile, channel) for profile, channel in known
        }

    def found(self, theirs: str, ours: str) -> Known | None:
        """The agreement of a message that came, by its AS2-From and AS2-To.

        Where nobody has these names, names that were quoted twice are read again:
        pyas2lib 1.4.4 quotes those of its MDNs although they are quoted.
        """
        names = (theirs, ours), (read_name(theirs), read_name(ours))
        known = filter(None, map(self._by_names.get, names))
        return self._known(next(known, None))

    def of(self, partner_id: str, channel_id: str) -> Known | None:
        """The agreement of a channel by which we send."""
        return self._known(self._by_id.get((partner_id, channel_id)))

    def _known(self, found: tuple[Profile, As2Channel] | None) -> Known | None:
        if found is None:
            return None
        profile, channel = found
        keyring = self._keyrings.of(profile.id)
        agreement = Agreement.of(profile, channel, keyring, self._receipts)
        return Known(partner_id=profile.id, channel=channel, agreement=agreement)
