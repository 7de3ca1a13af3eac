"""Assemblies: those of manifests, in whatever form, and ``.nc`` files that no manifest names.

Each is opened in the cage, several at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from brainscore_data.check.assemblies.facts import UnopenedAssembly
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.selection import is_chosen

if TYPE_CHECKING:
    from brainscore_data.check.assemblies.looking import Facts


def probe(run: CheckRun) -> Iterator[Facts]:
    """Look at the assemblies of each manifest, then at files that are none's nor a bundle's."""
    files = [path for path in run.subjects.files if path.suffix == ".nc"]
    if not files and not run.subjects.manifests:
        return
    # Where there is none, to import what they are described with takes longer than all checks.
    from brainscore_data.check.assemblies.questions import questions

    found: Iterator[Facts] = run.answered(questions(run, files))
    for facts in found:
        told_by = facts.told_by if isinstance(facts, UnopenedAssembly) else None
        if told_by is None or not is_chosen(told_by, run.settings):
            yield facts
