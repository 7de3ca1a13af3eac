"""Assemblies: those of manifests, in whatever form, and ``.nc`` files that no manifest names."""

from __future__ import annotations

from collections.abc import Iterator

from brainscore_data.check.engine.rule import AboutSubject
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import Subjects


def probe(subjects: Subjects, settings: Settings) -> Iterator[AboutSubject]:
    """Look at each assembly; one at a time is open."""
    # Rules import the facts from this package, and must not bring xarray or pydantic along.
    from brainscore_data.check.assemblies.finding_them import listed, loose

    for manifest in subjects.manifests:
        yield from listed(manifest, settings)
    yield from loose(subjects, settings)
