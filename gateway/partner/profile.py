"""A trading partner's profile: who they are, what they send, how we answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.partner.alerts import AlertRule
from gateway.partner.as2 import (
    As2Names,
    As2Receipt,
    As2Replies,
    As2Security,
    As2Times,
    As2Url,
    Legacy,
    Security,
)
from gateway.partner.certificates import CertificateEntry
from gateway.partner.cxml import CxmlForm, CxmlIdentities
from gateway.partner.edifact import EdifactForm, EdifactIdentity
from gateway.partner.guide import Guide
from gateway.partner.oci import OciForm
from gateway.partner.policy import Policy
from gateway.partner.punchout import PunchOutForm
from gateway.partner.push import BasicAuth, PushTimes, SigningSecrets
from gateway.partner.scalars import (
    Association,
    Clock,
    Cron,
    Form,
    Hours,
    InFlight,
    Key,
    MessageVersion,
    Name,
    PartnerId,
    Qualifier,
    SecretRef,
    Separator,
    Suffix,
    Terminator,
    Text,
    Times,
    Version,
    X12Id,
    Zone,
    counted,
    mistake,
    one_or_several,
)
from gateway.partner.sftp import Host, HostKeys, Login, Port, SftpGet, SftpPut
from gateway.partner.ship import ShipNotices
from gateway.partner.sla import Sla
from gateway.partner.soap import PortalOperations, SoapGet, WsdlFile
from gateway.partner.trust import Trust
from gateway.partner.ubl import UblForm, UblIdentities

__all__ = [
    "Address",
    "As2Channel",
    "Channel",
    "Contact",
    "CxmlChannel",
    "Delivery",
    "Erp",
    "FolderChannel",
    "HttpChannel",
    "Identities",
    "Lane",
    "Location",
    "Profile",
    "PushChannel",
    "Receives",
    "Sends",
    "SftpChannel",
    "SftpDropChannel",
    "SoapPortalChannel",
    "Us",
    "X12Form",
    "X12Identity",
]


class X12Identity(Form):
    """An interchange address: ISA05 and ISA06, or ISA07 and ISA08."""

    qualifier: Annotated[Qualifier, Field(min_length=2, max_length=2)]
    """Interchange id qualifier (X12 I05)."""
    id: X12Id
    """Interchange id (X12 I06, I07), without the blanks that pad it."""
    gs: X12Id | None = None
    """Application code (GS02, GS03); left out: any."""


EdifactIdentities = Annotated[
    tuple[EdifactIdentity, ...],
    BeforeValidator(
        one_or_several, json_schema_input_type=EdifactIdentity | list[EdifactIdentity]
    ),
]


class Identities(Form):
    """The names a partner goes by."""

    x12: Annotated[
        tuple[X12Identity, ...],
        BeforeValidator(
            one_or_several, json_schema_input_type=X12Identity | list[X12Identity]
        ),
    ] = ()
    """Addresses in X12 interchanges: one mapping, or a list of them."""
    edifact: EdifactIdentities = ()
    """Addresses in EDIFACT interchanges: one mapping, or a list of them."""
    cxml: CxmlIdentities = ()
    """Names in From of their documents of cXML: one mapping, or a list of them."""
    ubl: UblIdentities = ()
    """Names in their documents of UBL: one mapping, or a list of them."""
    duns: Text | None = None
    """D-U-N-S number."""
    gln: Text | None = None
    """Global location number."""
    vat: Text | None = None
    """VAT number, for invoices."""


class Us(Form):
    """Who we are towards this partner: the receiver of their messages."""

    x12: X12Identity | None = None
    """Our address in X12 interchanges."""
    edifact: EdifactIdentities = ()
    """Our addresses in EDIFACT interchanges, the first one for what we send on our
    own: one mapping, or a list of them."""
    cxml: CxmlIdentities = ()
    """Our names in To of their documents of cXML: one mapping, or a list of them."""
    ubl: UblIdentities = ()
    """Our names in their documents of UBL: one mapping, or a list of them."""
    duns: Text | None = None
    """Our D-U-N-S number."""
    gln: Text | None = None
    """Our global location number."""
    vat: Text | None = None
    """Our VAT number, for invoices."""


def _folder(value: object) -> str:
    """A folder below the one that the channel's settings name, never above it."""
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise mistake("a folder name")
    parts = value.split("/")
    if any(part in ("", ".", "..") for part in parts) or not value.isprintable():
        raise mistake("a relative folder name without .. in it")
    return value


