"""What `register` does to plugins in all the styles that Brain-Score's have."""

from __future__ import annotations

import ast
import hashlib
import re

import pytest

from brainscore_data.plugins.parse import parse_plugin
from brainscore_data.plugins.registering import plan_registering
from brainscore_data.records import receipts as records

NEWER = {"is_earlier": lambda receipt, version_id: True}
COMMENT = "# kept:  two  blanks, \u00b5V\n"


def file_receipt(bucket, name):
    prefix = f"{bucket.partition('/')[2]}/".lstrip("/")
    return records.FileReceipt(
        object=records.PublishedObject(
            store=f"s3://{bucket}",
            endpoint=None,
            region="us-east-2",
            bucket=bucket.partition("/")[0],
            key=f"{prefix}{name}",
            version_id=f"new.{len(name)}",
            sha1=hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(name.encode()).hexdigest(),
            size=len(name),
            digest=f"cd1:{hashlib.sha256(name.encode()).hexdigest()}",
            verified="store checksum",
        ),
        run=records.RunRecord(status="new", who="majaj", when="2026-01-01T00:00:00+00:00"),
    )


def receipt_of(row):
    name = row["identifier"].replace(".", "_")
    if row["kind"] == "stimulus_set":
        return records.StimulusSetReceipt(
            identifier=row["identifier"],
            visibility="public",
            csv=file_receipt(row["bucket"], f"stimulus_{name}.csv"),
            zip=file_receipt(row["bucket"], f"stimulus_{name}.zip"),
        )
    return records.AssemblyReceipt(
        identifier=row["identifier"],
        visibility="public",
        assembly_class=row["cls"].partition("(")[0],
        stimulus_set=None,
        merges_stimulus_set=True,
        nc=file_receipt(row["bucket"], f"assy_{name}.nc"),
    )


def receipts_for(rows, folder):
    return records.Receipts(
        dataset=folder.name,
        plugin="/".join(folder.parts[-3:]),
        items=[receipt_of(row) for row in rows],
    )


def reaches_the_same_store(row, source):
    """Whether the row's registration can be updated: some are written with our own loaders."""
    calls = [
        each.call
        for each in parse_plugin(source.encode()).registrations
        if each.call is not None and each.call.identifier == row["identifier"]
    ]
    return all(call.form != "own" for call in calls)


@pytest.fixture(scope="module")
def rewritable(live_plugins, live_rows):
    """Give each live plugin: its folder, its source with comments, and what it registers."""
    found = []
    for path in sorted(live_plugins.rglob("__init__.py")):
        repository = path.parts[-4].removeprefix("brainscore_")
        rows = [
            row
            for row in live_rows
            if (row["repo"], row["plugin"]) == (repository, path.parent.name)
        ]
        source = COMMENT + path.read_text(encoding="utf-8").replace("\n", f"\n{COMMENT}", 1)
        # A continued line would take the comment into a statement; those stay as they are.
        try:
            ast.parse(source)
        except SyntaxError:
            source = COMMENT + path.read_text(encoding="utf-8")
        rows = [row for row in rows if reaches_the_same_store(row, source)]
        if rows:
            found.append((path.parent, source, rows))
    return found


def planned(tmp_path, folder, source, rows):
    copy = tmp_path / folder.parts[-3] / "data" / folder.name
    copy.mkdir(parents=True, exist_ok=True)
    (copy / "__init__.py").write_bytes(source.encode())
    return plan_registering(receipts_for(rows, copy), copy, **NEWER)


def statements(source):
    """Cut a module into its statements, with the text between them."""
    lines = source.splitlines(keepends=True)
    cut, start = [], 0
    for node in ast.parse(source).body:
        cut.append("".join(lines[start : node.lineno - 1]))
        cut.append("".join(lines[node.lineno - 1 : node.end_lineno]))
        start = node.end_lineno
    return [*cut, "".join(lines[start:])]


def without_unused(source, after):
    """Leave out the lines with the hashes of old pins that nothing uses any more."""
    kept = [
        line
        for line in source.splitlines(keepends=True)
        if not (name := re.match(r"(_SHA1_\d+) = '\w+'\n", line)) or name[1] in after
    ]
    return "".join(kept)


def test_every_live_registration_is_updated_and_everything_else_stays(rewritable, tmp_path):
    updated = 0
    for folder, source, rows in rewritable:
        result = planned(tmp_path, folder, source, rows[::2])
        assert {change.action for change in result.changes} == {"update"}
        after = result.texts[0].after
        touched = {row["identifier"] for row in rows[::2]}
        old, new = statements(without_unused(source, after)), statements(after)
        assert len(old) == len(new)
        for before, now in zip(old, new, strict=True):
            if before != now:
                assert any(f"'{name}'" in before or f'"{name}"' in before for name in touched)
        updated += len(touched)
    assert updated > 80


def test_after_an_update_the_plugin_pins_what_the_receipts_say(rewritable, tmp_path):
    for folder, source, rows in rewritable:
        after = planned(tmp_path, folder, source, rows).texts[0].after
        pinned = {
            (each.kind, each.call.identifier): each.call.arguments
            for each in parse_plugin(after.encode()).registrations
            if each.call is not None
        }
        for row in rows:
            item = receipt_of(row)
            arguments = pinned[row["kind"], row["identifier"]]
            for receipt in item.files:
                assert receipt.object.sha1 in arguments.values()
                assert receipt.object.version_id in arguments.values()


def test_a_second_run_changes_nothing(rewritable, tmp_path):
    for folder, source, rows in rewritable:
        first = planned(tmp_path, folder, source, rows)
        second = planned(tmp_path, folder, first.texts[0].after, rows)
        assert not any(text.changes for text in second.texts)
        assert {change.action for change in second.changes} <= {"keep"}


def test_a_new_item_is_appended_to_every_live_plugin_in_its_style(rewritable, tmp_path):
    for folder, source, rows in rewritable:
        row = {**rows[0], "identifier": "Doe2026.new", "kind": "assembly", "cls": "NeuroidAssembly"}
        result = planned(tmp_path, folder, source, [row])
        after = result.texts[0].after
        kept = [text for text in statements(source)[1::2] if "import" not in text]
        assert all(text in after for text in kept), "what was there stays, byte for byte"
        assert after.count(COMMENT) == source.count(COMMENT)
        registered = parse_plugin(after.encode()).registrations
        new = [each for each in registered if each.registry_key == "Doe2026.new"]
        assert [each.is_discoverable for each in new] == [True]
        quote = '"' if source.count('registry["') > source.count("registry['") else "'"
        assert f"data_registry[{quote}Doe2026.new{quote}]" in after
