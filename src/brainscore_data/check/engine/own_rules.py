"""What the engine itself reports: rules in form and name, but nothing ignores them."""

from __future__ import annotations

from typing import Any

from brainscore_data.check.engine.finding import Severity
from brainscore_data.check.engine.rule import Rule


class RuleCrashed(Rule[Any]):
    """A rule, or what looks at the files for it, failed itself.

    A check that did not run to its end says nothing about the data, and must not be taken for one
    that found nothing. The exit code is 2. It cannot be ignored, and no baseline takes it in.
    """

    code = "BSD001"
    name = "rule-crashed"


class StaleBaseline(Rule[Any]):
    """The baseline has a finding that is not there any more.

    An entry that stays in the baseline after its finding was mended would hide the same finding when
    it comes back. Write the baseline anew with `--write-baseline`.
    """

    code = "BSD002"
    name = "stale-baseline"
    severity = Severity.WARNING


class ExtraNotInstalled(Rule[Any]):
    """Rules need an extra that is not installed.

    All other rules ran, and what they found is told. What these look for is not known, which must
    not be taken for a pass: the exit code is 2, in CI as on a laptop. Install the extra, or say with
    `--ignore` which rules you can do without. Nothing else makes this go away, and no baseline takes
    it in.
    """

    code = "BSD003"
    name = "extra-not-installed"


OWN_RULES: tuple[Rule[Any], ...] = (RuleCrashed(), StaleBaseline(), ExtraNotInstalled())
#: What was not looked at. No baseline has it.
NOT_CHECKED = frozenset({RuleCrashed.code, ExtraNotInstalled.code})
