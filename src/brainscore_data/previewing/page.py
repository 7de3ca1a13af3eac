"""A preview as one page, which loads nothing: jinja2 escapes, and the page forbids the rest itself.

The policy in its head lets the browser use the style and the script that are in it, by their hashes,
and pictures that are in it, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from brainscore_data.base.progress import in_bytes
from brainscore_data.base.text import counted
from brainscore_data.previewing import charts, leading
from brainscore_data.previewing.preview import Preview

if TYPE_CHECKING:
    from jinja2 import Environment

# What moves, hides or turns the text around it is written out.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def html(whole: Preview, *, pages: str = "") -> str:
    """Write a preview as one page; `pages` is where those about rules are, if that is known."""
    return sections([whole], title=f"Preview of {whole.name}", pages=pages)


def sections(previews: list[Preview], *, title: str, pages: str = "") -> str:
    """Write several previews as one page."""
    from brainscore_data.previewing.explained_rules import explained

    codes = {each.code for whole in previews for each in whole.remarks if each.code}
    return rendered(
        "preview.html.jinja", title=title, previews=previews, pages=pages, rules=explained(codes)
    )


def rendered(template: str, **values: Any) -> str:
    """Fill a template, with the policy that holds for it."""
    style, script = asset("page.css"), asset("page.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; "
        f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )
    found: str = (
        _environment()
        .get_template(template)
        .render(style=style, script=script, policy=policy, **values)
    )
    return found


def asset(name: str) -> str:
    """Read a file that every page has in it."""
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def visible(value: Any) -> Any:
    """Write out what would command the text around it; everything else stays."""
    from markupsafe import Markup

    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _INVISIBLE.sub(lambda each: f"⟨U+{ord(each.group()):04X}⟩", value)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from brainscore_data.dataset.licenses import license_in_words, license_url

    environment = Environment(
        loader=PackageLoader("brainscore_data.previewing"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "counted": counted,
        "charts": charts,
        "leading": leading,
        "license_in_words": license_in_words,
        "license_url": license_url,
    }
    environment.filters["number"] = charts.number
    environment.filters["size"] = in_bytes
    return environment
