"""What the engine itself reports: rules in form and name, but nothing ignores them."""

from __future__ import annotations

from typing import Any

from brainscore_data.check.engine.finding import Severity
from brainscore_data.check.engine.rule import Rule


class RuleCrashed(Rule[Any]):
    """A rule crashed, or the code that reads the files for it.

    A check that crashed says nothing about the data, and does not count as passed. The exit code is
    2. Nobody can ignore this finding or put it into a baseline.
    """

    code = "BSD001"
    name = "rule-crashed"


class StaleBaseline(Rule[Any]):
    """The baseline has a finding that no longer exists.

    If its entry stays in the baseline, the same finding is hidden when it comes back. Write the
    baseline again with `--write-baseline`.
    """

    code = "BSD002"
    name = "stale-baseline"
    severity = Severity.WARNING


class ExtraNotInstalled(Rule[Any]):
    """Rules need an extra that is not installed.

    All other rules ran. These rules did not, and this does not count as passed: the exit code is 2,
    in CI and on a laptop. Install the extra, or name with `--ignore` the rules that you do without.
    A baseline cannot hide this finding.
    """

    code = "BSD003"
    name = "extra-not-installed"


OWN_RULES: tuple[Rule[Any], ...] = (RuleCrashed(), StaleBaseline(), ExtraNotInstalled())
#: What was not looked at. No baseline has it.
NOT_CHECKED = frozenset({RuleCrashed.code, ExtraNotInstalled.code})
