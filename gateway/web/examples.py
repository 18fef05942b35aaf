"""What stands in the examples of the API's description: values by field or body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ID = "01KAP3ZJ8QH5T2W7N4V6X9Y0Z"

FIELDS: Mapping[str, Any] = {
    "id": f"ord_{_ID}B",
    "order_id": f"ord_{_ID}B",
    "message_id": f"msg_{_ID}D",
    "receipt_id": f"rcp_{_ID}A",
    "receipt": f"rcp_{_ID}A",
    "interchange_id": f"int_{_ID}C",
    "change_id": f"chg_{_ID}E",
    "event_id": f"evt_{_ID}F",
    "webhook_id": f"whk_{_ID}G",
    "partner_id": "acme",
    "name": "erp",
    "by": "erp",
    "reason": "agreed by phone",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 1204,
    "po_number": "4500017",
    "number": "4500017",
    "buyer_party": "acme",
    "currency": "USD",
    "kind": "x12_855",
    "type": "x12_850",
    "version": "004010",
    "channel": "http",
    "control_number": "000000017",
    "code": "CAT-301",
    "severity": "error",
    "what": "price 9.99 differs from 9.50",
    "where": "PO1-04 (segment 4)",
    "fix": "Agree on the price, then release the order.",
    "title": "price differs from contract",
    "url": "https://erp.example/events",
    "secret": "whsec_bm90IGEgc2VjcmV0OiBhbiBleGFtcGxlIG9ubHkhISE=",
    "sku": "SH-100",
    "quantity": "10",
    "unit": "EA",
    "amount": "9.50",
    "basis_qty": "1",
    "contract": "C-2026",
    "description": "Shovel",
    "cursor": None,
    "file_name": "855-000000017.edi",
    "ack": "SVNB",
    "data": "SVNB",
    "content_base64": "SVNB",
}
"""By the name of a field, where a value of its schema fits."""

BODIES: Mapping[str, Any] = {
    "NewKey": {
        "name": "erp",
        "partner_id": "",
        "rights": ["read", "write"],
        "days": 365,
    },
    "MadeKey": {
        "id": f"key_{_ID}K",
        "name": "erp",
        "partner_id": "",
        "rights": ["read", "write"],
        "created_at": "2026-11-22T09:30:00Z",
        "expires_at": "2027-11-22T09:30:00Z",
        "has_ended": False,
        "secret": "gw_only-an-example-of-a-key",
    },
    "NewWebhook": {
        "name": "erp",
        "url": "https://erp.example/events",
        "events": ["order.received", "order.confirmed"],
        "partner_id": "",
    },
    "WebhookChange": {
        "name": "erp",
        "url": "https://erp.example/events",
        "events": [],
        "state": "paused",
    },
    "Replay": {"event_id": None, "since": "2026-11-22T09:30:00Z"},
    "Released": {"as": "accept", "lines": ["1", "3"], "reason": "agreed by phone"},
}
"""By the name of a schema, where the fields alone would say nothing."""

TEXTS: Mapping[str, str] = {
    "application/edi-x12": "ISA*00*          *00*          *ZZ*ACME           *ZZ*...~",
    "application/edifact": "UNB+UNOC:3+5790000000012:14+5790000000029:14+...'",
    "application/octet-stream": "ISA*00*          *00*          *ZZ*ACME           *",
    "application/yaml": "schema: 1\nid: acme\nname: Acme Tools Inc.\nstage: test\n",
    "application/pdf": "%PDF-1.7",
    "text/csv": "order,line,quantity\n4500017,1,10\n",
    "text/plain": "gateway_received_total 1\n",
}
"""By media type, what is no JSON."""