_Folder = Annotated[str, BeforeValidator(_folder)]


class Delivery(Form):
    """When messages may leave, by the partner's clock."""

    from_: Annotated[Clock | None, Field(alias="from")] = None
    """When the hours of the day begin in which messages leave; left out: all day."""
    to: Clock | None = None
    """When they end; earlier than the beginning: the next morning."""
    at: Cron | None = None
    """Times at which what has been queued leaves together, like ``0 6,18 * * mon-fri``:
    minute, hour, day, month, weekday; left out: at once."""
    zone: Zone = "UTC"
    """The time zone of both, like ``Europe/Paris``."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = [one for one in (self.from_, self.to) if one is not None]
        if given and len(set(given)) != 2:
            raise mistake("both from and to, two different times of day")
        return self


class Lane(Form):
    """How messages of ours leave through a channel."""

    order: Literal["kept", "any"] = "kept"
    """Whether they leave in the order in which they were made: then one that fails
    holds those behind it until it arrives, is given up or skipped."""
    in_flight: InFlight = 1
    """How many are sent at once over all processes, where the order does not matter."""
    per_minute: Times = 0
    """How many leave in a minute at most; 0: as many as there are."""
    delivery: Delivery | None = None
    """When they may leave; left out: at any time."""


class FolderChannel(Lane):
    """Files are exchanged through folders."""

    id: Name
    """What ``receives`` and ``sends`` call the channel."""
    kind: Literal["folder"]
    """The kind of channel."""
    inbound: _Folder = "in"
    """Folder they put files into, relative to the partner's exchange folder."""
    outbound: _Folder = "out"
    """Folder we put files into."""
    archive: _Folder = "archive"
    """Folder that read files are moved to."""


class HttpChannel(Lane):
    """Messages are posted to us over HTTP; answers are fetched or part of the reply."""

    id: Name
    """What ``receives`` and ``sends`` call the channel."""
    kind: Literal["http"]
    """The kind of channel."""


class As2Channel(Lane):
    """Messages are exchanged by AS2 (RFC 4130), in both directions."""

    id: Name
    """What ``receives`` and ``sends`` call the channel."""
    kind: Literal["as2"]
    """The kind of channel."""
    url: As2Url
    """Where we post to: their AS2 address."""
    auth: BasicAuth | None = None
    """Who we are to their server, besides a client certificate of ours."""
    names: As2Names
    """The AS2 names of both sides."""
    security: Security = As2Security()
    """How messages are protected; that nothing does has to be written out, and is
    refused when ``GATEWAY_ENV`` is ``production``."""
    legacy: tuple[Legacy, ...] = ()
    """Old ways that are allowed with this partner: sha1 and md5 (digests), 3des,
    rsa1024 (keys below 2048 bits), line_ends (a signature over CR LF where LF came),
    unverified (content is taken, with a warning, though its signer is not known)."""
    receipt: As2Receipt = As2Receipt()
    """The receipt (MDN) that we ask for."""
    replies: As2Replies = As2Replies()
    """The receipts (MDNs) that we answer with."""
    times: As2Times = As2Times()
    """How long is waited."""
    version: Literal["1.1", "1.2", "1.3"] = "1.2"
    """AS2-Version that we send; 1.3 also puts its stricter rules in force."""
    file_names: Literal["safe", "strict"] = "safe"
    """What happens to file names that are not fit to be one, or come twice in one
    message: they are changed, or the message is refused."""
    body: Literal["length", "chunked"] = "length"
    """Whether a request says its length before, or comes in HTTP chunks."""

    @model_validator(mode="after")
    def _is_allowed(self) -> Self:
        if self.version == "1.3" and {"sha1", "md5", "3des"} & set(self.legacy):
            raise mistake("version 1.2, or no sha1, md5 and 3des under legacy")
        return self


