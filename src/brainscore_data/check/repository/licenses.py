"""The licenses that a manifest names, and the public items that each is for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from brainscore_data.base.place import Place
from brainscore_data.check.repository.facts import StatedLicense
from brainscore_data.dataset.document import items_in, line_of
from brainscore_data.dataset.toml import WrittenManifest


def stated_licenses(manifest: Path, written: WrittenManifest) -> Iterator[StatedLicense]:
    """Give the license of the dataset, and those of items that have their own."""
    text, document = written
    about = document.get("dataset")
    about = about if isinstance(about, dict) else {}
    has_text, whole = bool(about.get("license_text")), about.get("license")
    rest = []
    for kind, index, item in items_in(document):
        identifier, own = str(item.get("identifier", "")), item.get("license")
        if item.get("visibility") != "public":
            continue
        if not isinstance(own, str):
            rest.append(identifier)
            continue
        table = f"[[{kind}]] {index + 1}"
        place = Place(str(manifest), line_of(text, table, "license"), entry=f"{table}: license")
        yield StatedLicense(place, own, (identifier,), has_text)
    if isinstance(whole, str):
        line = line_of(text, "[dataset]", "license")
        place = Place(str(manifest), line, entry="[dataset]: license")
        yield StatedLicense(place, whole, tuple(rest), has_text)
