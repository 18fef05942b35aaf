"""``/openapi.json``: what FastAPI knows of the routes, made whole.

Every body and answer gets an example, every route of the API the problems that any of
them may answer with, and the events that webhooks get are described beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from gateway.findings import CODES
from gateway.pipeline.published import TYPES, Happened, OrderFacts, cloud_event
from gateway.web.examples import BODIES, FIELDS, TEXTS
from gateway.web.problem import MEDIA_TYPE, PAGE

_EVENTS = "application/cloudevents+json"
_METHODS = ("get", "put", "post", "delete", "patch")
_PROBLEMS: Mapping[str, str] = {
    "400": "API-001",
    "401": "API-010",
    "403": "API-014",
    "404": "API-011",
    "405": "",
    "408": "API-015",
    "409": "WIRE-021",
    "412": "API-021",
    "413": "API-012",
    "415": "API-019",
    "422": "API-004",
    "428": "API-022",
    "429": "API-018",
    "503": "API-013",
}
"""The problems, each with the code that stands in its example."""
_EVERYWHERE = ("401", "403", "422", "429", "503")
"""What any route of the API may answer."""
_WITH_BODY = ("400", "408", "409", "413", "415")
_SCHEMA = {"$ref": "#/components/schemas/ProblemShape"}


def install(app: FastAPI) -> None:
    """Describe the app so; it is worked out once."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _whole(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # how FastAPI has it


def _whole(told: dict[str, Any]) -> dict[str, Any]:
    schemas = told.setdefault("components", {}).setdefault("schemas", {})
    for path, _, operation in _operations(told):
        if path.startswith("/v1/"):
            _problems(operation, has_id="{" in path)
        _own_form(operation)
        for content in _contents(operation):
            _add_example(content, schemas)
    for gone in ("HTTPValidationError", "ValidationError"):
        schemas.pop(gone, None)
    told["webhooks"] = {type_: _webhook(type_, what) for type_, what in TYPES.items()}
    return told


