"""``orders``, ``messages``, ``alerts`` and ``show``: what there is."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say
from gateway.cli.advices import show_advice, tell_said
from gateway.cli.changes import show_change, tell_changes
from gateway.partner.alerts import AlertKind
from gateway.pipeline.report import told
from gateway.store import order_page, queries
from gateway.store.rows import MessageRow, OrderDetail

_Partner = Annotated[str | None, typer.Option(help="Only this partner's.")]
_Json = Annotated[bool, typer.Option("--json", help="One object a line.")]
_Limit = Annotated[int, typer.Option(min=1, max=500, help="How many at most.")]


def orders(
    partner: _Partner = None,
    state: Annotated[str | None, typer.Option(help="held, confirmed, ...")] = None,
    limit: _Limit = 50,
    json: _Json = False,
) -> None:
    """List orders, newest first."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        page = queries.orders(tx, partner=partner, state=state, limit=limit)
    if json:
        for row in page.items:
            say.as_json(_plain(row))
        return
    head = ("order", "partner", "PO", "state", "lines", "received")
    say.table(
        head,
        (
            (
                row.id,
                row.partner_id,
                row.po_number + (f"/{row.release_number}" * bool(row.release_number)),
                row.state + (" (test)" if row.test else ""),
                row.line_count,
                f"{row.created_at:%Y-%m-%d %H:%M:%S}",
            )
            for row in page.items
        ),
    )


def messages(
    partner: _Partner = None,
    direction: Annotated[str | None, typer.Option(help="in or out.")] = None,
    state: Annotated[
        str | None, typer.Option(help="A validation or delivery status.")
    ] = None,
    limit: _Limit = 50,
    json: _Json = False,
) -> None:
    """List messages in and out with their three statuses, newest first."""
    if direction not in (None, "in", "out"):
        say.failed(f"--direction is in or out, not {direction!r}")
    with opened.gateway() as gateway, gateway.db.read() as tx:
        page = queries.messages(
            tx, partner=partner, direction=direction, state=state, limit=limit
        )
    if json:
        for row in page.items:
            say.as_json(_plain(row))
        return
    head = ("message", "partner", "", "type", "number", "validation", "delivery")
    say.table((*head, "ack", "wire"), map(_message_cells, page.items))


def alerts(
    partner: _Partner = None,
    kind: Annotated[
        AlertKind | None, typer.Option(help="Only of this kind.", show_default=False)
    ] = None,
    cursor: Annotated[
        str | None, typer.Option(help="An alert's id: those before it.")
    ] = None,
    limit: _Limit = 50,
    json: _Json = False,
) -> None:
    """List what went wrong, newest first."""
    with opened.gateway() as gateway, gateway.db.read() as tx:
        page = queries.alerts(
            tx, partner=partner, kind=kind, cursor=cursor, limit=limit
        )
    if json:
        for row in page.items:
            say.as_json(_plain(row))
        return
    head = ("alert", "at", "partner", "kind", "code", "about", "what")
    say.table(
        head,
        (
            (
                row.id,
                f"{row.at:%Y-%m-%d %H:%M:%S}",
                row.partner_id or "-",
                row.kind,
                row.code,
                row.ref,
                row.what,
            )
            for row in page.items
        ),
    )
    if page.cursor:
        say.line(f"More: --cursor {page.cursor}")


def _message_cells(row: MessageRow) -> tuple[object, ...]:
    arrow = "in" if row.direction == "in" else "out"
    return (
        row.id,
        row.partner_id,
        arrow,
        row.type,
        row.control_number,
        row.validation or "-",
        row.delivery,
        row.acknowledgement,
        row.wire or "-",
    )


