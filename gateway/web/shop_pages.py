"""The shop's templates, and the pages that stand outside of a session."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from gateway.cxml_punchout.forms import ReturnForm
from gateway.findings.marking import marked as _
from gateway.web.pages import Pages, Static, named, statics
from gateway.web.speech import Speech

__all__ = ["gone_page", "page", "return_page", "static"]


_HERE = Path(__file__).parent / "storefront"
_PAGES = Pages(_HERE / "templates")
_STATIC = {
    "shop.css": ("shop.css", "text/css"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
"""What pages load besides, by its name: the file, and its media type."""


@lru_cache(maxsize=1)
def static() -> Mapping[str, Static]:
    """The files by their names."""
    return statics(_HERE / "static", "/shop/static", _STATIC)


def page(template: str, speech: Speech, /, **values: object) -> str:
    """A page of the shop."""
    files = static()
    style, icon = files["shop.css"].address, files["icon.svg"].address
    return _PAGES.html(template, speech, style=style, icon=icon, **values)


def gone_page(speech: Speech, reference: str = "") -> str:
    """What everybody sees who may not: nothing of why, and a reference to ask by."""
    return page("gone.html", speech, reference=reference)


def return_page(speech: Speech, form: ReturnForm, nonce: str) -> str:
    """The page that takes a cart back: by itself when it is come to, else by a button.

    Who comes to it by the browser's back button, or loads it again, has to press.
    """
    html = Markup(form.as_html(speech(_("Continue"))))  # noqa: S704  escaped there
    charset = named(form.charset)
    return page("return.html", speech, form=html, nonce=nonce, charset=charset)