class PushChannel(Lane):
    """Messages are posted to them over HTTPS, each with an ``Idempotency-Key``."""

    id: Name
    """What ``receives`` and ``sends`` call the channel."""
    kind: Literal["push"]
    """The kind of channel."""
    url: As2Url
    """Where we post to."""
    secrets: SigningSecrets = ()
    """Where the secrets are that we sign with (HMAC-SHA256): one, or two while it
    changes."""
    auth: BasicAuth | None = None
    """Who we are to their server, besides a client certificate of ours."""
    times: PushTimes = PushTimes()
    """How long is waited."""

    @model_validator(mode="after")
    def _is_protected(self) -> Self:
        if not self.secrets and not self.url.startswith("https:"):
            raise mistake("an address with https, or secrets to sign with")
        return self


class CxmlChannel(Lane):
    """Documents of cXML are posted to them; the Status of their answer counts."""

    id: Name
    """What ``receives`` and ``sends`` call the channel."""
    kind: Literal["cxml"]
    """The kind of channel."""
    url: As2Url
    """Where we post to; without https only at the stage ``test``."""
    secret: SecretRef
    """Where the shared secret is that we show in Sender."""
    times: PushTimes = PushTimes()
    """How long is waited."""


class SftpChannel(Lane):
    """Files are exchanged through their SFTP server, which we connect to."""

    id: Name
    """What ``receives`` and ``sends`` call the channel."""
    kind: Literal["sftp"]
    """The kind of channel."""
    host: Host
    """Their server."""
    port: Port = 22
    """Its port."""
    user: Login
    """The name we log in with."""
    key: SecretRef | None = None
    """Where our private key is (OpenSSH or PEM); it is tried before the password."""
    key_password: SecretRef | None = None
    """Where the password of the key is; left out: it has none."""
    password: SecretRef | None = None
    """Where our password is."""
    host_keys: HostKeys
    """The server's key, or two while it changes: ``ssh-ed25519 AAAA...``, or
    ``ssh-ed25519 SHA256:...``. Another key stops the channel."""
    algorithms: Literal["strict", "legacy"] = "strict"
    """Legacy is for old servers that know only SHA-1 signatures, CBC and the like."""
    timeout_s: Annotated[int, *counted(1, 600)] = 30
    """Seconds that they have for the connection, the login and each answer."""
    get: SftpGet | None = None
    """How files are picked up; left out: none are."""
    put: SftpPut = SftpPut()
    """How files are delivered."""

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if self.key is None and self.password is None:
            raise mistake("key or password, or both")
        return self


class SftpDropChannel(Lane):
    """They exchange files through our own SFTP door: ``in`` is theirs to write to, and
    what waits for them lies in ``out``."""

    id: Name
    """What ``receives`` and ``sends`` call the channel."""
    kind: Literal["sftp_drop"]
    """The kind of channel."""
    taken: Literal["removed", "read"] = "removed"
    """What delivers a message: that they have read it and then deleted or renamed it,
    or that they have read it to its end."""

    @model_validator(mode="after")
    def _is_fetched(self) -> Self:
        if self.model_fields_set & {"order", "in_flight", "per_minute"}:
            raise mistake("no order, in_flight or per_minute: they fetch as they like")
        return self


class SoapPortalChannel(Lane):
    """Orders wait in their portal, which we poll in SOAP; our answers go there too.
    Both sides sign by WS-Security: how theirs is believed stands under trust."""

    id: Name
    """What ``receives`` and ``sends`` call the channel."""
    kind: Literal["soap_portal"]
    """The kind of channel."""
    url: As2Url
    """Where we post to; without https only at the stage ``test``."""
    wsdl: WsdlFile | None = None
    """Its WSDL 1.1: a file below the folder ``wsdl`` of ``GATEWAY_HOME``, which nothing
    is fetched for; left out: a portal of our own WSDL."""
    operations: PortalOperations = PortalOperations()
    """What its operations are called."""
    get: SoapGet | None = None
    """When we look for orders; left out: never."""
    auth: BasicAuth | None = None
    """Who we are to their server, besides our signature and a client certificate."""
    times: PushTimes = PushTimes()
    """How long is waited."""


