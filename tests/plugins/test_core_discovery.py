"""brainscore-core finds a plugin whose data is at OSF, installs what it needs, and loads it.

What it installs is the line that `register` wrote, from the wheel of this checkout, and what that
needs from PyPI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest
from brainscore_library import LIBRARY
from published_data import CSV, STIMULI, zipped

from brainscore_data.cli import main
from brainscore_data.plugins.registering import plan_registering
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.receipts import save_receipts
from brainscore_data.store.urls import open_store

if TYPE_CHECKING:
    from pathlib import Path

HOME = "brainscore_vision/data/majajhong2015"
LOAD = """
from brainscore_core.plugin_management.import_plugin import import_plugin
import_plugin("brainscore_vision", "data", "hvm", registry_prefix="stimulus_set")
import_plugin("brainscore_vision", "data", "MajajHong2015")
from brainscore_vision import load_dataset
assembly = load_dataset("MajajHong2015")
print(type(assembly).__name__, dict(assembly.sizes), list(assembly["object_name"].values))
"""


@pytest.fixture
def clean_environment(reader_interpreter: Path, tmp_path: Path) -> Path:
    """Give an environment with brainscore-core, and without anything of ours; it can be installed to."""
    folder = tmp_path / "env"
    subprocess.run([reader_interpreter, "-m", "venv", folder], check=True)
    found = subprocess.check_output(
        [reader_interpreter, "-c", "import brainscore_core as c; print(c.__path__[0])"], text=True
    )
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "reader.pth").write_text(os.path.dirname(found.strip()) + "\n")  # noqa: PTH120
    return folder


@pytest.fixture
def wheels(repository_root: Path, tmp_path: Path) -> Path:
    """Build this checkout."""
    uv = shutil.which("uv", path=os.path.dirname(sys.executable)) or shutil.which("uv")  # noqa: PTH120
    build = [str(uv), "build", "-q", "--wheel", "--out-dir", str(tmp_path / "dist")]
    subprocess.run(build, check=True, cwd=repository_root)
    return tmp_path / "dist"


@pytest.mark.slow
@pytest.mark.night
def test_a_registration_is_loaded_with_the_line_of_the_requirements_alone_before_and_after_a_move(
    osf, ceph_rgw, bundles, rates_nc, tmp_path, clean_environment, wheels
):
    osf.project("abcd1", public=True)
    folder = bundles.write(
        bundles.stimulus_set("hvm", CSV, zipped(STIMULI)),
        bundles.assembly("MajajHong2015", rates_nc, stimulus_set="hvm"),
    )
    store = open_store("osf://abcd1/data", endpoint_url=osf.url)
    receipts = publish_bundle(folder, store, run=Run("majaj", "2015-09-30")).receipts
    library = tmp_path / "lab" / "brainscore_vision"
    plugin = library / "data" / "majajhong2015"
    plugin.mkdir(parents=True)
    (library / "__init__.py").write_text(LIBRARY)
    (library / "data" / "__init__.py").write_text("")
    plan_registering(receipts, plugin, is_earlier=lambda *_: False).write()
    assert (plugin / "requirements.txt").read_text() == "brainscore-data[osf]>=0.1.0\n"

    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "OSF_TOKEN", "PIP_NO_INDEX"}
    }
    environment |= {
        "PATH": f"{clean_environment / 'bin'}{os.pathsep}{environment['PATH']}",
        "PIP_FIND_LINKS": str(wheels),
        "BRAINIO_HOME": str(tmp_path / "brainio"),
    }
    # pip asks PyPI, which the authority of the tests does not vouch for.
    environment["PIP_CERT"] = os.environ.get("PIP_CERT") or _usual_authorities()

    def load():
        """Load it as if nothing of it had ever been here."""
        cache = {"BRAINSCORE_DATA_CACHE": tempfile.mkdtemp(dir=tmp_path)}
        done = subprocess.run(
            [str(clean_environment / "bin" / "python"), "-c", LOAD],
            cwd=library.parent,
            env=environment | cache,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == "NeuroidAssembly {'presentation': 2, 'neuroid': 3} ['cup', 'duck']\n"

    load()
    save_receipts(receipts.model_copy(update={"plugin": HOME}), plugin / "receipts.json")
    new = ["--endpoint-url", ceph_rgw.endpoint_url, "--from-endpoint-url", osf.url]
    to = f"s3://{ceph_rgw.new_bucket()}/brainio"
    at = ["--checkout", str(library.parent), "--register"]
    assert main(["copy", "osf://abcd1/data", to, *at, *new]) == 0
    assert "osf://" not in (plugin / "__init__.py").read_text()
    assert (plugin / "requirements.txt").read_text() == "brainscore-data[osf,s3]>=0.1.0\n"
    osf.nodes.clear()
    load()


def _usual_authorities() -> str:
    import ssl

    import certifi

    return (
        os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile or certifi.where()
    )
