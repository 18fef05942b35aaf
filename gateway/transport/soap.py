"""Portals in SOAP: zeep knows their WSDL, signatures are made and judged by us.

What zeep reads of an answer is the Body as it was signed, and nothing else of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from gateway.findings import Finding
from gateway.partner import Profile
from gateway.partner.profile import SoapPortalChannel
from gateway.pipeline.ports import Failed, Outbound, Sent, Trouble
from gateway.safexml import as_bytes
from gateway.transport.https import Endpoint, NoAnswer, Response
from gateway.transport.posting import AGENT, Posting, authorization, endpoint
from gateway.trust.judging import Judged
from gateway.trust.keyring import Keyring, OwnKey
from gateway.trust.report import Fault
from gateway.trust.wssecurity.envelope import Envelope
from gateway.trust.wssecurity.signing import signed_message

__all__ = [
    "KIND",
    "Believing",
    "Portal",
    "PortalFault",
    "PortalLost",
    "Portals",
    "SoapPosts",
]

KIND = "soap_portal"
_BINDINGS = ("Soap11Binding", "Soap12Binding")
Believing = Callable[[str, bytes, str], Judged]
"""Judges an answer of a partner to the message of an id; the content is its Body."""


class PortalLost(Exception):
    """There was no answer, or none of SOAP; nobody knows what was taken in."""


class PortalFault(Exception):
    """The portal refused, is not believed, or cannot be called by its WSDL.

    ``is_final``: it said so, signed, and blames the call.
    """

    def __init__(self, code: str, what: str, *, is_final: bool = False) -> None:
        super().__init__(what)
        self.finding = Finding.of(code, what)
        self.is_final = is_final


@dataclass(slots=True)
class _Line:
    """The way to one portal: where to, as whom, and how its answers are judged."""

    to: Endpoint
    posting: Posting
    key: OwnKey
    headers: tuple[tuple[str, str], ...]
    believed: Callable[[bytes, str], Judged]
    message_id: str = ""
    """The id of the one message that goes; empty: each has one of its own."""
    last: tuple[bytes, Judged] | None = None
    """The last answer as it came, and what it was judged to be."""

    def call(self, message: bytes, action: str, media_type: str) -> bytes:
        """Post a message, signed; the answer with nothing but its signed Body."""
        id_ = self.message_id or f"urn:uuid:{uuid4()}"
        addressing = {"To": self.to.url, "MessageID": id_}
        if action:
            addressing["Action"] = action
        now = self.posting.clock()
        try:
            body = signed_message(
                message, self.key.private_key, self.key.certificate, now, addressing
            )
            headers = (("Content-Type", media_type), *self.headers)
            response = self.posting.lines.post(self.to, headers, (body,), len(body))
        except NoAnswer as problem:
            raise PortalLost(str(problem)) from problem
        return self._believed(response, id_)

    def _believed(self, response: Response, id_: str) -> bytes:
        try:
            envelope = Envelope.read(response.body)
            is_signed = envelope.security is not None
        except Fault as fault:
            what = f"HTTP {response.status} without a message in SOAP: {fault.what}"
            raise PortalLost(what) from None
        if envelope.fault is not None and not is_signed:
            what = f"it said, unsigned: {envelope.fault}"
            raise PortalFault("SOAP-011", what)
        found = self.believed(response.body, id_)
        self.last = response.body, found
        if found.content is None:
            report = found.report
            what = f"{report.constraint}: {report.what}"
            raise PortalFault("SOAP-012", what)
        space = envelope.soap.namespace
        whole = b'<s:Envelope xmlns:s="%b">%b</s:Envelope>'
        data = whole % (space.encode(), found.content)
        told = Envelope.read(data)
        if told.fault is not None:
            what = f"it said: {told.fault}"
            raise PortalFault("SOAP-011", what, is_final=told.blames_the_caller)
        return data


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer as zeep wants one."""

    content: bytes
    headers: dict[str, str] = field(
        default_factory=lambda: {"Content-Type": "text/xml"}
    )
    status_code: int = 200
    encoding: str = "utf-8"


