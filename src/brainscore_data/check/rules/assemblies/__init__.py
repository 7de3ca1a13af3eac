"""Rules about assemblies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brainscore_data.check.rules.assemblies import coordinates, layout, opening, stimuli, values

if TYPE_CHECKING:
    from brainscore_data.check.rule import Rule

RULES: tuple[Rule[Any], ...] = (
    *opening.RULES,
    *layout.RULES,
    *coordinates.RULES,
    *stimuli.RULES,
    *values.RULES,
)
