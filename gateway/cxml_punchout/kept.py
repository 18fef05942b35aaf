"""What is kept of a session, as JSON: the wish, the basket, the way the cart went."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from gateway.cxml_punchout.basket import BasketLine, Wish
from gateway.cxml_punchout.credentials import Credential, Header
from gateway.cxml_punchout.forms import ReturnForm
from gateway.cxml_punchout.session import Operation
from gateway.findings import Finding
from gateway.findings.model import Severity, Where
from gateway.order.money import Money
from gateway.safexml.markup import Node

__all__ = [
    "NOTHING",
    "Basket",
    "basket_of",
    "basket_text",
    "form_of",
    "form_text",
    "wish_of",
    "wish_text",
]

_PLAIN = (
    *("way", "user", "test", "return_url", "contract"),
    *("selected", "search", "extra"),
)


@dataclass(frozen=True, slots=True)
class Basket:
    """The lines, and the last number that was given to one."""

    lines: tuple[BasketLine, ...] = ()
    last: int = 0


NOTHING = Basket()
"""A basket that nothing was put into."""


def wish_text(wish: Wish) -> str:
    """The wish; the lines of the earlier cart are not kept, the basket has them."""
    plain = {name: value for name in _PLAIN if (value := getattr(wish, name))}
    return _text(
        plain
        | {
            "operation": wish.operation.value,
            "cookie": _node(wish.cookie),
            "header": {
                "from": _names(wish.header.from_),
                "to": _names(wish.header.to),
                "sender": _names(wish.header.sender),
            },
        }
    )


def wish_of(text: str) -> Wish:
    """The wish of a text that ``wish_text`` wrote. Other texts are our bug."""
    body = json.loads(text)
    header = body["header"]
    return Wish(
        **{name: body[name] for name in _PLAIN if name in body},
        operation=Operation(body["operation"]),
        cookie=_node_of(body["cookie"]),
        header=Header(
            from_=_names_of(header["from"]),
            to=_names_of(header["to"]),
            sender=_names_of(header["sender"]),
        ),
    )


def basket_text(basket: Basket) -> str:
    """The basket."""
    return _text({"last": basket.last, "lines": [_line(one) for one in basket.lines]})


def basket_of(text: str) -> Basket:
    """The basket of a text that ``basket_text`` wrote."""
    body = json.loads(text)
    return Basket(tuple(map(_line_of, body["lines"])), body["last"])


def form_text(form: ReturnForm | None) -> str:
    """The form; empty for none."""
    return "" if form is None else _text(asdict(form))


def form_of(text: str) -> ReturnForm | None:
    """The form of a text that ``form_text`` wrote."""
    if not text:
        return None
    body = json.loads(text)
    fields = tuple((name, value) for name, value in body.pop("fields"))
    return ReturnForm(fields=fields, **body)


def _text(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _node(node: Node) -> list[Any]:
    content = [one if isinstance(one, str) else _node(one) for one in node.content]
    return [node.name, node.attributes, content]


def _node_of(body: Sequence[Any]) -> Node:
    name, attributes, content = body
    return Node(
        name,
        tuple((key, value) for key, value in attributes),
        tuple(one if isinstance(one, str) else _node_of(one) for one in content),
    )


def _names(names: Iterable[Credential]) -> list[tuple[str, str, str]]:
    """Names alone: no secret is kept."""
    return [(one.domain, one.identity, one.type) for one in names]


def _names_of(body: Iterable[Sequence[str]]) -> tuple[Credential, ...]:
    return tuple(
        Credential(domain=domain, identity=identity, type=type_)
        for domain, identity, type_ in body
    )


def _line(line: BasketLine) -> dict[str, Any]:
    return {
        "n": line.n,
        "sku": line.sku,
        "quantity": str(line.quantity),
        "unit": line.unit,
        "mark": line.mark,
        "notices": [
            (one.code, one.severity.value, one.what, one.where.path, one.value)
            for one in line.notices
        ],
        "price": line.price and (str(line.price.amount), line.price.currency),
    }


def _line_of(body: dict[str, Any]) -> BasketLine:
    price = body["price"]
    return BasketLine(
        n=body["n"],
        sku=body["sku"],
        quantity=Decimal(body["quantity"]),
        unit=body["unit"],
        mark=body["mark"],
        notices=tuple(
            Finding(code, what, Where(path=path), value, Severity(severity))
            for code, severity, what, path, value in body["notices"]
        ),
        price=Money(Decimal(price[0]), price[1]) if price else None,
    )
