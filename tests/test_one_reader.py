"""One thing has one reader: what is odd is the same to everybody who looks at it."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from brainscore_data.base.errors import BrainScoreDataError

# Csv: the header, and the column filename.

NAMES = ("size:w,h,d,e", "a;b;c;d", "x\ty\tz", 'say "x,y;z"', "größe", " padded ", "two\nlines")


def quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))


def odd_csvs() -> list[str]:
    """Write a table of two stimuli in a hundred odd ways, and more that are no table."""
    rows = [
        f"{mark}{sep.join(['stimulus_id', 'filename', *map(quoted, names)])}{end}"
        + "".join(
            sep.join([each, f"{each}.png", *(quoted(f"{each},;x") for _ in names)]) + end
            for each in ("s1", "s2")
        )
        for sep, end, mark in itertools.product(",;\t", ("\n", "\r\n", "\r"), ("", "\ufeff"))
        for names in ((), NAMES[:1], NAMES[1:2], NAMES[2:4], NAMES[4:], NAMES)
    ]
    no_tables = ["", "\n\n", 'a,"b\n', "a,a\n1,2\n", ",filename\n1,2\n", "a\0b,filename\n1,2\n"]
    no_tables += ["stimulus_id,filename\ns1\n", "stimulus_id,filename\ns1,s1.png,more\n"]
    return [*rows, "\n\nstimulus_id,filename\ns1,s1.png\n", "stimulus_id\ns1\n", *no_tables]


def columns_by(reader, path):
    try:
        return tuple(reader(path))
    except BrainScoreDataError:
        return "refused"


def test_everybody_finds_the_same_columns_and_files_in_an_odd_csv(tmp_path):
    from brainscore_data.check.engine.stimulus_tables import rooted_tables
    from brainscore_data.check.engine.subjects import find_subjects
    from brainscore_data.check.stimulus_files.probe import _listed
    from brainscore_data.drafting.file_contents import table_at
    from brainscore_data.tables.csv_editing import editable_csv
    from brainscore_data.tables.table import read_table

    path = tmp_path / "stimuli.csv"
    found = []
    for text in odd_csvs():
        path.write_bytes(text.encode())
        columns = columns_by(lambda path: read_table(path).columns, path)
        for reader in (
            lambda path: table_at(path.parent, path.name)[0].columns,
            lambda path: editable_csv(path).columns,
        ):
            assert columns_by(reader, path) == columns, text
        listed = _listed(path)
        if "filename" in columns:
            assert listed is not None, text
            assert [name for name, _ in listed] == read_table(path).texts("filename"), text
        else:
            assert listed is None, text
        if columns != "refused":
            is_of_stimuli = "filename" in columns and not {"stimulus_id", "image_id"}.isdisjoint(
                columns
            )
            tables = [each for each, _ in rooted_tables(find_subjects([path]))]
            assert tables == ([path] if is_of_stimuli else []), text
        found.append(columns)
    assert len(found) > 100
    assert sum(columns == "refused" for columns in found) == 8
    assert {"size:w,h,d,e", "a;b;c;d", "x\ty\tz"} < set(found[5])


def read_whole(path):
    """Give all that there is to know of a csv, and the error in the end."""
    from brainscore_data.tables.csv_text import opened_csv

    rows = []
    try:
        with opened_csv(path) as text:
            rows += text.rows
            known = (text.path, text.encoding, text.delimiter, text.header, text.header_line)
            return known, rows, text.notices, text.skipped
    except BrainScoreDataError as error:
        return rows, str(error)


def test_who_reads_an_odd_csv_again_in_a_run_is_told_the_same(tmp_path):
    from brainscore_data.base.read_once import reading_once
    from brainscore_data.tables.table import read_table

    path, link = tmp_path / "stimuli.csv", tmp_path / "link.csv"
    link.symlink_to(path)
    texts = [text.encode() for text in odd_csvs()]
    texts += [text.decode().replace("s1", "größe").encode("cp1252") for text in texts[:3]]
    texts += [text.decode().encode("utf-16") for text in texts[:3]]
    texts += [b"a,b\n\n1,2\n \n\n3,4\n\n", b"a\n\n1\n", b'a,b\n"x\ny",2\n3,4\n5,6,7\n']
    texts += [b"a,b\n" + b"1,2\n" * 2000 + b'3,"\n"\n\n4,5\n']
    for text in texts:
        path.write_bytes(text)
        alone = [read_whole(each) for each in (path, link)]
        with reading_once():
            for each, expected in zip((path, link), alone, strict=True):
                assert read_whole(each) == expected
                assert read_whole(each) == expected
            if len(alone[0]) > 2 and alone[0][1]:
                table = read_table(path)
                assert [*table.rows()] == [tuple(row) for _, row in alone[0][1]]
                assert table.lines.tolist() == [line for line, _ in alone[0][1]]


def test_a_check_opens_each_table_and_manifest_once(tmp_path, capsys):
    from brainscore_data.cli import main

    folder = Path(__file__).parents[1] / "examples" / "gratings"
    dataset = tmp_path / "gratings"
    shutil.copytree(folder, dataset)
    seen, watching = [], [True]

    def watch(event, args):
        # The door opens within ``open``, which has no mode then.
        if watching and event == "open" and args[1] and str(args[0]).endswith((".csv", ".toml")):
            seen.append(Path(args[0]).name)

    sys.addaudithook(watch)  # there is no way to take it out again
    try:
        assert main(["check", str(dataset)]) == 0, capsys.readouterr().out
    finally:
        watching.clear()
    tables = sorted(path.name for path in dataset.rglob("*.csv"))
    assert len(tables) > 3
    assert sorted(seen) == sorted([*tables, "dataset.toml"])


# Manifests.

HEAD = 'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n'
ITEM = (
    '[[stimulus_set]]\nidentifier = "Doe2024"\nvisibility = "public"\nmetadata = "stimuli.csv"\n'
    'files = "stimuli"\n'
)


def odd_manifests() -> list[bytes]:
    dots = "." * 150
    notes = [
        f'"{dots}"',
        f"'{dots}'",
        f'"""\n{dots}\n"""',
        f"'''\n{dots}'''",
        '"a # b"',
        '"\\u00e9"',
    ]
    notes += ['"[[stimulus_set]]"', '"""\n[[assembly]]\nidentifier = "No2024"\n"""', '"""a""""']
    good = [f"{HEAD}reference = {note}\n{ITEM}" for note in notes]
    good += [f"# {dots}\n{each}" for each in good] + [f"# it's\n{each}" for each in good]
    good += [each.replace("[[stimulus_set]]", "[[ 'stimulus_set' ]]") for each in good[:9]]
    good += [each.replace("identifier =", '"identifier"  =') for each in good[:9]]
    inline = '[{ identifier = "Doe2024", visibility = "public", metadata = "stimuli.csv", '
    good.append(
        f'schema = 1\nstimulus_set = {inline}files = "stimuli" }}]\n[dataset]\nlicense="x"\n'
    )
    odd = [each.encode() for each in good]
    odd += [b"\xef\xbb\xbf" + each for each in odd[:20]]
    odd += [each.replace(b"\n", b"\r\n") for each in odd[:20] if b'"""' not in each]
    deep = "a." * 150 + "a"
    bad = [
        f"{HEAD}{deep} = 1\n{ITEM}",
        f"[{deep}]\n",
        "a = ",
        "a = 1\na = 2\n",
        "[a\n",
        "x = [" * 9999,
    ]
    bad += [f'{HEAD}reference = ["""a"""", {{ {deep} = 1, b = "" }}]\n{ITEM}', "#" * (2 << 20)]
    bad += ["version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"]
    return odd + [each.encode() for each in bad] + [b"\xff\xfe", HEAD.encode("utf-16")]


