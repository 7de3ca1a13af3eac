"""Records that anybody could have written: read as they are, or refused in words."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from how_often import examples
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.check.registrations.committed_receipts import read_receipts
from brainscore_data.plugins.parse import parse_plugin
from brainscore_data.plugins.receipt_markdown import render_markdown
from brainscore_data.records.bundle import load_bundle
from brainscore_data.records.receipts import Receipts, load_receipts, merge_receipts, save_receipts

often = settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["../x", "null", "s3://a/b", "\u202e\x1b[2J", "a`b|c\n::error::"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)

#: What may stand where something of a kind stood.
KINDS = {
    str: st.text(max_size=12) | st.sampled_from(["../x", "\u202e\x1b[2J", "a`b|c\n::error::"]),
    int: st.integers(0),
    bool: st.booleans(),
    type(None): st.none() | st.text(max_size=12),
}


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Give what holds each value, and the key."""
    keys = document if isinstance(document, dict) else range(len(document))
    for key in list(keys):
        yield document, key
        if isinstance(document[key], (dict, list)):
            yield from places(document[key])


@st.composite
def spoiled(draw, document: Any) -> Any:
    """Put other values into a record, at one to three places."""
    made = copy.deepcopy(document)
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        holder, key = draw(st.sampled_from(list(places(made)) or [(made, "x")]))
        known = KINDS.get(
            type(holder.get(key) if isinstance(holder, dict) else holder[key]), values
        )
        holder[key] = draw(known | values if draw(st.integers(0, 4)) == 0 else known)
    return made


@often
@given(content=st.binary(max_size=100) | values.map(lambda each: json.dumps(each).encode()))
def test_no_bytes_are_anything_but_a_record_or_an_error_in_words(tmp_path, content):
    for name in ("receipts.json", "bundle.json"):
        (tmp_path / name).write_bytes(content)
    read_receipts(tmp_path / "receipts.json")
    for load in (lambda: load_receipts(tmp_path / "receipts.json"), lambda: load_bundle(tmp_path)):
        try:
            load()
        except BrainScoreDataError as error:
            said = str(error)
        else:
            said = "it is one"
        assert said


@often
@given(data=st.data())
def test_spoiled_receipts_are_refused_or_shown_and_saved_as_they_are(receipts_of, tmp_path, data):
    whole = json.loads(receipts_of("hvm", "MajajHong2015").model_dump_json(by_alias=True))
    path = tmp_path / "receipts.json"
    path.write_text(json.dumps(data.draw(spoiled(whole))))
    read_receipts(path)
    try:
        found = load_receipts(path)
        render_markdown(found)
    except BrainScoreDataError as error:
        assert str(error)  # noqa: PT017 - it may be read
        return
    event("read")
    save_receipts(found, tmp_path / "again.json")
    assert load_receipts(tmp_path / "again.json") == found
    merged = merge_receipts(found, found)
    assert merge_receipts(merged, found) == merged


@often
@given(
    identifier=st.text(min_size=1, max_size=30),
    version=st.text(max_size=12),
    sha1=st.from_regex(r"[0-9a-f]{40}", fullmatch=True),
)
def test_what_a_receipt_registers_is_read_from_the_plugin_again(
    receipts_of, identifier, version, sha1
):
    """Whatever an identifier holds: names are checked elsewhere, and an old one may hold anything."""
    from brainscore_data.plugins.render import render_registrations

    [item] = receipts_of("MajajHong2015").items
    stored = item.nc.object.model_copy(update={"sha1": sha1, "version_id": version or None})
    nc = item.nc.model_copy(update={"object": stored})
    item = item.model_copy(update={"identifier": identifier, "nc": nc})
    try:
        source = render_registrations(Receipts(dataset="d", items=[item]))
    except BrainScoreDataError:
        return
    plugin = parse_plugin(source.encode("utf-8", "replace"))
    assert plugin.error is None
    [found] = plugin.registrations
    assert found.registry_key == identifier
    assert found.call.arguments["sha1"] == sha1


@often
@given(
    st.binary(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                *("data_registry", "stimulus_set_registry", "[", "]", "(", ")", "=", "'a'", "\n"),
                *(
                    "lambda",
                    ":",
                    "load_assembly_from_s3",
                    "for x in y:",
                    "f'{x}'",
                    "def f():",
                    "  ",
                ),
                *(",", "sha1", "**", "import", "from a import *", "#", "\0", "\\", '"""', "-", "."),
            ]
        ),
        max_size=25,
    ).map(lambda parts: " ".join(parts).encode())
)
def test_no_source_of_a_plugin_is_anything_but_registrations_or_an_error_in_words(source):
    found = parse_plugin(source)
    if found.error is not None:
        assert found.error.reason
