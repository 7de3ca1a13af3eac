"""The registrations of what was published, as one pull request: its files, its branch and itself.

The files are receipts beside their datasets, and plugins' sources. The branch is only ever added to.
A commit of this program names its own tree in its message, which no commit that a person made or
changed does: on a branch with one of those, nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import BrainScoreDataError, IncompleteError, UsageError
from brainscore_data.base.markdown import code_span, fenced
from brainscore_data.base.text import one_line
from brainscore_data.dataset.document import MANIFEST_NAME
from brainscore_data.github.client import explained
from brainscore_data.github.tasks.task import Job, Result, aws_session
from brainscore_data.plugins.deciding import Change, IsEarlier, is_earlier_in_store
from brainscore_data.plugins.homes import plugin_folder
from brainscore_data.plugins.registering import Registering, plan_registering
from brainscore_data.records.receipts import (
    FILE_NAME,
    FileReceipt,
    Receipts,
    joined,
    saved_where_it_says_more,
)

if TYPE_CHECKING:
    from github.GitCommit import GitCommit
    from github.GitRef import GitRef
    from github.Repository import Repository


BRANCH = "brainscore-data/registrations"
TITLE = "Register published data"
BODY = """\
Registers what was published, so that it can be loaded by its identifier, and keeps the receipts.