def test_everybody_finds_the_same_items_in_an_odd_manifest(tmp_path):
    from brainscore_data.check.engine.run import CheckRun
    from brainscore_data.check.engine.settings import Settings
    from brainscore_data.check.engine.subjects import find_subjects
    from brainscore_data.check.identifiers.probe import ManifestIdentifier, probe
    from brainscore_data.check.repository.manifests import look_at_manifest
    from brainscore_data.check.stimulus_files.stimulus_sets import stimulus_sets
    from brainscore_data.dataset.document import named_files
    from brainscore_data.dataset.reading import load_dataset
    from brainscore_data.dataset.toml import read_manifest
    from brainscore_data.sources.pinning import read_to_edit

    path = tmp_path / "dataset.toml"
    refused = 0
    manifests = odd_manifests()
    for content in manifests:
        path.write_bytes(content)
        try:
            read_manifest(path)
        except BrainScoreDataError:
            expected: list[str] = []
            refused += 1
            for reader in (load_dataset, read_to_edit):
                with pytest.raises(BrainScoreDataError):
                    reader(path)
            assert look_at_manifest(path, Settings(select=("BSD6",)))[1].document == {}
        else:
            expected = ["Doe2024"]
            loaded = [each.identifier for each in load_dataset(path).manifest.stimulus_sets]
            assert loaded == expected
            assert [each["identifier"] for each in read_to_edit(path)["stimulus_set"]] == expected
        named = [each.item["identifier"] for each in named_files(path) if each.key == "metadata"]
        given = [
            each.identifier
            for each in probe(CheckRun(find_subjects([path]), Settings()))
            if isinstance(each, ManifestIdentifier)
        ]
        sets = [each.identifier for each in stimulus_sets(path)]
        assert (named, given, sets) == (expected,) * 3, content
    assert refused == 11
    assert len(manifests) > 80


# Names of media.


