"""The files that a repository copies: each calls the workflows that do the work, and is short.

Where these are called from another repository it is at a full hash: a tag or a branch can be moved.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from brainscore_data.base.errors import UsageError

_PLACE = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+@[0-9a-f]{40}", re.ASCII)
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", re.ASCII)
_BRANCH = re.compile(r"[A-Za-z0-9_./-]+", re.ASCII)
_LOGIN = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
# The action, as the workflows name it: by a placeholder, or by a release.
_USES = re.compile(r"(?<=uses: )[\w.-]+/brainscore-data@\S+(?: #.*)?$", re.MULTILINE)
When = Literal["merge", "approval", "both"]

_CHECK = """\
  check:
    if: ${{ github.event_name == 'pull_request' || github.event_name == 'merge_group' }}
    permissions: { contents: read, pull-requests: write }
    uses: <check.yml>
"""
_APPROVAL = """\
    with: { approval: true }
  review: # publish-data.yml starts after it, and asks GitHub what was approved
    if: ${{ github.event_name == 'pull_request_review' && github.event.review.state == 'approved' }}
    runs-on: ubuntu-latest
    steps: [{ run: "true" }]
"""
_MERGE = """\
  publish:
    if: ${{ github.event_name == 'push' }}
    permissions: { contents: write, pull-requests: write, id-token: write, attestations: write }
    uses: <publish-on-merge.yml>
    secrets: { register-token: "${{ secrets.BRAINSCORE_DATA_REGISTER_TOKEN }}" }
"""
_ON_APPROVAL = """\
name: Publish data
on:
  issue_comment: { types: [created] }
  # Nothing of that run is used: GitHub is asked what was approved, and by whom.
  workflow_run: { workflows: [Data], types: [completed] } # zizmor: ignore[dangerous-triggers]
  workflow_dispatch:
    inputs:
      pull-request: { required: true }
      head-sha: { required: true }
      bundle-sha256: {}
      submitted: {}
      dataset: {}
permissions: {}
jobs:
  publish:
    permissions: { actions: read, attestations: write, contents: read, id-token: write, pull-requests: write }
    uses: <publish-on-approval.yml>
    with:
      pull-request: ${{ inputs.pull-request }}
      head-sha: ${{ inputs.head-sha }}
      bundle-sha256: ${{ inputs.bundle-sha256 }}
      submitted: ${{ inputs.submitted }}
      dataset: ${{ inputs.dataset }}
"""
_WEEKLY = """\
name: Data, weekly
on:
  schedule: [{ cron: "17 4 * * 1" }] # Mondays; not on the hour, when GitHub is busiest
  workflow_dispatch:
permissions: {}
jobs:
  audit:
    permissions: { contents: read, id-token: write }
    uses: <audit.yml>
  embargo:
    permissions: { contents: write, pull-requests: write }
    uses: <embargo.yml>
    secrets: { register-token: "${{ secrets.BRAINSCORE_DATA_REGISTER_TOKEN }}" }
"""
_SITE = """\
name: Site of the data
on:
  push: { branches: [<branch>] }
  schedule: [{ cron: "43 4 * * 1" }] # Mondays; who can read what changes without a push
  workflow_dispatch:
permissions: {}
jobs:
  site:
    permissions: { contents: read, id-token: write, pages: write }
    uses: <site.yml>