def _operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in told["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield path, method, methods[method]


def _problems(operation: dict[str, Any], *, has_id: bool) -> None:
    """Name the problems that it shares with others, and not its own."""
    wanted = list(_EVERYWHERE)
    if has_id:
        wanted.append("404")
    if "requestBody" in operation:
        wanted += _WITH_BODY
    named = {one["name"].lower() for one in operation.get("parameters", ())}
    if "idempotency-key" in named:
        wanted.append("409")
    for status in wanted:
        meaning = HTTPStatus(int(status)).phrase
        operation["responses"].setdefault(status, {"description": meaning})


def _own_form(operation: dict[str, Any]) -> None:
    """Every problem is ``application/problem+json``; a Fault of SOAP is none."""
    for status, answer in operation["responses"].items():
        if status >= "400" and "text/xml" not in answer.get("content", ()):
            code = _PROBLEMS.get(status, "")
            about = _problem(int(status), code)
            answer["content"] = {MEDIA_TYPE: {"schema": _SCHEMA, "example": about}}


def _problem(status: int, code: str) -> dict[str, Any]:
    row = CODES.get(code)
    if row is None:
        title = HTTPStatus(status).phrase
        bare = {"type": "about:blank", "title": title, "status": status}
        return bare | {"instance": "/v1/orders", "findings": []}
    finding = {
        "code": code,
        "severity": str(row.severity),
        "what": row.title,
        "where": "",
        "value": "",
        "fix": row.fix,
    }
    return {
        "type": f"{PAGE}/{code}",
        "title": row.title,
        "status": status,
        "detail": f"{row.title}. {row.fix}",
        "instance": "/v1/orders",
        "code": code,
        "findings": [finding],
    }


def _contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is sent and answered, with its media type."""
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).items()


def _add_example(content: tuple[str, dict[str, Any]], schemas: dict[str, Any]) -> None:
    media_type, told = content
    if "example" in told:
        return
    if media_type in TEXTS:
        told.setdefault("schema", {"type": "string"})
        told["example"] = TEXTS[media_type]
        return
    schema = told.get("schema")
    if schema is not None:
        told["example"] = example(schema, schemas)


def example(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = ""
) -> Any:
    """A value that fits a schema, as true to life as the names of its fields allow."""
    if "$ref" in schema:
        of = schema["$ref"].rpartition("/")[2]
        return BODIES[of] if of in BODIES else example(schemas[of], schemas, name)
    for key in ("const", "enum", "anyOf", "oneOf", "allOf"):
        if key in schema:
            return _chosen(key, schema, schemas, name)
    if name in FIELDS and isinstance(FIELDS[name], _KINDS[schema.get("type", "")]):
        return FIELDS[name]
    return _MADE[schema.get("type", "object")](schema, schemas, name)


def _chosen(
    key: str, schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str
) -> Any:
    """One of what a schema allows: the first that says something."""
    if key == "const":
        return schema[key]
    if key == "enum":
        known = FIELDS.get(name)
        return known if known in schema[key] else schema[key][0]
    some = [one for one in schema[key] if one.get("type") != "null"]
    return example(some[0], schemas, name)


def _object(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str
) -> dict[str, Any]:
    own = schema.get("properties", {})
    return {key: example(one, schemas, key) for key, one in own.items()}


def _array(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str
) -> list[Any]:
    items = schema.get("prefixItems") or [schema.get("items")]
    return [example(one, schemas, name.removesuffix("s")) for one in items if one]


def _text(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str) -> str:
    form = schema.get("format") or schema.get("contentEncoding", "")
    return _FORMS.get(form, "") or ("x" * schema.get("minLength", 0))


_FORMS = {
    "date-time": "2026-11-22T09:30:00Z",
    "date": "2026-11-22",
    "base64": "SVNB",
    "duration": "PT1H",
}
_MADE: Mapping[str, Callable[[Any, Any, str], Any]] = {
    "object": _object,
    "array": _array,
    "string": _text,
    "integer": lambda schema, _, __: max(schema.get("minimum", 0), 1),
    "number": lambda schema, _, __: schema.get("minimum", 1),
    "boolean": lambda *_: False,
    "null": lambda *_: None,
}


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "null": type(None),
    "": object,
    **dict.fromkeys(("object", "array", "number", "boolean"), ()),
}
"""What a known value of a field has to be, to stand for a schema of this type."""


def _webhook(type_: str, what: str) -> dict[str, Any]:
    """What a receiver of this event is sent (OpenAPI 3.1 ``webhooks``)."""
    told = Happened(
        id="evt_01KAP3ZJ8QH5T2W7N4V6X9Y0ZC",
        seq=1,
        at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        name="order.kept",
        partner_id="acme",
        ref="ord_01KAP3ZJ8QH5T2W7N4V6X9Y0ZB",
        detail={},
        order=OrderFacts(
            id="ord_01KAP3ZJ8QH5T2W7N4V6X9Y0ZB",
            po_number="4500017",
            state="confirmed",
            test=False,
        ),
    )
    headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "post": {
            "summary": what,
            "description": "Signed as Standard Webhooks has it; see docs/webhooks.md.",
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "required": True,
                    "schema": {"type": "string"},
                }
                for name in headers
            ],
            "requestBody": {
                "required": True,
                "content": {
                    _EVENTS: {
                        "schema": _CLOUD_EVENT,
                        "example": json.loads(cloud_event(told, 0, type_)),
                    }
                },
            },
            "responses": {
                "2XX": {"description": "It was taken; anything else is tried again."},
                "410": {"description": "No more events: the webhook is paused."},
            },
        }
    }


_CLOUD_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "time", "subject", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string"},
        "source": {"type": "string", "format": "uri-reference"},
        "type": {"enum": list(TYPES)},
        "time": {"type": "string", "format": "date-time"},
        "subject": {"type": "string"},
        "datacontenttype": {"const": "application/json"},
        "data": {
            "type": "object",
            "required": ["partner_id"],
            "properties": {
                "partner_id": {"type": "string"},
                "order_id": {"type": "string"},
                "po_number": {"type": "string"},
                "state": {"type": "string"},
                "test": {"type": "boolean"},
                "message_id": {"type": "string"},
                "kind": {"type": "string"},
                "change_id": {"type": "string"},
                "ref": {"type": "string"},
                "level": {"enum": ["warn", "overdue", "breach"]},
            },
        },
    },
}
