"""Rules about assemblies."""

from __future__ import annotations

from typing import Any

from brainscore_data.check.assemblies.rules import coordinates, layout, opening, stimuli, values
from brainscore_data.check.engine.rule import Rule

RULES: tuple[Rule[Any], ...] = (
    *opening.RULES,
    *layout.RULES,
    *coordinates.RULES,
    *stimuli.RULES,
    *values.RULES,
)