"""


@dataclass(frozen=True)
class Adoption:
    """How a repository publishes: where, when, by whose workflows and who lets it."""

    repository: str
    store: str
    role: str
    bucket_owner: str
    when: When = "merge"
    branch: str = "main"
    environment: str = "data"
    #: The action, and where its workflows are called: at full hashes. Copied where none is named.
    action: str | None = None
    workflows: str | None = None
    weekly: bool = False
    site: bool = False
    #: Whether what is merged is published in shards, as one runner's disk does not hold it.
    large: bool = False
    reviewers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, said, form, hint in (
            ("OWNER/REPO", self.repository, _REPOSITORY, "its form is OWNER/REPO"),
            ("--branch", self.branch, _BRANCH, "name the default branch"),
            ("--action", self.action, _PLACE, "its form is OWNER/REPO@ and a full hash"),
            ("--workflows", self.workflows, _PLACE, "its form is OWNER/REPO@ and a full hash"),
            *(("--reviewer", each, _LOGIN, "name somebody on GitHub") for each in self.reviewers),
        ):
            if said is not None and not form.fullmatch(said):
                raise UsageError(f"it cannot be {said!r}", where=name, hint=hint)
        if (self.action is None) == (self.workflows is None):
            raise UsageError(
                "either the workflows are copied, and name the action, or those of another "
                "repository are called",
                where="--action, --workflows",
                hint="give one of them: OWNER/REPO@ and a full hash",
            )

    def files(self) -> dict[str, str]:
        """Write what goes below ``.github/workflows``: the short files, and those that are copied."""
        short = {"data.yml": self._data()}
        if self.when != "merge":
            short["publish-data.yml"] = _ON_APPROVAL
        if self.weekly:
            short["weekly.yml"] = _WEEKLY
        if self.site:
            short["data-site.yml"] = _SITE.replace("<branch>", self.branch)
        called = {each for text in short.values() for each in re.findall(r"uses: <(.+)>", text)}
        copies = {} if self.workflows else self._copies(called)
        return {name: self._calling(text) for name, text in short.items()} | copies

    def _data(self) -> str:
        reviews = "  pull_request_review: { types: [submitted] }\n" if self.when != "merge" else ""
        push = f"  push: {{ branches: [{self.branch}] }}\n" if self.when != "approval" else ""
        called = "publish-large" if self.large else "publish-on-merge"
        merge = _MERGE.replace("publish-on-merge", called)
        head = f"name: Data\non:\n  pull_request:\n{reviews}  merge_group:\n{push}permissions: {{}}\njobs:\n"
        return (
            head
            + _CHECK
            + (_APPROVAL if self.when != "merge" else "")
            + (merge if self.when != "approval" else "")
        )

    def _calling(self, text: str) -> str:
        # Not every GitHub Enterprise Server knows `$/`.
        if self.workflows is None:
            return re.sub(
                r"uses: <(.+)>",
                r"uses: ./.github/workflows/\1 # zizmor: ignore[self-repository]",
                text,
            )
        home, _, at = self.workflows.partition("@")
        return re.sub(r"uses: <(.+)>", rf"uses: {home}/.github/workflows/\1@{at}", text)

    def _copies(self, names: set[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        left = sorted(names)
        while left:
            name = left.pop()
            found[name] = _USES.sub(str(self.action), called_workflow(name))
            more = re.findall(r"uses: \./\.github/workflows/(\S+)", found[name])
            left += [each for each in more if each not in found]
        return found

    def commands(self) -> Iterator[str]:
        """Write the commands that make the environment, and its variables; none of them is a secret."""
        place = f"repos/{self.repository}/environments/{self.environment}"
        reviewers = [
            part
            for each in self.reviewers
            for part in (
                "-f 'reviewers[][type]=User'",
                f'-F "reviewers[][id]=$(gh api users/{each} --jq .id)"',
            )
        ]
        policy = "-F 'deployment_branch_policy[protected_branches]=false'"
        custom = "-F 'deployment_branch_policy[custom_branch_policies]=true'"
        yield " ".join(["gh api --method PUT", place, policy, custom, *reviewers])
        yield f"gh api --method POST {place}/deployment-branch-policies -f name={self.branch}"
        for name, value in (
            ("BRAINSCORE_DATA_STORE", self.store),
            ("BRAINSCORE_DATA_ROLE", self.role),
            ("BRAINSCORE_DATA_BUCKET_OWNER", self.bucket_owner),
        ):
            words = ["gh", "variable", "set", name, "--repo", self.repository]
            yield shlex.join([*words, "--env", self.environment, "--body", value])


def called_workflow(name: str) -> str:
    """Read one of the workflows that are called; in a checkout they are where GitHub wants them."""
    packaged = files("brainscore_data.github").joinpath("workflows", name)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / ".github" / "workflows" / name).read_text(encoding="utf-8")
