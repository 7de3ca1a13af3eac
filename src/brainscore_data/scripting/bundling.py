"""From a script to a bundle: what ``brainscore-data package --script`` does."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from brainscore_data.base.door import opened
from brainscore_data.base.errors import UsageError
from brainscore_data.base.files import explained
from brainscore_data.base.version import own_version
from brainscore_data.base.work_folders import work_folder
from brainscore_data.check.engine.baseline import Baseline
from brainscore_data.check.engine.configuration import Configuration
from brainscore_data.dataset.paths import refuse_gits_own
from brainscore_data.packaging.bundle_folder import replacing_bundle
from brainscore_data.packaging.check_first import check_first
from brainscore_data.records.bundle import Bundle, Script, save_bundle
from brainscore_data.scripting.collecting import collect
from brainscore_data.scripting.credentials import find_credentials
from brainscore_data.scripting.process import in_ci, require_interpreter, run_script, scrubbed


def package_script(
    script: Path,
    out: Path,
    *,
    ask: Callable[[], None],
    python: str | None = None,
    named: Sequence[str] = (),
    ignore: Sequence[str] = (),
    baseline: Path | Baseline | None = None,
    configuration: Configuration | None = None,
    cluster: str | None = None,
) -> Bundle:
    """Run a packaging script as ``python SCRIPT``, and make a bundle of its uploads, which stay here.

    `ask` is called first where a person can answer, and raises to say no. On a `cluster`, workers
    compute the script's arrays of dask, and so run its code.
    """
    content = _read(script)
    python = sys.executable if python is None else python
    ci = in_ci(os.environ)
    if ci:
        _refuse_cluster(cluster)
        _refuse_credentials(script)
    with replacing_bundle(out) as staging, work_folder() as home:
        # Beside the bundle, so that the files are moved there and not copied.
        record = staging.parent / "uploads"
        record.mkdir()
        environment = scrubbed(os.environ, home=home, record=record, named=named)
        require_interpreter(python, environment, cluster)
        if not ci:
            ask()
        workflow = os.environ.get("GITHUB_ACTIONS") == "true"
        run_script(python, script, environment, cluster, alone=ci, workflow=workflow)
        collected = collect(record, staging)
        checks = check_first(
            staging, ignore=ignore, baseline=baseline, configuration=configuration, called=out
        )
        bundle = Bundle(
            dataset=_dataset_name(script),
            license="not stated",
            items=sorted(collected.items, key=lambda item: item.kind != "stimulus_set"),
            checks=checks,
            writers={**collected.writers, "brainscore-data": own_version()},
            notices=collected.notices,
            script=Script(name=script.name, sha256=hashlib.sha256(content).hexdigest()),
        )
        save_bundle(bundle, staging)
    return bundle


def _dataset_name(script: Path) -> str:
    """Name a dataset as its plugin: by the folder of the script, or the one above its own.

    >>> _dataset_name(Path("/vision/data/papale2025/data_packaging/package.py"))
    'papale2025'
    """
    names = (folder.name for folder in script.resolve().parents)
    return next((name for name in names if name not in {"", "data_packaging"}), script.stem)


def _read(script: Path) -> bytes:
    if not script.is_file():
        raise UsageError(
            "this is a folder, not a script" if script.is_dir() else "there is no such script",
            where=str(script),
            hint="name the file, such as data_packaging.py",
        )
    refuse_gits_own(script)
    with explained(script), opened(script) as stream:
        return stream.read()


def _refuse_cluster(cluster: str | None) -> None:
    if cluster is not None:
        raise UsageError(
            "in CI a script may be a stranger's, and workers of a cluster run whatever it says",
            where="--cluster",
            hint="leave --cluster out here, or package it on your own computer",
        )


def _refuse_credentials(script: Path) -> None:
    found = find_credentials(os.environ, [Path.cwd(), script.resolve().parent])
    if found:
        listed = "".join(f"\n  - {each}" for each in found)
        raise UsageError(
            f"the program does not run a contributor's script where it could reach credentials:{listed}",
            where=str(script),
            hint="run it in a job without any: `permissions: contents: read`, no `id-token: "
            "write`, no secrets in `env`, and actions/checkout with `persist-credentials: false`",
        )
