from __future__ import annotations

import json

from brainscore_data.check.reporters.json_ import json_text


def test_everything_is_there(outcome):
    document = json.loads(json_text(outcome))
    assert document["schema"] == 1
    assert document["findings"][1] == {
        "code": "BSD902",
        "rule": "line-begins-small",
        "severity": "warning",
        "place": {"file": "dir/b c.poem", "line": 3, "item": "line"},
        "message": "'50%' begins small",
        "hint": "write a capital letter",
    }
    assert document["skipped"][0] == {"code": "BSD902", "because": "BSD901", "subject": "a.poem"}
    assert document["ran"] == ["BSD901", "BSD902", "BSD903"]
    assert document["ignored"] == ["BSD905"]
    assert document["grandfathered"] == 4
    assert document["crashed"] is False


def test_any_text_survives_and_commands_no_runner(said):
    hostile = '\n::error::"\x00\udcff ##[add-mask]x'
    written = json_text(said(message=hostile))
    assert json.loads(written)["findings"][0]["message"] == hostile
    assert written.isascii()
    assert "##[" not in written
    assert not any(line.lstrip().startswith("::") for line in written.splitlines())
