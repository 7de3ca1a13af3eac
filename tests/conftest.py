"""What the tests of several parts share."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import in_the_cage
import pytest
from how_often import NIGHT
from hypothesis import settings

# Thousands of tests and their libraries are kept to the end: to look again and again for what of
# them is garbage is a seventh of what the tests take.
gc.set_threshold(20_000, 20, 20)

settings.load_profile("night" if NIGHT else "day")

# What a shell starts in the background ignores Ctrl-C, and so does what that starts: not here.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = [
    "action_in_process",
    "attacked_program",
    "attacks_told",
    "brainscore_environment",
    "browser",
    "ceph_rgw",
    "decoders",
    "hook_repositories",
    "in_parts",
    "github_api",
    "id_token_issuer",
    "live_registrations",
    "local_https",
    "local_s3",
    "made_up",
    "memory_store",
    "nwb_sessions",
    "packaged_data",
    "permissions",
    "playing_aws",
    "played_action",
    "played_workflows",
    "published_data",
    "published_to_s3",
    "rates",
    "reader_environment",
    "s3_publishers",
    "sample_rules",
    "small_disk",
    "watched_s3",
    "wire",
    "osf_server",
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the night's tests to the night, and start with the longest of the others."""
    if not NIGHT and (left := [item for item in items if item.get_closest_marker("night")]):
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    items.sort(key=lambda item: "brainscore_environment" not in getattr(item, "fixturenames", ()))


def pytest_collection_finish() -> None:
    """Look no more for garbage among what stays to the end."""
    gc.collect()
    gc.freeze()


# Scripts of contributors, for the interpreter of Brain-Score's environment.
collect_ignore = ["brainio/scripts"]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of Brain-Score's own files."""
    named = os.environ.get("BRAINSCORE_DATA_SHARED")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real inputs are not at {folder}")
    return folder


@pytest.fixture
def nothing_collected():
    """Collect no garbage during the test: Python loses a Ctrl-C that comes in a finalizer."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def can_import_what_is_called():
    """Let programs of the cage import `in_the_cage`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(in_the_cage.__file__).parent))
        yield


@pytest.fixture(scope="session")
def repository_root() -> Path:
    """Give the folder where examples/ and the like are."""
    return Path(__file__).resolve().parents[1]
