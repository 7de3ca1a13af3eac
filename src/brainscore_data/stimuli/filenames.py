"""What a stimulus file may be called in the csv, and which names are one on some systems."""

from __future__ import annotations

import re
import unicodedata

from brainscore_data.base.repository import is_git_name

PLAIN_NAME = "write the file's plain name, as it lies in the folder"
_LONGEST_NAME = 255  # bytes, on every common file system


def problem_of(name: str) -> str | None:  # noqa: PLR0911 - one for each problem
    """Say what is wrong with a filename, if anything is."""
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "is an absolute path"
    if ".." in re.split(r"[/\\]", name) or name == ".":
        return "leads out of the folder"
    if "/" in name or "\\" in name:
        return "is in a subfolder, where readers do not find it"
    if any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in name):
        return "holds a control character"
    if is_git_name(name):
        return "is git's own, and never a stimulus"
    if name.endswith((".csv", ".zip")):
        return "ends in .csv or .zip, and readers take no such file for a stimulus"
    if len(name.encode()) > _LONGEST_NAME:
        return f"is longer than the {_LONGEST_NAME} bytes that file systems allow"
    return None


def folded(name: str) -> str:
    """Write names alike that differ in capitals or in the form of accents only."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