class _Carrier:
    """Carries zeep's messages; of files it reads those beside the WSDL only."""

    def __init__(self, line: _Line, folder: Path) -> None:
        self._line, self._folder = line, folder.resolve()

    def load(self, url: str) -> bytes:
        """A WSDL, or a schema that it includes."""
        place = Path(url).resolve()
        if not place.is_relative_to(self._folder):
            raise PortalFault("SOAP-013", f"it refers to {url[:200]}: none is fetched")
        return place.read_bytes()

    def post_xml(self, address: str, envelope: Any, headers: dict[str, str]) -> _Said:
        """Post what zeep made of a call."""
        action = headers.get("SOAPAction", "").strip('"')
        kind = headers.get("Content-Type", "text/xml; charset=utf-8")
        return _Said(self._line.call(as_bytes(envelope), action, kind))


class Portal:
    """One portal, called by its WSDL. Raises ``PortalLost`` and ``PortalFault``."""

    def __init__(self, channel: SoapPortalChannel, line: _Line, home: Path) -> None:
        self._names, self._line = channel.operations, line
        with _wsdl(channel, home) as place:
            self._client = _client(place, line)
        self._binding, self._known = self._bound()
        self._service = self._client.create_service(self._binding, line.to.url)

    @property
    def last(self) -> tuple[bytes, Judged]:
        """The last answer as it came, and what it was judged to be."""
        assert self._line.last is not None
        return self._line.last

    def waiting(self) -> list[str]:
        """The ids of orders that wait, each once, in the portal's order."""
        name = self._names.id
        found = _leaves(self._called(self._names.list))
        ids = (str(one) for key, one in found if name is None or key in ("", name))
        return list(dict.fromkeys(filter(None, ids)))

    def fetch(self, id_: str) -> bytes:
        """The document of one order."""
        leaves = list(_leaves(self._called(self._names.get, id_)))
        octets = [one for _, one in leaves if isinstance(one, bytes)]
        texts = [str(one).encode() for _, one in leaves if isinstance(one, str) and one]
        found = octets or texts
        if len(found) == 1:
            return found[0]
        what = f"{self._names.get} gives {len(found)} documents, one is read"
        raise PortalFault("SOAP-004", what)

    def confirm(self, id_: str, receipt_id: str) -> None:
        """Say that we have it: it waits no more."""
        self._called(self._names.confirm, id_, receipt_id)

    def respond(self, message_id: str, document: bytes) -> None:
        """Hand over our answer."""
        name = self._names.respond
        given: tuple[str | bytes, ...] = (message_id, document)
        self._called(name, *given[-len(_inputs(self._known, name)) :])
        report = self.last[1].report
        if not report.is_passed:
            raise PortalFault("SOAP-012", f"{report.constraint}: {report.what}")

    def _bound(self) -> tuple[str, Any]:
        """The first binding that has our operations, and the operations in it."""
        needed = (self._names.list, self._names.get, self._names.confirm)
        for name, binding in self._client.wsdl.bindings.items():
            is_soap = type(binding).__name__ in _BINDINGS
            known = binding.all() if is_soap else {}
            if all(one in known for one in needed):
                return name, known
        what = f"no binding has {', '.join(needed)}"
        raise PortalFault("SOAP-013", what)

    def _called(self, name: str, *given: str | bytes) -> Any:
        """The answer of an operation, called with as much of this as it takes."""
        wanted = _inputs(self._known, name)
        if len(wanted) > len(given):
            what = f"{name} takes {len(wanted)} values, {len(given)} are known"
            raise PortalFault("SOAP-013", what)
        values = [_fit(one, v) for one, v in zip(wanted, given, strict=False)]
        try:
            return self._service[name](*values)
        except (PortalFault, PortalLost):
            raise
        except Exception as problem:  # zeep's own, of many kinds
            what = f"{name}: {type(problem).__name__}: {problem}"
            raise PortalFault("SOAP-013", what[:300]) from problem


