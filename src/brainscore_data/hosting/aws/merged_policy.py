"""A bucket's policy that is there, with what a store needs added to it, and the difference."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brainscore_data.base.errors import UsageError
from brainscore_data.hosting.aws.policies import Statement, document

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
MOST_BYTES = 20 * 1024


@dataclass(frozen=True)
class Merged:
    """The policy as it is to become, and how it differs from what is there: a line each."""

    policy: dict[str, Any]
    difference: tuple[str, ...]

    @property
    def text(self) -> str:
        """The policy to put; without blanks where AWS would find it too long with them."""
        written = _written(self.policy)
        return written if len(written.encode()) <= MOST_BYTES else _compact(self.policy)


def merged(existing: Mapping[str, Any] | None, ours: Sequence[Statement], where: str) -> Merged:
    """Put our statements in the place of those of their name, or behind all that is there."""
    before: dict[str, Any] = dict(existing) if existing else document([])
    kept = _list(before.get("Statement", []))
    missing = [each for each in ours if not any(same(each, other) for other in kept)]
    renewed = {each["Sid"]: each for each in missing}
    result = [renewed.pop(each.get("Sid"), each) for each in kept]
    policy = before | {"Statement": [*result, *renewed.values()]}
    if (size := len(_compact(policy).encode())) > MOST_BYTES:
        raise UsageError(
            f"the bucket's policy would have {size:,} bytes with these statements, and AWS takes "
            f"{MOST_BYTES:,}",
            where=where,
            hint="take statements out that nobody needs any more, or use a bucket of its own",
        )
    return Merged(policy, tuple(_difference(before if existing else {}, policy)))


def same(one: Statement, other: Statement) -> bool:
    """Tell whether two statements say the same, whatever they are called and in whatever order.

    >>> same({"Sid": "a", "Action": "s3:GetObject"}, {"Action": ["s3:GetObject"]})
    True
    """
    return bool(_said(one) == _said(other))


def _said(statement: Statement) -> Any:
    return in_one_form({key: its for key, its in statement.items() if key != "Sid"})


def in_one_form(value: Any) -> Any:
    """Write lists in one order, and a single value like a list of one, as AWS takes them."""
    if isinstance(value, Mapping):
        return {key: in_one_form(its) for key, its in value.items()}
    return sorted(str(each).lower() if isinstance(each, bool) else each for each in _list(value))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _written(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, indent=2)


def _compact(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, separators=(",", ":"))


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    there, put = (_written(each).splitlines() if each else [] for each in (before, after))
    names = ("the policy that is there", "the policy to put")
    return difflib.unified_diff(there, put, *names, lineterm="")
