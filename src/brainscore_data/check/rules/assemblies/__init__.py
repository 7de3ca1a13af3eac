"""Rules about assemblies."""

from __future__ import annotations

from typing import Any

from brainscore_data.check.rule import Rule
from brainscore_data.check.rules.assemblies import coordinates, layout, opening, stimuli, values

RULES: tuple[Rule[Any], ...] = (
    *opening.RULES,
    *layout.RULES,
    *coordinates.RULES,
    *stimuli.RULES,
    *values.RULES,
)
