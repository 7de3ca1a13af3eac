from __future__ import annotations

from importlib import metadata

import pytest

from brainscore_data.media import cache


@pytest.mark.parametrize(("package", "module"), [("pillow", "PIL"), ("av", "av")])
def test_a_decoder_is_known_by_its_version(package, module):
    assert cache._version(package, module) == f"{package} {metadata.version(package)}"


def test_a_decoder_that_is_not_installed_has_no_version():
    assert cache._version("pillow", "no_such_module") is None


def test_a_folder_that_is_called_like_a_decoder_is_none(tmp_path, monkeypatch):
    (tmp_path / "no_such_module").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert cache._version("pillow", "no_such_module") is None