def test_everybody_takes_the_same_names_for_images_videos_and_sounds(tmp_path, repository_root):
    from brainscore_data.check.people.personal_tags import IMAGES
    from brainscore_data.check.people.signs_of_people import _FILE_ENDINGS
    from brainscore_data.check.repository.data_files import is_data
    from brainscore_data.drafting.inventory import take_inventory
    from brainscore_data.media.kinds import EXTENSIONS, KINDS, kind_of_name
    from brainscore_data.stimuli.files import list_stimuli

    endings = sorted(EXTENSIONS)
    others = ["txt", "svg", "heic", "ogg", "mpeg", "webmx", "jp", "", "p ng", "md5"]
    names = [f"s1.{form(each)}" for each in [*endings, *others] for form in (str, str.upper)]
    names += ["png", ".png", "s1png", "s1.png.txt", "s1.txt.webm", "s1..mkv"]
    for name in names:
        (tmp_path / name).write_bytes(b"garbage")
    media = {name for name in names if kind_of_name(name)}
    listed = list_stimuli(tmp_path, metadata=tmp_path / "no.csv", root=tmp_path)
    assert set(listed.sizes) == media
    [drafted] = take_inventory(tmp_path).stimuli
    assert set(drafted.members) == {name for name in media if not name.startswith(".")}
    assert {name for name in names if is_data(name)} == media
    hooks = (repository_root / ".pre-commit-hooks.yaml").read_text()
    for pattern in re.findall(r"files: (.*webm.*)", hooks):
        assert {name for name in names if re.search(pattern, name)} == media
    assert media >= {"s1.webm", "s1.MKV", "s1.jpe", "s1.apng", "s1.txt.webm"}
    assert all((each.medium == "image") == (not each.demuxer) for each in KINDS.values())
    assert set(endings) <= _FILE_ENDINGS
    assert {ending.removeprefix(".") for ending in IMAGES} <= set(endings)


# GitHub's event.

JOB = {
    "GITHUB_REPOSITORY": "lab/data",
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_REF": "refs/pull/1/merge",
    "GITHUB_SHA": "a" * 40,
    "GITHUB_ACTOR": "somebody",
    "GITHUB_WORKFLOW": "data",
    "GITHUB_RUN_ID": "12",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_SERVER_URL": "https://github.com",
}


def odd_events() -> list[bytes]:
    values = [True, False, None, "no", "true", 0, 1, [], {}, "missing"]
    found = []
    for of_base, of_head in itertools.product(values, [*values, "gone"]):
        base = {"full_name": "lab/data", "private": of_base}
        head = {"full_name": "fork/data", "private": of_head}
        for repository, said in ((base, of_base), (head, of_head)):
            if said == "missing":
                del repository["private"]
        about = {
            "number": 1,
            "base": {"ref": "main", "sha": "b" * 40, "repo": {"full_name": "lab/data"}},
            "head": {"ref": "x", "sha": "c" * 40, "repo": None if of_head == "gone" else head},
        }
        found.append(json.dumps({"repository": base, "pull_request": about}).encode())
    whole = found[0]
    found += [b"", b"no", b"[]", b"[" * 99_999, b'"x"', b"\xff", whole.decode().encode("utf-16")]
    return [
        *found,
        b"\xef\xbb\xbf" + whole,
        whole[:-1],
        whole + b"x",
        b'{"a": ' + b"9" * 5000 + b"}",
    ]


def test_the_action_and_a_check_learn_the_same_from_an_odd_event(tmp_path, monkeypatch):
    from brainscore_data.check.repository.private_items import is_public
    from brainscore_data.github.context import read_context

    path = tmp_path / "event.json"
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(path))
    seen = []
    for content in odd_events():
        path.write_bytes(content)
        public = is_public(SimpleNamespace(public=None))
        try:
            context = read_context(JOB | {"GITHUB_EVENT_PATH": str(path)})
        except BrainScoreDataError:
            # A form that the action does not know is never a reason to call anything private.
            assert public is not False, content
            seen.append("refused")
            continue
        if public is False:
            assert context.private, content
        if not context.private:
            assert public is not False, content
        if context.private and not context.from_fork:
            assert public is False, content
        seen.append((public, context.private))
    assert len(seen) > 110
    assert {(False, True), (True, True), (True, False), (None, False), "refused"} <= set(seen)
    assert seen[-11:] == ["refused"] * 11


@pytest.mark.parametrize(
    "name",
    ["check/probes", "github", "drafting", "packaging", "assemblies", "stimuli", "sources"],
)
def test_nobody_else_opens_them(name):
    """The readers that there were are gone, and no new one came."""
    folder = Path(__file__).parents[1] / "src" / "brainscore_data" / name
    for path in folder.rglob("*.py"):
        text = path.read_text()
        assert "csv.reader" not in text, path
        assert "GITHUB_EVENT_PATH" not in text or "read_event" in text or "alias" in text, path
        assert not re.search(r"tomllib\.loads?\(", text) or path.name == "drafts.py", path
