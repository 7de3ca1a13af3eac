"""Draws the map in ``architecture.md`` anew: ``python docs/architecture.py``.

The order of the rooms is the contract in ``pyproject.toml``, which import-linter holds; what is in
a room is what its ``__init__.py`` says.
"""

from __future__ import annotations

import ast
import itertools
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
_ROOMS = ROOT / "src" / "brainscore_data"
_BEGIN = "<!-- drawn by docs/architecture.py -->\n"
_END = "<!-- end of what is drawn -->\n"


def floors() -> list[list[str]]:
    """Give the rooms from the top floor down; rooms side by side are on one floor."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["id"] == "rooms"]
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def drawn(page: str) -> str:
    """Give the page with the map as it is now."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        msg = f"{PAGE.name} has no lines that say where the map is: {_BEGIN}{_END}"
        raise ValueError(msg)
    return f"{before}{begin}\n{_arrows()}\n{_table()}\n{end}{after}"


def _arrows() -> str:
    lines = [
        f"  {' & '.join(above)} --> {' & '.join(below)}"
        for above, below in itertools.pairwise(floors())
    ]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def _table() -> str:
    rows = [
        f"| [`{room}`](../src/brainscore_data/{room}) | {_inside(room)} |"
        for floor in floors()
        for room in floor
    ]
    return "\n".join(["| room | what is in it |", "|---|---|", *rows, ""])


def _inside(room: str) -> str:
    source = (_ROOMS / room / "__init__.py").read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(source)) or ""
    return said.partition("\n\n")[0].replace("\n", " ").replace("``", "`")


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
