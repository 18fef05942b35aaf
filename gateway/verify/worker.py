"""The process that runs business rules: asked over a pipe, one document at a time."""

from __future__ import annotations

import json
import sys
from multiprocessing.connection import Connection
from typing import Any

from saxonche import PySaxonProcessor

from gateway.findings import Finding
from gateway.ubl.schematron import stylesheet


class _Rules:
    """Stylesheets by the sum of the rule file that they were made from."""

    def __init__(self) -> None:
        self._saxon = PySaxonProcessor(license=False)
        self._compiler = self._saxon.new_xslt30_processor()
        self._ready: dict[str, Any] = {}

    def take(self, key: str, rules: bytes) -> None:
        sheet = stylesheet(rules)
        if isinstance(sheet, Finding):
            raise ValueError(sheet.what)
        self._ready[key] = self._compiler.compile_stylesheet(stylesheet_text=sheet)

    def run(self, key: str, document: bytes) -> str:
        node = self._saxon.parse_xml(xml_text=document.decode("utf-8"))
        return self._ready[key].transform_to_string(xdm_node=node) or ""


def main() -> None:
    """Answer until the other end of the pipe is closed."""
    pipe = Connection(int(sys.argv[1]))
    rules = _Rules()
    while True:
        try:
            asked = json.loads(pipe.recv_bytes())
            if asked["rules"]:
                rules.take(asked["key"], pipe.recv_bytes())
            document = pipe.recv_bytes()
        except EOFError:
            return
        except Exception as problem:
            pipe.recv_bytes()  # the document, which is not read
            pipe.send_bytes(b"!" + str(problem).encode()[:2000])
            continue
        try:
            pipe.send_bytes(b"=" + rules.run(asked["key"], document).encode())
        except Exception as problem:
            pipe.send_bytes(b"!" + str(problem).encode()[:2000])


if __name__ == "__main__":
    main()
