"""Which rules run: chosen and left out by code, family or name."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from brainscore_data.base.errors import UsageError
from brainscore_data.base.nearest import did_you_mean
from brainscore_data.check.engine import families
from brainscore_data.check.engine.families import Family
from brainscore_data.check.engine.own_rules import OWN_RULES
from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.engine.settings import Settings


class Selection(NamedTuple):
    """What was chosen, as codes of rules."""

    codes: frozenset[str]  # whose findings count
    ignored: frozenset[str]  # left out on purpose

    def without(self, ignored: frozenset[str]) -> Selection:
        """Leave rules out, but not all: a check of nothing would look like one that found nothing."""
        if self.codes <= ignored:
            raise UsageError(
                "no rule is left: everything that is selected is ignored, too",
                hint="select others, or ignore less",
            )
        return Selection(self.codes - ignored, self.ignored | ignored)

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that have to be looked at."""
        wanted = {code[:4] for code in self.codes}
        return tuple(family for family in families.FAMILIES if family.code in wanted)

    def rules(self, family: Family) -> list[Rule[Any]]:
        """Give the chosen rules of a family, and those that they cannot run without.

        The findings of the latter do not count, but a rule that builds on one that is broken is
        skipped, chosen or not.
        """
        rules = {rule.code: rule for rule in family.rules()}
        wanted = [code for code in rules if code in self.codes]
        for code in wanted:
            wanted += sorted(rules[code].requires & rules.keys() - set(wanted))
        return [rules[code] for code in sorted(wanted)]


def choose(select: Iterable[str], *, where: str = "--select") -> Selection:
    """Choose rules by codes, families or names; all of them if there is none."""
    chosen = frozenset[str]().union(*(codes_of(each, where=where) for each in select))
    if not chosen:
        chosen = frozenset(rule.code for rule in families.all_rules())
    return Selection(chosen, frozenset())


def codes_of(wanted: str, *, where: str) -> frozenset[str]:
    """Find the rules that a code, a family or a name stands for.

    Only the families that must be looked into are imported.
    """
    family = next((each for each in families.FAMILIES if wanted.startswith(each.code)), None)
    if family is not None:
        codes = frozenset(rule.code for rule in family.rules())
        found = codes if wanted == family.code else codes & {wanted}
    else:
        found = frozenset(rule.code for rule in families.all_rules() if rule.name == wanted)
    if not found:
        raise _unknown(wanted, where)
    return found


def rules_called(wanted: str) -> list[Rule[Any]]:
    """Find the rules that a code, a family or a name stands for, those of the engine among them."""
    own = [rule for rule in OWN_RULES if wanted in {rule.code, rule.name}]
    codes = frozenset() if own else codes_of(wanted, where="rule")
    return own or [
        rule
        for family in families.FAMILIES
        if family.code in {code[:4] for code in codes}
        for rule in family.rules()
        if rule.code in codes
    ]


def is_chosen(code: str, settings: Settings) -> bool:
    """Say whether a rule runs: what two families could say is left to one of them."""

    def names_it(wanted: Iterable[str]) -> bool:
        return any(code in codes_of(each, where="--select") for each in wanted)

    return (not settings.select or names_it(settings.select)) and not names_it(settings.ignore)


def ignored_at(code: str, file: str, globs: Mapping[str, frozenset[str]], root: Path) -> bool:
    """Say whether the settings ignore a rule in a file; of the globs, from `root`, each has codes.

    `*` stands for anything, also ``/``; a pattern without ``/`` is compared with the file's name
    alone, too.
    """
    path = Path(os.path.relpath(file, root)).as_posix()
    return any(
        code in codes and any(fnmatch.fnmatchcase(path, each) for each in _alternatives(glob))
        for glob, codes in globs.items()
    )


def _alternatives(glob: str) -> list[str]:
    if "/" not in glob:
        return [glob, f"*/{glob}", f"{glob}/*"]
    # Git's and ruff's `**/` is no folder, too, and a folder stands for all that is in it.
    return [glob, glob.removeprefix("**/"), f"{glob.rstrip('/')}/*"]


def _unknown(wanted: str, where: str) -> UsageError:
    known = [family.code for family in families.FAMILIES]
    for rule in families.all_rules():
        known += [rule.code, rule.name]
    if wanted.upper().startswith("BSD"):
        # All codes look alike: only one that differs in a single sign can have been meant.
        known = [code for code in known if _differences(wanted.upper(), code) == 1]
    return UsageError(
        f"there is no rule {wanted!r}{did_you_mean(wanted, known)}",
        where=where,
        hint="`brainscore-data rule --all` lists codes and names",
    )


def _differences(one: str, other: str) -> int:
    """Count the signs in which two texts of one length differ; all if the lengths do."""
    if len(one) != len(other):
        return max(len(one), len(other))
    return sum(a != b for a, b in zip(one, other, strict=True))
