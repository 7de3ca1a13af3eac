"""One run of the action, from its inputs to its exit code."""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Mapping
from pathlib import Path

from brainscore_data.base.errors import BrainScoreDataError, UsageError
from brainscore_data.github.inputs import Inputs, read_inputs, workspace_path
from brainscore_data.github.runner import Runner
from brainscore_data.github.tasks.commenting import say_on_pull_requests
from brainscore_data.github.tasks.registering import propose_registrations
from brainscore_data.github.tasks.task import Job, Result, explained, worst

_TASKS = {
    "check": "checking",
    "shard": "sharding",
    "package": "packaging",
    "publish": "publishing",
    "merge": "merging",
    "comment": "commenting",
    "audit": "auditing",
    "due": "due",
    "site": "site",
    "approve": "approving",
}
_INTERRUPTED = 130
# Whoever speaks TLS in this process: https://requests.readthedocs.io/en/latest/user/advanced/
_CERTIFICATES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


def main() -> int:
    """Run the action; gives its exit code, and no traceback unless debugging is switched on."""
    runner = Runner(os.environ)
    with runner.obeying_nothing():
        try:
            return run(os.environ, runner)
        except KeyboardInterrupt:  # the job was cancelled
            runner.say("interrupted; running it again is safe")
            return _INTERRUPTED
        except Exception as error:  # noqa: BLE001 - the last resort: one line and an exit code
            runner.error(_told(error))
            # https://docs.github.com/en/actions/how-tos/monitor-workflows/enable-debug-logging
            if os.environ.get("RUNNER_DEBUG") == "1":
                runner.say("".join(traceback.format_exception(error)))
            return 2


def _told(error: Exception) -> BrainScoreDataError:
    if isinstance(error, OSError) and error.strerror:
        return UsageError(
            error.strerror,
            where=str(error.filename) if error.filename else None,
            hint="check the path, its permissions and the space on its disk",
        )
    first = (str(error).splitlines() or [""])[0]
    return UsageError(
        f"internal error: {type(error).__name__}: {first}",
        hint="run the job again with debug logging switched on, and report what it shows",
    )


def run(environment: Mapping[str, str], runner: Runner) -> int:
    """Do what the inputs say, tell the runner, and give the exit code."""
    try:
        inputs = read_inputs(environment)
        for secret in (inputs.github_token, inputs.register_token):
            if secret is not None:
                runner.mask(secret)
        job = _job(inputs, environment, runner)
        result = _task(job)
    except BrainScoreDataError as error:
        runner.error(error)
        runner.summary(explained(error, "brainscore-data"))
        return error.exit_code
    _tell(runner, result)
    # Last of all: a comment that fails must not take the receipts with it.
    said = say_on_pull_requests(job, result)
    proposed = propose_registrations(job, result.receipts)
    _tell(runner, said)
    _tell(runner, proposed)
    if runner.not_annotated:
        runner.say(f"{runner.not_annotated:,} more annotations are not shown: GitHub has a limit")
    return worst([result.exit_code, said.exit_code, proposed.exit_code])


def _tell(runner: Runner, done: Result) -> None:
    for name, value in done.outputs.items():
        runner.output(name, value)
    if done.summary:
        runner.summary(done.summary)


def _job(inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> Job:
    from brainscore_data.github.context import read_context

    context = read_context(environment)
    workspace = environment.get("GITHUB_WORKSPACE")
    if not workspace:
        raise UsageError(
            "GitHub sets this variable, and here it is missing",
            where="GITHUB_WORKSPACE",
            hint="run the action in a job of GitHub Actions",
        )
    root = Path(workspace).resolve()
    if inputs.ca_bundle is not None:
        bundle = str(workspace_path(inputs.ca_bundle, "ca-bundle", root))
        os.environ.update(dict.fromkeys(_CERTIFICATES, bundle))
    context = context.approved_by(inputs.head_sha, inputs.bundle_sha256)
    return Job(inputs, context, environment, root, Path.cwd(), runner)


def _task(job: Job) -> Result:
    module = importlib.import_module(f"brainscore_data.github.tasks.{_TASKS[job.inputs.command]}")
    result: Result = module.run(job)
    return result
