"""The form of what GitHub tells a job, as far as it is used: strict there, and blind elsewhere."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# A repository's objects are named by SHA-1, or by SHA-256 in the newer format.
Sha = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
# https://git-scm.com/docs/git-check-ref-format: no control characters, spaces, or ~^:?*[\
Ref = Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f~^:?*\[\\]+$", max_length=1000)]
FullName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
Url = Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]


class Job(BaseModel):
    """Variables of the environment."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    repository: FullName = Field(alias="GITHUB_REPOSITORY")
    event: str = Field(alias="GITHUB_EVENT_NAME", pattern=r"^[a-z_]+$")
    event_path: str = Field(alias="GITHUB_EVENT_PATH", min_length=1)
    ref: Ref = Field(alias="GITHUB_REF")
    sha: Sha = Field(alias="GITHUB_SHA")
    actor: Line = Field(alias="GITHUB_ACTOR")
    workflow: Line = Field(alias="GITHUB_WORKFLOW")
    workflow_ref: Line = Field(alias="GITHUB_WORKFLOW_REF", default="")
    run_id: int = Field(alias="GITHUB_RUN_ID", gt=0)
    run_attempt: int = Field(alias="GITHUB_RUN_ATTEMPT", gt=0)
    api_url: Url = Field(alias="GITHUB_API_URL")
    server_url: Url = Field(alias="GITHUB_SERVER_URL")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class RepositoryPart(_Part):
    """A repository."""

    full_name: FullName
    private: bool | None = None
    default_branch: Ref | None = None


class EndPart(_Part):
    """Where a pull request comes from, or goes to; a fork that is gone has no `repo`."""

    ref: Ref
    sha: Sha
    repo: RepositoryPart | None = None


class PullRequestPart(_Part):
    """A pull request."""

    number: int = Field(gt=0)
    head: EndPart
    base: EndPart


class MergeGroupPart(_Part):
    """What a merge queue tries."""

    head_sha: Sha
    base_sha: Sha
    base_ref: Ref


class DispatchPart(_Part):
    """The inputs of a workflow that somebody started, as far as they are used here."""

    head_sha: str | None = Field(alias="head-sha", default=None)
    bundle_sha256: str | None = Field(alias="bundle-sha256", default=None)


class Payload(_Part):
    """An event; which parts it has depends on its name."""

    repository: RepositoryPart | None = None
    pull_request: PullRequestPart | None = None
    merge_group: MergeGroupPart | None = None
    before: Sha | None = None
    after: Sha | None = None
    forced: bool = False
    inputs: DispatchPart | None = None
