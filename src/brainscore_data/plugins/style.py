"""How a plugin's author writes, read off what is there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from brainscore_data.plugins.render import Style

_KEY = re.compile(r"(?:stimulus_set_registry|data_registry)\[(['\"])")
# The first argument below a registration that begins in the first column.
_INDENT = re.compile(
    r"^(?:stimulus_set_registry|data_registry)\[.*\((?:\r\n|\r|\n)([ \t]+)\w+ ?=", re.MULTILINE
)
_ARGUMENT = re.compile(r"^\s+\w+=(['\"])", re.MULTILINE)
# The parenthesis that ends a call: on the last argument's line, or on its own.
_END = re.compile(r"^(?:[ \t]+\w+=.*(?P<hugging>\))|(?P<apart>\)))[ \t]*$", re.MULTILINE)


def style_of(source: str, constants: Mapping[str, str]) -> Style:
    r"""Read the style of the registrations in a module; what most do is what it is.

    Examples
    --------
    >>> style_of("data_registry[\"Kar2019\"] = lambda: load(\n    sha1='1')\n", {})
    Style(key_quote='"', quote="'", constants={}, hugging=True, indent='    ')
    """
    usual = Style()
    ends = Counter(match.lastgroup for match in _END.finditer(source))
    return Style(
        key_quote=_most(_KEY.findall(source), usual.key_quote),
        quote=_most(_ARGUMENT.findall(source), usual.quote),
        constants={text: name for name, text in constants.items()},
        hugging=ends["hugging"] > ends["apart"],
        indent=_most(_INDENT.findall(source), usual.indent),
    )


def _most(found: list[str], default: str) -> str:
    return Counter(found).most_common(1)[0][0] if found else default