def _client(place: Path, line: _Line) -> Any:
    """zeep's view of a WSDL."""
    from zeep import Client, Settings  # noqa: PLC0415  it takes a quarter of a second

    settings = Settings(forbid_dtd=True, forbid_external=True)
    try:
        carrier: Any = _Carrier(line, place.parent)
        made: Any = Client  # of no types
        return made(str(place), transport=carrier, settings=settings)
    except PortalFault:
        raise
    except Exception as problem:  # whatever is wrong with a file of theirs
        what = f"{place.name}: {type(problem).__name__}: {problem}"
        raise PortalFault("SOAP-013", what[:300]) from problem


def _wsdl(channel: SoapPortalChannel, home: Path) -> AbstractContextManager[Path]:
    """The file of a channel's WSDL, or of ours."""
    if channel.wsdl is None:
        return as_file(files("gateway.transport").joinpath("wsdl", "portal.wsdl"))
    return nullcontext(home / "wsdl" / channel.wsdl)


def _inputs(known: Any, name: str) -> list[Any]:
    """The elements that an operation takes, in their order."""
    if name not in known:
        raise PortalFault("SOAP-013", f"there is no operation {name}")
    body = known[name].input.body
    if body is None:
        return []
    inside = getattr(body.type, "elements", None)
    return [body] if inside is None else [one for _, one in inside]


def _fit(element: Any, value: str | bytes) -> str | bytes:
    """A document in octets where the schema has base64, else as text."""
    if isinstance(value, bytes) and type(element.type).__name__ != "Base64Binary":
        return value.decode("utf-8", "replace")
    return value


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """What stands in an answer, with the name of its element where there is one."""
    if hasattr(value, "__values__"):
        value = value.__values__
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, name)
    elif hasattr(value, "getroottree"):
        yield name, as_bytes(value)
    elif value is not None:
        yield name, value


@dataclass(frozen=True, slots=True)
class Portals:
    """Opens portals of partners: as whom, and how their answers are judged."""

    home: Path
    keyrings: Callable[[str], Keyring]
    posting: Posting
    believed: Believing

    def open(
        self, partner_id: str, channel: SoapPortalChannel, message_id: str = ""
    ) -> Portal:
        """A portal to be called now. Raises ``PortalFault``."""
        now, keyring = self.posting.clock(), self.keyrings(partner_id)
        key = keyring.ours.documents(now) or keyring.ours.signing(now)
        if key is None:
            raise PortalFault("CFG-041", "no key of ours is there to sign with")
        login = authorization(channel.auth, self.posting.secrets)
        if isinstance(login, Failed):
            raise PortalFault(login.code, login.what)
        times = channel.times
        line = _Line(
            to=endpoint(channel.url, keyring, now, times.connect_s, times.answer_s),
            posting=self.posting,
            key=key,
            headers=(*login, AGENT),
            believed=partial(self.believed, partner_id),
            message_id=message_id,
        )
        return Portal(channel, line, self.home)


class SoapPosts:
    """Our answers, handed over to portals; a repeat has the same message id."""

    def __init__(self, profiles: Iterable[Profile], portals: Portals) -> None:
        self._channels = {
            (profile.id, channel.id): channel
            for profile in profiles
            for channel in profile.channels
            if isinstance(channel, SoapPortalChannel)
        }
        self._portals = portals

    def send(self, outbound: Outbound) -> Sent | Failed:
        """Hand it over once; only an answer that is believed says that it arrived."""
        partner_id = outbound.partner_id
        channel = self._channels.get((partner_id, outbound.channel))
        if channel is None:
            what = f"{partner_id} has no channel {outbound.channel!r}"
            return Failed(what, trouble=Trouble.OURS)
        id_ = f"urn:uuid:{uuid5(NAMESPACE_URL, outbound.id)}"
        try:
            portal = self._portals.open(partner_id, channel, id_)
            portal.respond(outbound.id, b"".join(outbound.blob.chunks()))
        except PortalLost as lost:
            return Failed(str(lost))
        except PortalFault as fault:
            trouble = Trouble.REFUSED if fault.is_final else Trouble.CONNECTION
            found = fault.finding
            is_ours = found.code in ("SOAP-013", "CFG-041")
            if is_ours:
                trouble = Trouble.OURS
            return Failed(found.what, trouble=trouble, code=found.code, at_once=is_ours)
        return Sent("taken by the portal, signed")
