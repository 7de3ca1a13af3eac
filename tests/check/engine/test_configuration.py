from __future__ import annotations

import pytest

from brainscore_data.base.errors import UsageError
from brainscore_data.check.engine.checking import plan
from brainscore_data.check.engine.configuration import configured
from brainscore_data.check.engine.settings import Settings


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_every_key_arrives(tmp_path):
    write(
        tmp_path,
        """
        [tool.brainscore-data]
        select = ["BSD1", "rule-name"]
        ignore = ["BSD101"]
        naming = "author-year"
        allowed-buckets = ["brainscore-storage/brainscore-vision"]
        stimulus-names = 'stimulus_\\d+\\.png'
        sequential-numbering = true
        largest-nan-share = 1
        largest-file = 1000
        public = false
        pull-request = 12
        per-path-ignores = { "old/**" = ["BSD3"] }
        """,
    )
    assert configured([tmp_path / "stimuli.csv"]).settings == Settings(
        select=("BSD1", "rule-name"),
        ignore=("BSD101",),
        naming="author-year",
        allowed_buckets=("brainscore-storage/brainscore-vision",),
        stimulus_names=r"stimulus_\d+\.png",
        sequential_numbering=True,
        largest_nan_share=1.0,
        largest_file=1000,
        public=False,
        pull_request=12,
        per_path_ignores={"old/**": ("BSD3",)},
    )


@pytest.mark.parametrize(
    ("written", "size"),
    [("0", 0), ("'5 MB'", 5_000_000), ("'1.5kB'", 1500), ("'2 MiB'", 2_097_152), ("'7 B'", 7)],
)
def test_a_size_has_a_unit_or_is_bytes(tmp_path, written, size):
    write(tmp_path, f"[tool.brainscore-data]\nlargest-file = {written}")
    assert configured([tmp_path]).settings.largest_file == size


def test_without_settings_the_defaults_hold(tmp_path):
    (tmp_path / ".git").mkdir()
    assert configured([tmp_path]).settings == Settings()


def test_the_nearest_table_counts_and_files_without_one_do_not(tmp_path):
    write(tmp_path, '[tool.brainscore-data]\nnaming = "lab"')
    write(tmp_path / "a", "[project]\nname = 'a'")
    write(tmp_path / "a" / "b", '[tool.brainscore-data]\nnaming = "request"')
    assert configured([tmp_path / "a"]).settings.naming == "lab"
    assert configured([tmp_path / "a" / "b" / "c"]).settings.naming == "request"


def test_the_search_ends_at_the_repository(tmp_path):
    write(tmp_path, '[tool.brainscore-data]\nnaming = "lab"')
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert configured([tmp_path / "repository"]).settings.naming == "any"


def test_paths_with_different_settings_are_wrong_usage(tmp_path):
    write(tmp_path / "a", '[tool.brainscore-data]\nnaming = "lab"')
    write(tmp_path / "b", '[tool.brainscore-data]\nnaming = "lab"')
    with pytest.raises(UsageError, match="different settings"):
        configured([tmp_path / "a", tmp_path / "b"])


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ("nameing = 'lab'", "nameing", "did you mean 'naming'?"),
        ("allowed_buckets = []", "allowed_buckets", "did you mean 'allowed-buckets'?"),
        ("pull-request = 0", "pull-request", "from 1"),
        ("jobs = 1", "jobs", "unknown key"),
        ("select = 'BSD1'", "select", "a list of texts"),
        ("ignore = [1]", "ignore", "a list of texts"),
        ("naming = 'labs'", "naming", "did you mean 'lab'?"),
        ("naming = 1", "naming", "must be one of"),
        ("stimulus-names = '('", "stimulus-names", "not a regular expression"),
        ("stimulus-names = 1", "stimulus-names", "must be a text"),
        ("sequential-numbering = 1", "sequential-numbering", "true or false"),
        ("largest-nan-share = 2", "largest-nan-share", "from 0 to 1"),
        ("largest-nan-share = nan", "largest-nan-share", "from 0 to 1"),
        ("largest-nan-share = true", "largest-nan-share", "from 0 to 1"),
        ("largest-file = -1", "largest-file", "bytes"),
        ("largest-file = '10 Mb'", "largest-file", "bytes"),
        ("largest-file = '-1 MB'", "largest-file", "bytes"),
        ("public = 'yes'", "public", "true or false"),
        ("per-path-ignores = ['BSD1']", "per-path-ignores", "must be a table"),
        ("per-path-ignores = { 'a' = 'BSD1' }", "per-path-ignores.'a'", "a list of texts"),
    ],
)
def test_what_is_wrong_names_file_and_key(tmp_path, line, key, said):
    write(tmp_path, f"[tool.brainscore-data]\n{line}")
    with pytest.raises(UsageError) as caught:
        configured([tmp_path])
    assert caught.value.exit_code == 2
    assert caught.value.where == f"{tmp_path / 'pyproject.toml'}: [tool.brainscore-data] {key}"
    assert said in caught.value.message


@pytest.mark.parametrize(
    "content",
    [
        b"[tool.brainscore-data",
        b"[tool]\nbrainscore-data = 1",
        b"\xff[tool.brainscore-data]",
        "[tool.brainscore-data]".encode("utf-16"),
        b'[tool."brainscore\\u002ddata"]\nnamng = "lab"',
    ],
)
def test_a_file_that_cannot_be_read_is_wrong_usage(tmp_path, content):
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        configured([tmp_path])


def test_what_is_wrong_with_a_file_without_our_table_is_for_others_to_say(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.ruff")
    assert configured([tmp_path]).file is None


@pytest.mark.usefixtures("sample_rules")
@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("select = ['poem-emty']", "select"),
        ("ignore = ['poem-emty']", "ignore"),
        ("per-path-ignores = { 'a' = ['poem-emty'] }", "per-path-ignores.'a'"),
    ],
)
def test_an_unknown_rule_names_file_and_key_and_the_nearest(tmp_path, line, key):
    write(tmp_path, f"[tool.brainscore-data]\n{line}")
    with pytest.raises(UsageError) as caught:
        plan([tmp_path])
    assert caught.value.where == f"{tmp_path / 'pyproject.toml'}: [tool.brainscore-data] {key}"
    assert "did you mean 'poem-empty'?" in caught.value.message


@pytest.mark.usefixtures("sample_rules")
def test_the_call_replaces_what_is_selected_and_adds_to_what_is_ignored(tmp_path):
    write(tmp_path, "[tool.brainscore-data]\nselect = ['BSD801']\nignore = ['BSD901']")
    planned = plan([tmp_path], select=["BSD9"], ignore=["BSD903"])
    assert planned.selection.codes == {"BSD902"}
    assert planned.selection.ignored == {"BSD901", "BSD903"}
