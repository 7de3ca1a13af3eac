"""`check` on a cluster finds what it finds without one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dask_clusters import dask_cluster
from pictures import png

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are looked at in /proc")
_MANIFEST = """\
schema = 1
[dataset]
license = "CC0-1.0"
[[stimulus_set]]
identifier = "Doe2026"
visibility = "public"
metadata = "stimuli.csv"
files = "stimuli"
"""


@pytest.fixture
def dataset(tmp_path):
    """Pictures, and one that is cut off."""
    folder = tmp_path / "dataset"
    (folder / "stimuli").mkdir(parents=True)
    rows = ["stimulus_id,filename,object_name"]
    for number in range(120):
        content = png(number) if number != 77 else png(number)[:40]
        (folder / "stimuli" / f"{number}.png").write_bytes(content)
        rows.append(f"s{number},{number}.png,cat")
    (folder / "stimuli.csv").write_text("\n".join(rows) + "\n")
    (folder / "dataset.toml").write_text(_MANIFEST)
    return folder


def command(folder, dataset, *options: str) -> subprocess.Popen[str]:
    """Start the command, which remembers nothing of other runs."""
    environment = {**os.environ, "BRAINSCORE_DATA_CACHE": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-m", "brainscore_data", "check", "dataset", *options],
        cwd=dataset.parent,  # paths are relative to where the user is
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_findings_are_the_same_and_a_killed_worker_changes_none(dataset, tmp_path):
    here = command(tmp_path / "cache-here", dataset)
    expected = here.communicate()
    assert "77.png" in expected[0]
    with dask_cluster(tmp_path, workers=2) as cluster:  # a nanny always has a child: its worker
        there = command(tmp_path / "cache-there", dataset, "--cluster", cluster.address)
        cluster.kill(cluster.busy())
        assert there.communicate() == expected
    assert here.returncode == there.returncode == 1


def test_when_the_scheduler_dies_the_command_says_so_once_and_exits_with_3(dataset, tmp_path):
    with dask_cluster(tmp_path, workers=1) as cluster:
        there = command(tmp_path / "cache", dataset, "--cluster", cluster.address)
        cluster.busy()
        cluster.kill(cluster.scheduler)
        out, err = there.communicate()
    assert (there.returncode, out) == (3, "")
    assert err.count("error:") == 1
    assert "the scheduler of the cluster went away" in err
    assert "Traceback" not in err


def test_workers_of_this_machine_alone_are_started_and_ended(dataset, tmp_path):
    there = command(tmp_path / "cache", dataset, "--cluster", "local:2")
    out, err = there.communicate()
    assert there.returncode == 1, err
    assert "77.png" in out


def test_the_action_never_works_on_a_cluster():
    root = Path(__file__).parents[2]
    action = [root / "action.yml", *(root / "action").rglob("*.yml")]
    code = [*(root / "src/brainscore_data/github").rglob("*.py")]
    assert code
    assert not [path for path in (*action, *code) if "cluster" in path.read_text()]
