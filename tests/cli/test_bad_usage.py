"""Commands that are mistyped, point nowhere, or lack what they need; and reading what is not so."""

from __future__ import annotations

import hashlib
import os
import shutil
import tomllib

import pytest

from brainscore_data.base.extras import extra_of

NOWHERE = "no-such-place"

# fmt: off
# Arguments, of which {file} is a file and {empty} an empty folder → exit code, words.
PATHS = {
    "init of no folder": (["init", NOWHERE], ["there is no such folder", "check the path"]),
    "init of an empty folder": (["init", "{empty}"], ["nothing here can become a dataset"]),
    "package of no folder": (["package", NOWHERE, "-o", "out"], ["there is no such folder", "check the path"]),
    "package of a file": (["package", "{file}", "-o", "out"], ["is no dataset.toml", "brainscore-data init"]),
    "package of no dataset": (["package", "{empty}", "-o", "out"], ["there is no dataset.toml here", "brainscore-data init"]),
    "package onto a file": (["package", "{study}", "-o", "{file}"], ["not a bundle", "choose another folder"]),
    "package below a file": (["package", "{study}", "-o", "{file}/out"], ["a part of the path is no folder", "choose another folder"]),
    "publish of no folder": (["publish", NOWHERE, "--store", "{store}"], ["there is no such folder", "dataset.toml"]),
    "publish of a file": (["publish", "{file}", "--store", "{store}"], ["this is a file, not a folder", "dataset.toml"]),
    "publish of no dataset": (["publish", "{empty}", "--store", "{store}"], ["neither a dataset.toml nor a bundle.json", "brainscore-data init"]),
    "publish with receipts nowhere": (["publish", "{study}", "--store", "{store}", "--receipts", f"{NOWHERE}/r.json"], [NOWHERE, "there is no such folder"]),
    "publish with other receipts": (["publish", "{study}", "--store", "{store}", "--receipts", "{file}"], ["not receipts, or they are damaged", "restore it"]),
    "publish to a file": (["publish", "{study}", "--store", "{file_url}"], ["cannot be read", "check the store's URL"]),
    "receipt of nothing": (["receipt", NOWHERE], ["there are no receipts here", "brainscore-data publish"]),
    "receipt of a folder without": (["receipt", "{empty}"], ["receipts.json", "there are no receipts here"]),
    "receipt of another file": (["receipt", "{file}"], ["not receipts, or they are damaged"]),
    "verify of nothing": (["verify", NOWHERE], ["there are no receipts here", "check the path"]),
    "verify of another file": (["verify", "{file}"], ["not receipts, or they are damaged"]),
    "fetch from a file": (["fetch", "Doe2024", "--store", "{file_url}"], ["cannot be read", "check the store's URL"]),
    "lookup in a file": (["lookup", "Doe2024", "--store", "{file_url}"], ["cannot be read", "check the store's URL"]),
    "fetch of a path": (["fetch", "../secrets", "--store", "{store}"], ["'../secrets' cannot be an identifier", "letters, digits"]),
    "source add to no dataset": (["source", "add", "https://example.org/a.nc", "{empty}"], ["there is no dataset.toml here", "brainscore-data init"]),
    "source add of no URL": (["source", "add", "a.nc", "{study}"], ["'a.nc' is not an address of a source", "https://"]),
}

# Mistyped → what is said.
MISTYPED = {
    "a command": (["pakcage", "."], ["No such command 'pakcage'; did you mean 'package'?"]),
    "a command like none": (["xyz", "."], ["No such command 'xyz'; the commands are demo, init, source, check, rule, preview"]),
    "a command of source": (["source", "ad"], ["No such command 'ad'; did you mean 'add'?"]),
    "an option": (["publish", ".", "--stor", "file:///x"], ["No such option", "--stor"]),
    "an option like none": (["package", ".", "--verbose"], ["No such option", "--verbose"]),
    "a forgotten option": (["publish", "."], ["Missing option '--store'"]),
    "a forgotten argument": (["fetch", "--store", "file:///x"], ["Missing argument 'IDENTIFIER'"]),
    "a folder that is none": (["source", "add", "https://example.org/a.nc", NOWHERE], [f"'{NOWHERE}' does not exist"]),
}
# fmt: on


@pytest.fixture
def places(study, tmp_path):
    (tmp_path / "empty").mkdir()
    file = tmp_path / "a file.txt"
    file.write_text("notes")
    return {
        "study": study.folder,
        "empty": tmp_path / "empty",
        "file": file,
        "file_url": file.as_uri(),
        "store": (tmp_path / "store").as_uri(),
    }


@pytest.mark.parametrize(("arguments", "words"), PATHS.values(), ids=PATHS.keys())
def test_a_path_that_leads_nowhere_is_two(
    places, command, contents, tmp_path, monkeypatch, arguments, words
):
    monkeypatch.chdir(places["empty"])
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path.with_name(f"{tmp_path.name} cache")))
    before = contents(tmp_path)
    answer = command(*(argument.format(**places) for argument in arguments))
    assert answer.code == 2, answer.err
    assert answer.explains(*words)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(("arguments", "words"), MISTYPED.values(), ids=MISTYPED.keys())