Channel = Annotated[
    FolderChannel
    | HttpChannel
    | As2Channel
    | PushChannel
    | CxmlChannel
    | SftpChannel
    | SftpDropChannel
    | SoapPortalChannel,
    Field(discriminator="kind"),
]


class Receives(Form):
    """A message type that we take from this partner."""

    message: Key
    """Message type, like x12_850."""
    version: MessageVersion
    """Its version (GS08), or its directory; letters behind the six digits of a version
    are kept for the guide. Of cXML always 1.2: whichever part of it is taken."""
    association: Association | None = None
    """The subset of the directory (0057), like EAN008; left out: any."""
    channel: Name | None = None
    """The channel it comes through; left out: any."""


class Sends(Form):
    """A message type that we send to this partner."""

    message: Key
    """Message type, like x12_855."""
    version: MessageVersion
    """Its version (GS08), its directory, or the version of cXML that they read, like
    1.2.050."""
    association: Association | None = None
    """The subset of the directory (0057) that it keeps to, like EAN005."""
    within_h: Hours | None = None
    """Hours within which it has to leave, where ``sla`` has no clock for it."""
    channel: Name | None = None
    """The channel it leaves through; left out: the one the order came through."""


class X12Form(Form):
    """How we write X12 to this partner. What is left out follows what they sent."""

    element_separator: Separator | None = None
    """Between elements."""
    component_separator: Separator | None = None
    """Between components (ISA16)."""
    repetition_separator: Separator | None = None
    """Between repetitions (ISA11), from interchange version 00402 on."""
    terminator: Terminator | None = None
    """Behind each segment: one character, or CR LF."""
    suffix: Suffix | None = None
    """Line break behind each terminator."""
    encoding: Literal["ascii", "utf-8", "latin-1", "cp1252"] = "ascii"
    """Character encoding, read and written."""
    interchange_version: Version = "00401"
    """ISA12 of what we send."""
    usage: Literal["P", "T", "I"] | None = None
    """ISA15 of what we send on our own; an answer has that of the order."""
    ack: Literal["997", "999"] = "997"
    """The functional acknowledgement they get; 999 for groups from 005010 on."""
    ta1: Literal["asked", "rejecting", "never"] = "asked"
    """When they get a TA1: where ISA14 asks for it, also unasked when an interchange
    is rejected, or never."""
    level: Literal["strict", "tolerant", "repair"] = "tolerant"
    """What deviations of envelope and wire weigh: strict refuses them, tolerant tells
    them, repair accepts what has one possible meaning."""
    unique: Literal["interchange", "group", "set"] = "interchange"
    """Down to which level their control numbers are unique: interchange (ISA13),
    group (GS06, in whichever interchange) or set (ST02 in its group). What comes
    again is not booked again; other content under a number is rejected."""
    gaps: Literal["ignore", "warn"] = "ignore"
    """Whether numbers missing in their ISA13 and GS06 are told: only for partners who
    number without gaps, GS06 apart for each kind of group."""
    missing_segment_position: Literal["next", "last"] = "next"
    """Where AK302 puts a missing segment: behind the last one read, or at it."""


class Address(Form):
    """A postal address."""

    lines: tuple[Text, ...] = ()
    """Street lines."""
    city: str = ""
    """City."""
    region: str = ""
    """State or province."""
    postal_code: str = ""
    """Postal code."""
    country: str = ""
    """Country, ISO 3166 two letters."""


class Location(Form):
    """A place of theirs that goods may be sent to."""

    id: Text
    """Its id as N1-04 has it."""
    scheme: Qualifier | None = None
    """Who gave the id (N1-03, X12 DE 66); left out: any."""
    name: str = ""
    """Its name."""
    address: Address = Address()
    """Its address."""


class Contact(Form):
    """A person or desk to talk to."""

    role: Text
    """What for: edi, orders, accounting."""
    name: str = ""
    """Name."""
    email: str = ""
    """Mail address."""
    phone: str = ""
    """Telephone number."""


ErpFormat = Literal["json", "csv"]