def _plain(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def show(
    id: Annotated[
        str,
        typer.Argument(
            help="ord_, chg_, msg_, int_, rcp_, shp_, inv_, adv_; or stock."
        ),
    ],
    raw: Annotated[bool, typer.Option("--raw", help="The bytes and no more.")] = False,
    json: _Json = False,
) -> None:
    """Show an order, message, transmission, shipment, invoice, advice; or our stock."""
    with opened.gateway() as gateway:
        match id.partition("_")[0]:
            case "ord":
                _show_order(gateway, id, as_json=json, raw=raw)
            case "chg":
                show_change(gateway, id, as_json=json)
            case "msg":
                _show_message(gateway, id, raw=raw)
            case "rcp" | "int":
                _show_transmission(gateway, id, raw=raw)
            case "shp" | "inv":
                _show_document(gateway, id)
            case "adv":
                show_advice(gateway, id, as_json=json)
            case "stock":
                _show_stock(gateway, as_json=json)
            case _:
                say.failed(f"{id!r} is no id; they begin with ord_, msg_, int_ or rcp_")


def _show_document(gateway: Gateway, id_: str) -> None:
    with gateway.db.read() as tx:
        found = queries.document(tx, id_)
        said = queries.said_of(tx, id_)
    if found is None:
        say.failed(f"there is no {id_}")
    say.line(found.body)
    tell_said(said)


def _show_stock(gateway: Gateway, *, as_json: bool) -> None:
    found = gateway.stock()
    if as_json:
        for row in found:
            say.as_json(_plain(row))
        return
    head = ("item", "place", "available", "unit", "as of")
    cells = ("sku", "place", "available", "unit", "as_of")
    say.table(head, ([getattr(row, cell) for cell in cells] for row in found))


def _show_order(gateway: Gateway, id_: str, *, as_json: bool, raw: bool) -> None:
    with gateway.db.read() as tx:
        detail = order_page.order(tx, id_)
        if detail is None:
            say.failed(f"there is no order {id_}")
        sent = queries.answers(tx, gateway.db.payloads, order_id=id_)
    if as_json:
        say.line(detail.body)
        return
    if raw:
        sys.stdout.buffer.write(b"".join(answer.content for answer in sent))
        return
    tell_order(detail)
    tell_progress(detail)
    tell_changes(detail.changes)
    for row in detail.handed:
        say.line(f"  handed over: {row.file_name}  {row.id}  {row.delivery}")
    for kind, documents in (("shipped", detail.shipments), ("billed", detail.invoices)):
        for one in documents:
            say.line(f"  {kind}: {one.number}  {one.id}  {one.created_at:%Y-%m-%d}")
    tell_said(detail.said)
    for answer in sent:
        row = answer.message
        say.line()
        say.line(f"{row.type} {row.id}, {row.delivery}, ack {row.acknowledgement}")
        say.line(text_of(answer.content))


def tell_order(detail: OrderDetail) -> None:
    """The lines, the decision and why."""
    row, report = detail.order, told(detail.report)
    test = ", test" if row.test else ""
    say.line(f"{row.id}  {row.partner_id}  PO {row.po_number}  {row.state}{test}")
    for reason in report["reasons"]:
        say.line(f"  {reason['code']} {reason['what']}")
    for line, why in zip(detail.lines, report["lines"], strict=True):
        price = line.price or "no price"
        item = why.get("item") or line.sku or line.buyer_part or "?"
        head = f"  {line.line_no:>4}  {line.quantity} {line.unit}  {item}  at {price}"
        say.line(f"{head}  ->  {line.decision}")
        for found in why["findings"]:
            action = f" ({found['action']})" if "action" in found else ""
            say.line(f"        {found['code']} {found['what']}{action}")
        if "why" in why:
            say.line(f"        price: {why['why']}")
        if "cart" in why:
            _tell_cart(why["cart"])


def _tell_cart(cart: dict[str, Any]) -> None:
    """The line of the cart that it comes from, beside the order's."""
    place = f"{cart['session']}, line {cart['line']}, returned {cart['returned']}"
    holds = "its price holds" if cart["holds"] else "its price does not hold"
    say.line(f"        from cart {place}, known by {cart['known_by']}; {holds}")
    rows = [
        (f"          {one['name']}", one["before"], one["after"])
        for one in cart.get("differs", ())
    ]
    if rows:
        say.table(("          differs", "cart", "order"), rows)


def tell_progress(detail: OrderDetail) -> None:
    """How far each line has come; of a blanket order what releases have drawn."""
    done = ("drawn",) if detail.is_blanket else ("shipped", "billed")
    names = ("confirmed", *done, "left")
    say.table(
        ("  line", "ordered", *names),
        (
            (
                f"  {line.line_no:>4}",
                f"{line.quantity} {line.unit}",
                *(getattr(line, name) for name in names),
            )
            for line in detail.lines
        ),
    )
    if detail.is_blanket:
        say.line(f"  drawn in all: {detail.drawn_value} {detail.order.currency}")
    for one in detail.draws:
        drawn = f"{one.quantity} of line {one.blanket_line} of {one.blanket_id}"
        say.line(f"  line {one.line_no} draws {drawn}")


def text_of(content: bytes) -> str:
    """Bytes of X12 as text for people, a segment a line."""
    if not content.startswith(b"ISA"):  # a file of the ERP
        return content.decode("utf-8", "replace").rstrip()
    text = content.decode("latin-1")
    terminator = text[105:106]
    if terminator in ("", "\n", "\r") or "\n" in text:
        return text.rstrip()
    return text.replace(terminator, terminator + "\n").rstrip()


def _show_message(gateway: Gateway, id_: str, *, raw: bool) -> None:
    with gateway.db.read() as tx:
        detail = queries.message(tx, gateway.db.payloads, id_)
    if detail is None:
        say.failed(f"there is no message {id_}")
    if raw:
        sys.stdout.buffer.write(detail.content)
        return
    row = detail.message
    say.line(f"{row.id}  {row.partner_id}  {row.direction}  {row.type}")
    say.line(
        f"  validation {row.validation or '-'}, delivery {row.delivery}, "
        f"acknowledgement {row.acknowledgement}"
    )
    say.findings((noted.finding for noted in detail.findings), indent="  ")
    say.line(text_of(detail.content))


def _show_transmission(gateway: Gateway, id_: str, *, raw: bool) -> None:
    with gateway.db.read() as tx:
        found = queries.interchange(tx, id_)
        if found is None:
            say.failed(f"there is no transmission {id_}")
        blob = queries.raw(tx, gateway.db.payloads, found.receipt.id)
    if raw:
        for chunk in blob.chunks() if blob else ():
            sys.stdout.buffer.write(chunk)
        return
    row = found.receipt
    say.line(f"{row.id}  {row.state}  {row.channel} {row.peer}  {row.size} bytes")
    for interchange in row.interchanges:
        say.line(
            f"  {interchange.id}  {interchange.sender} -> {interchange.receiver}"
            f"  {interchange.control_number}"
        )
    say.findings((noted.finding for noted in found.findings), indent="  ")
    for message in (*found.messages, *found.answers):
        cells = " ".join(str(cell) for cell in _message_cells(message))
        say.line(f"  {cells}")