def test_what_is_mistyped_is_two_and_says_what_may_be_meant(command, arguments, words):
    answer = command(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Usage: brainscore-data")
    assert answer.err.count("Error: ") == 1
    assert "--help' for help" in answer.err
    assert all(word in answer.err for word in words), answer.err


def test_debug_shows_the_traceback_before_the_message(study, command, tmp_path):
    study.edit("trials.csv", "602,main", "602,main,,")
    package = ("package", study.folder, "-o", tmp_path / "out")
    answer = command(*package)
    debugged = command(*package, "--debug")
    assert debugged.code == answer.code == 1
    assert debugged.err.startswith("Traceback (most recent call last):")
    assert "packaging/check_first.py" in debugged.err
    assert debugged.err.endswith(answer.err)


@pytest.fixture
def as_anyone():
    """What starts a process that file permissions bind: root may read everything."""
    if os.name == "nt":
        pytest.skip("file permissions are other ones here")
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root cannot give up its rights without `setpriv`")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


# What may not be read → the words.
UNREADABLE = {
    "dataset.toml": ["dataset.toml: cannot be read", "check its permissions"],
    "trials.csv": ["(Doe2024.choices): 'trials.csv' cannot be read", "check its permissions"],
    "stimuli/s2.png": ["s2.png: cannot be read", "check its permissions"],
    "stimuli": ["(Doe2024): 'stimuli' cannot be read", "check its permissions"],
    "receipts.json": ["receipts.json: Permission denied", "its permissions"],
}


@pytest.mark.parametrize(("name", "words"), UNREADABLE.items())
def test_what_may_not_be_read_is_two(
    study, child, as_anyone, command, contents, tmp_path, name, words
):
    store = tmp_path / "store"
    publish = ("publish", study.folder, "--store", store.as_uri())
    path = study.path(name)
    if not path.exists():
        path.write_text("{}")
    before = path.stat().st_mode
    path.chmod(0)
    answer = child(*publish, launcher=as_anyone)
    path.chmod(before)
    assert answer.code == 2, answer.err
    assert answer.explains(*words)
    assert contents(store) == {}
    if name == "receipts.json":
        path.unlink()
    assert command(*publish).code == 0


# What is not installed → a command that needs it, and the extra that brings it.
MISSING = {
    "xarray": ["package", "{study}", "-o", "{empty}/out"],
    "netCDF4": ["package", "{study}", "-o", "{empty}/out"],
    "pydantic": ["verify", "{study}"],
    "requests": ["source", "add", "https://example.org/a.nc", "{study}"],
    "boto3": ["publish", "{study}", "--store", "s3://lab-data/x"],
}
# In the program, and in the programs in the cage that it starts.
LACKING = """
from brainscore_data.cage import workers
lacking = "import sys; sys.modules[{module!r}] = None"
program = "from brainscore_data.cage import program; program.main()"
workers.COMMAND = (sys.executable, "-P", "-c", lacking + "; " + program)
sys.modules[{module!r}] = None
"""


@pytest.mark.parametrize(("module", "needed"), MISSING.items(), ids=MISSING.keys())
def test_a_missing_extra_is_two_and_the_line_that_installs_it(places, child, module, needed):
    answer = child(
        *(argument.format(**places) for argument in needed),
        before=LACKING.format(module=module),
    )
    assert answer.code == 2
    assert answer.explains(f"{module}", "not installed", "pip install 'brainscore-data[all]'")


def test_every_package_of_the_extras_has_a_line_that_installs_it(repository_root):
    project = tomllib.loads((repository_root / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    # What lists pictures only is a part of it.
    extras["media"] = [*extras["media"][1:], *extras["images"]]
    for extra in ("data", "media", "matlab", "excel", "s3"):
        for requirement in extras[extra]:
            name = requirement.partition(">")[0]
            module = "PIL" if name == "pillow" else name.replace("-", "_")
            found = extra_of(ModuleNotFoundError(name=module))
            assert found is not None, name
            assert requirement in extras[found], name


@pytest.fixture
def published(study, command, tmp_path):
    """Publish the study; give where its store is."""
    store = tmp_path / "store"
    assert command("publish", study.folder, "--store", store.as_uri()).code == 0
    return store


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fetch", "Doe2025"], ["nothing is published as 'Doe2025'", "check the identifier"]),
        (["lookup", "Doe2025"], ["nothing is published as 'Doe2025'", "check the identifier"]),
        (["fetch", "Doe2024.V4", "--version-id", "9"], ["no version 9", "brainscore-data lookup"]),
        (["fetch", "Doe2024.V4", "--sha1", "0" * 40], ["0 is expected", "compare it with the rec"]),
        (["fetch", "Doe2024", "--csv-sha1", "0" * 40], [".csv", "0 is expected"]),
    ],
)
def test_what_is_not_in_the_store_is_one_and_no_file_gets_a_name(
    published, command, contents, tmp_path, arguments, words
):
    into = ["--into", tmp_path / "into"] if arguments[0] == "fetch" else []
    answer = command(*arguments, "--store", published.as_uri(), *into)
    assert answer.code == 1
    assert answer.explains(published.as_uri(), *words)
    assert contents(tmp_path / "into") == {}


def test_what_was_changed_in_the_store_is_one_until_it_is_restored(
    study, published, command, contents, tmp_path
):
    file = next(published.glob("assy_Doe2024_V4.nc.versions/*/*.nc"))
    right = file.read_bytes()
    file.write_bytes(right[:-1] + b"!")
    verified = command("verify", study.folder)
    assert (verified.code, verified.err) == (1, "")
    assert "assy_Doe2024_V4.nc version 1." in verified.out
    assert "its sha1 is" in verified.out
    assert "4 of 5 files are as their receipts say" in verified.out

    fetch = ("fetch", "Doe2024.V4", "--store", published.as_uri(), "--into", tmp_path / "into")
    fetched = command(*fetch)
    assert fetched.code == 1
    assert fetched.explains(
        "assy_Doe2024_V4.nc version 1.",
        hashlib.sha256(right).hexdigest(),
        "tell the store's owner",
    )
    assert contents(tmp_path / "into") == {}

    file.write_bytes(right)
    assert command("verify", study.folder).code == 0
    assert command(*fetch).code == 0
