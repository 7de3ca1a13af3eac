"""One reader of manifests: whoever asks gets the same answer, and quickly."""

from __future__ import annotations

import os

import pytest

from brainscore_data.base.errors import DataError
from brainscore_data.dataset.toml import nested_too_deeply, read_manifest

DOTS = "." * 200
DEEP = "a." * 2000 + "a"


@pytest.mark.parametrize(
    "text",
    [
        f'reference = "see{DOTS}"',
        f"reference = 'see{DOTS}'",
        f'reference = """\nsee\n{DOTS}\n"""',
        f"reference = '''\nsee\n{DOTS}\n'''",
        f'reference = "a \\" quote {DOTS}"',
        f"# {DOTS}\nschema = 1",
        f"schema = 1 # it's here {DOTS}",
        '"' + "a" * 300 + f'{DOTS}" = 1',
        f'x = """"quoted"""" # {DOTS}',
    ],
)
def test_dots_in_texts_and_comments_are_not_depth(tmp_path, text):
    (tmp_path / "dataset.toml").write_text(text)
    assert read_manifest(tmp_path / "dataset.toml").document is not None


@pytest.mark.parametrize(
    "text",
    [
        f"{DEEP} = 1",
        f"[{DEEP}]",
        f"x = {{ {DEEP} = 1 }}",
        '"a".' * 2000 + "a = 1",
        "a . " * 2000 + "a = 1",
        f"# it's\n{DEEP} = 1",
        f'x = ["""a"""", {{ {DEEP} = 1, b = "" }}]',
        f"x = ['''a'''', {{ {DEEP} = 1, b = '' }}]",
        f'x = "a \\\\", {DEEP} = 1 # "',
        f'x = """ a \\""" """\n{DEEP} = 1',
    ],
)
def test_a_key_that_would_keep_the_parser_busy_is_refused_wherever_it_hides(tmp_path, text):
    assert nested_too_deeply(text)
    (tmp_path / "dataset.toml").write_text(text)
    with pytest.raises(DataError, match="nested too deeply"):
        read_manifest(tmp_path / "dataset.toml")


def test_what_is_no_ordinary_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "dataset.toml")
    with pytest.raises(DataError, match="is not a file"):
        read_manifest(tmp_path / "dataset.toml")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "elsewhere.toml").write_text('secret = "s3cr3t"')
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset/dataset.toml").symlink_to("../elsewhere.toml")
    with pytest.raises(DataError, match="leads out"):
        read_manifest(tmp_path / "dataset/dataset.toml")