This pull request is brought up to date when more is published. Once somebody else has committed to
its branch, it is left as it is.
"""
_TRAILER = "Brainscore-Data-Tree: "


@dataclass(frozen=True)
class Proposal:
    """A pull request of this program: there is at most one of a kind."""

    #: What it is with, as errors say it.
    what: str
    branch: str
    title: str
    body: str
    #: Whether it says what is in it; else a person may have written something better.
    body_changes: bool = False


REGISTRATIONS = Proposal("the registrations", BRANCH, TITLE, BODY)


@dataclass(frozen=True)
class RegistrationFiles:
    """What is to stand in a repository."""

    texts: Mapping[str, str]
    refused: tuple[Change, ...]
    #: What Brain-Score computes anew because of it, plugin by plugin.
    recomputed: tuple[str, ...] = ()


def registration_files(
    root: Path, receipts: Mapping[str, Receipts], *, is_earlier: IsEarlier
) -> RegistrationFiles:
    """Write receipts and registrations into a checkout, and say which files those are.

    Two datasets may register in one plugin, so each is written before the next is planned. A file
    stays as it is where nothing that it says of what is published changes: a commit to a plugin's
    folder costs its users what Brain-Score has stored for it.
    """
    root = root.resolve()
    written: set[Path] = set()
    refused: list[Change] = []
    recomputed: dict[Path, str] = {}
    for folder, new in receipts.items():
        path = receipts_home(root, folder) / FILE_NAME
        if saved_where_it_says_more(path, new):
            written.add(path)
        if new.plugin is None:
            continue  # a data repository has no plugins: its receipts are what is registered
        planned = plan_registering(
            joined(path, new), plugin_folder(new, path.parent, None), is_earlier=is_earlier
        )
        _require_inside(root, planned)
        planned.write()
        written |= {text.path for text in planned.texts if text.changes}
        refused += planned.refused
        if any(each.is_relative_to(planned.folder) for each in written):
            recomputed.setdefault(planned.folder, planned.recomputed)
    names = {path.resolve().relative_to(root).as_posix(): path for path in written}
    texts = {name: content_of(path).decode() for name, path in sorted(names.items())}
    return RegistrationFiles(texts, tuple(refused), tuple(filter(None, recomputed.values())))


def receipts_home(root: Path, folder: str) -> Path:
    """Find the dataset that receipts belong to; or the folder that the script is for."""
    home = (root / folder).resolve()
    is_script = home.suffix == ".py" and home.is_file()
    is_home = is_script or (home / MANIFEST_NAME).is_file()
    if not home.is_relative_to(root.resolve()) or not is_home:
        raise UsageError(
            f"there are receipts for {folder!r}, and there is no dataset here",
            where=str(root / folder),
            hint="check out the branch that has it, and run this at its root",
        )
    if is_script:  # of a plugin, or in the folder that Brain-Score's plugins have for these
        home = home.parents[home.parent.name == "data_packaging"]
    target = home / FILE_NAME
    if target.is_symlink():
        raise UsageError("this is a link, and receipts are a file", where=str(target))
    return home


def _require_inside(root: Path, planned: Registering) -> None:
    for text in planned.texts:
        if not text.path.resolve().is_relative_to(root):
            raise UsageError(
                "this plugin is outside of the repository",
                where=str(text.path),
                hint="name a folder of this repository in dataset.toml: plugin",
            )


@dataclass(frozen=True)
class Proposed:
    """A pull request that is there."""

    number: int
    url: str


def propose(
    repository: Repository,
    base: str,
    files: Mapping[str, str],
    *,
    labels: Sequence[str] = (),
    proposal: Proposal = REGISTRATIONS,
) -> Proposed | None:
    """Open a pull request that writes files, or bring the one that is open up to date."""
    branch = proposal.branch
    if not files:
        return None
    with explained(f"to open a pull request with {proposal.what}"):
        onto = repository.get_git_commit(repository.get_branch(base).commit.sha)
        tree = _tree_with(repository, onto, files)
        if tree == onto.tree.sha:
            return None
        head = _head(repository, branch)
        if head is None:
            commit = _commit(repository, tree, [onto], proposal.title)
            _create(repository, branch, commit.sha)
        else:
            _bring_up_to_date(repository, proposal, head, onto, tree)
        return _opened(repository, proposal, base, labels)


def _tree_with(repository: Repository, onto: GitCommit, files: Mapping[str, str]) -> str:
    from github import InputGitTreeElement

    elements = [
        InputGitTreeElement(path, "100644", "blob", content=content)
        for path, content in sorted(files.items())
    ]
    return repository.create_git_tree(elements, onto.tree).sha


def _commit(repository: Repository, tree: str, parents: list[GitCommit], title: str) -> GitCommit:
    message = f"{title}\n\n{_TRAILER}{tree}\n"
    return repository.create_git_commit(message, repository.get_git_tree(tree), parents)


def _is_ours(commit: GitCommit) -> bool:
    return commit.message.rstrip().endswith(f"\n{_TRAILER}{commit.tree.sha}")


def _head(repository: Repository, branch: str) -> GitRef | None:
    from github import UnknownObjectException

    ref = repository.get_git_ref(f"heads/{branch}")
    try:
        ref.complete()  # its own address is not the one that it was asked for by
    except UnknownObjectException:
        return None
    return ref


def _create(repository: Repository, branch: str, sha: str) -> None:
    from github import GithubException

    try:
        repository.create_git_ref(f"refs/heads/{branch}", sha)
    except GithubException as error:
        raise _too_late(branch, error) from error


def _bring_up_to_date(
    repository: Repository, proposal: Proposal, head: GitRef, onto: GitCommit, tree: str
) -> None:
    from github import GithubException

    branch = proposal.branch

    ahead = repository.compare(onto.sha, head.object.sha)
    commits = [repository.get_git_commit(each.sha) for each in ahead.commits]
    # The base's own commits come in by merges of ours; what is ahead is what the base lacks.
    for commit in commits:
        if not _is_ours(commit):
            raise UsageError(
                f"somebody has committed to {branch} ({commit.sha[:10]}), so this run does not change it",
                where=branch,
                hint="merge its pull request or delete the branch, and run this again",
            )
    newest = repository.get_git_commit(head.object.sha)
    if newest.tree.sha == tree and ahead.behind_by == 0:
        return
    # Its tree is the base's with the files. With both as parents it can be merged, and added
    # to the branch without force.
    parents = [newest, onto] if commits else [onto]
    commit = _commit(repository, tree, parents, proposal.title)
    try:
        head.edit(commit.sha, force=False)
    except GithubException as error:
        raise _too_late(branch, error) from error


def _too_late(branch: str, error: Exception) -> Exception:
    """Explain a refusal that means that the branch is no longer what it was."""
    if getattr(error, "status", None) != 422:
        return error
    return IncompleteError(
        f"another run has just written to {branch}", where=branch, hint="run the job again"
    )


def _opened(
    repository: Repository, proposal: Proposal, base: str, labels: Sequence[str]
) -> Proposed:
    branch = proposal.branch
    owner = repository.full_name.partition("/")[0]
    found = next(
        iter(repository.get_pulls(state="open", head=f"{owner}:{branch}", base=base)), None
    )
    if found is None:
        found = repository.create_pull(
            base=base, head=branch, title=proposal.title, body=proposal.body
        )
    elif proposal.body_changes and found.body != proposal.body:
        found.edit(body=proposal.body)
    missing = set(labels) - {label.name for label in found.labels}
    if missing:
        found.add_to_labels(*sorted(missing))
    return Proposed(found.number, found.html_url)


def propose_registrations(job: Job, receipts: Mapping[str, Receipts]) -> Result:
    """Open the registration pull request, where that is wanted; it may wait for another run."""
    if job.inputs.register != "pull-request" or not receipts:
        return Result()
    try:
        done, code = _proposed(job, receipts), 0
    except BrainScoreDataError as error:
        job.runner.error(error)
        done, code = fenced(f"the registrations are not proposed: {error}", "text"), 3
    job.runner.say(done)
    return Result(code, summary=done)


def _proposed(job: Job, receipts: Mapping[str, Receipts]) -> str:
    """Open the registration pull request, or bring it up to date; says in Markdown what it did.

    The job needs a checkout of the default branch, and a token that may write contents.
    """
    inputs = job.inputs
    found = registration_files(job.workspace, receipts, is_earlier=_order(job))
    base = job.context.default_branch or job.context.branch or "main"
    proposed = propose(
        job.repository(inputs.register_token), base, found.texts, labels=inputs.register_labels
    )
    lines = ["## Registrations"]
    if proposed is None:
        lines.append("They are in the repository already.")
    else:
        lines.append(f"Pull request [#{proposed.number}]({proposed.url}) writes them.")
    if proposed is not None:
        lines += [f"- {code_span(one_line(each))}" for each in found.recomputed]
    lines += [
        f"- not registered: {code_span(f'{each.item.identifier}: {each.reason}')}"
        for each in found.refused
    ]
    return "\n\n".join(lines)


def _order(job: Job) -> Any:
    """Ask the store with the job's own credentials, where it has any."""
    sessions: list[Any] = []

    def is_earlier(receipt: FileReceipt, version_id: str) -> bool:
        if receipt.object.bucket and job.inputs.command == "publish" and not sessions:
            sessions.append(aws_session(job))
        ask = partial(is_earlier_in_store, session=sessions[0] if sessions else None)
        return ask(receipt, version_id)

    return is_earlier
