import tomllib

import pytest
from click.testing import CliRunner

from brainscore_data.base.errors import UsageError
from brainscore_data.cli.manifest import source


@pytest.fixture
def dataset(tmp_path):
    (tmp_path / "dataset.toml").write_text('schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\n')
    return tmp_path


def test_add_prints_what_it_wrote(web, dataset):
    web.put("/stimuli.zip", b"zipped")
    answer = CliRunner().invoke(source, ["add", web.url("/stimuli.zip"), str(dataset)])
    assert answer.exit_code == 0, answer.output
    [(name, entry)] = tomllib.loads((dataset / "dataset.toml").read_text())["sources"].items()
    for part in (name, entry["url"], entry["sha256"], "6 bytes", str(dataset / "dataset.toml")):
        assert part in answer.stdout


def test_add_takes_a_name_and_replaces_on_request(web, dataset):
    page = web.put("/stimuli.zip", b"zipped")
    command = ["add", web.url("/stimuli.zip"), str(dataset), "--name", "images.zip"]
    assert CliRunner().invoke(source, command).exit_code == 0
    page.body = b"zipped again"
    assert CliRunner().invoke(source, command).exit_code != 0
    answer = CliRunner().invoke(source, [*command, "--replace"])
    assert "pins images.zip: 12 bytes" in answer.stdout


def test_add_works_in_the_current_folder_and_leaves_errors_to_the_caller(
    web, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(source, ["add", web.url("/stimuli.zip")])
    assert isinstance(answer.exception, UsageError)