class Erp(Form):
    """How orders of this partner reach an ERP that reads files."""

    orders: Annotated[
        tuple[ErpFormat, ...],
        BeforeValidator(
            one_or_several, json_schema_input_type=ErpFormat | list[ErpFormat]
        ),
    ] = ()
    """Forms of the files that orders are handed over in: json, csv; none: no files."""
    folder: Literal["shared", "own"] = "shared"
    """Where they lie: in erp/out, or in a folder of the partner's, erp/ID/out."""


def _patch(value: Any) -> Any:
    """YAML's words for nothing arrive as text."""
    return None if value in (None, "", "null", "~") else value


class Profile(Form):
    """Everything that we know of a trading partner, as one YAML file says it."""

    schema_: Annotated[
        Literal["1"], WithJsonSchema({"enum": ["1", 1]}), Field(alias="schema")
    ]
    """Version of this form."""
    id: PartnerId
    """The partner's folder and its id in every table and path."""
    name: Text
    """Name for people."""
    stage: Literal["live", "test"]
    """In test nothing is booked or shipped."""
    identities: Identities
    """The names they go by."""
    us: Us
    """The names we go by towards them."""
    channels: tuple[Channel, ...] = ()
    """The ways messages come and go."""
    receives: tuple[Receives, ...] = ()
    """What we take from them."""
    sends: tuple[Sends, ...] = ()
    """What we send them besides the functional acknowledgement."""
    x12: X12Form = X12Form()
    """How we write X12 to them."""
    edifact: EdifactForm = EdifactForm()
    """How we write EDIFACT to them."""
    cxml: CxmlForm = CxmlForm()
    """How documents of cXML are exchanged with them."""
    ubl: UblForm = UblForm()
    """What documents of UBL are held against."""
    punchout: PunchOutForm = PunchOutForm()
    """How their users shop with us and take their cart back."""
    oci: OciForm = OciForm()
    """How their system calls up our shop by OCI."""
    guide: Guide = Guide()
    """Where their guide departs from the standard."""
    locations: tuple[Location, ...] = ()
    """Known ship-to places."""
    contacts: tuple[Contact, ...] = ()
    """People to talk to."""
    policy: Policy = Policy()
    """What business findings lead to."""
    certificates: tuple[CertificateEntry, ...] = ()
    """Their certificates, those of the future and the past too."""
    trust: Trust | None = None
    """How documents that they sign are believed; left out: none is."""
    erp: Erp = Erp()
    """The files for and from our ERP."""
    ship_notice: ShipNotices = ShipNotices()
    """Our ship notices to them."""
    sla: Sla = Sla()
    """The time agreed on with them, and what lateness costs."""
    alerts: tuple[AlertRule, ...] = ()
    """Who is told of what goes wrong; without rules those of ``GATEWAY_ALERT_TO``."""
    patch: Annotated[Key | None, BeforeValidator(_patch)] = None
    """Name of a function in ``mappers/partners``, for what data cannot say."""

    @property
    def takes_signed_alone(self) -> bool:
        """Whether what is not signed is refused, by whichever door it comes."""
        return self.trust is not None and self.trust.unsigned == "refused"

    @property
    def punches_out(self) -> bool:
        """Whether their users shop with us: carts have somewhere to go."""
        return bool(self.punchout.return_to)

    @model_validator(mode="after")
    def _is_protected(self) -> Self:
        """A shared secret goes through no open line, but at the stage test."""
        for one in self.channels if self.stage == "live" else ():
            if not isinstance(one, CxmlChannel | SoapPortalChannel):
                continue
            if not one.url.startswith("https:"):
                what = f"an address with https for the channel of kind {one.kind}"
                raise mistake(what)
        return self

    @model_validator(mode="after")
    def _can_sign(self) -> Self:
        """What we sign are files; of one that is fetched the signature is no other."""
        if self.trust is None or self.trust.sign is None:
            return self
        kinds = {one.kind for one in self.channels} or {"folder"}
        if not kinds & {"folder", "sftp", "sftp_drop"}:
            raise mistake("a channel of files for trust.sign: folder, sftp, sftp_drop")
        if "sftp_drop" in kinds and self.trust.sign.form == "detached":
            raise mistake(
                "form enveloping or smime of trust.sign where files are fetched"
            )
        return self
