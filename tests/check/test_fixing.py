from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from git_repositories import new_repository
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import UsageError
from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects
from brainscore_data.check.fixing import fix
from brainscore_data.check.people import image_stripping
from brainscore_data.check.people.image_blocks import blocks
from brainscore_data.tables.csv_editing import editable_csv

WORKER, OTHER = "5c5dd44b8eb9dd0001a2b3c4", "5c5dd44b8eb9dd0001a2b3c5"
MANIFEST = (
    'schema = 1\n[dataset]\nlicense = "restricted"\n[[stimulus_set]]\nidentifier = "Doe2026"\n'
    'visibility = "public"\nmetadata = "stimuli.csv"\nfiles = "stimuli"\n'
)


def dataset(folder: Path, csv: str | bytes, files: tuple[str, ...] = ("s1.png", "s2.png")) -> Path:
    (folder / "dataset.toml").write_text(MANIFEST)
    (folder / "stimuli").mkdir()
    for name in files:
        (folder / "stimuli" / name).write_bytes(b"x")
    (folder / "stimuli.csv").write_bytes(csv if isinstance(csv, bytes) else csv.encode())
    return folder / "stimuli.csv"


def codes(folder: Path) -> set[str]:
    families = [family for family in FAMILIES if family.code in {"BSD2", "BSD7"}]
    found = set()
    for family in families:
        with CheckRun(find_subjects([folder]), Settings()) as run:
            outcome = run_rules(family.rules(), family.probe(run), Settings())
        found |= {finding.code for finding in outcome.findings}
    return found


def fixed(folder: Path, chosen: Settings | None = None) -> list[str]:
    done = [each.what for each in fix(find_subjects([folder]), chosen or Settings())]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert fix(find_subjects([folder]), chosen or Settings()) == []
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return done


class TestStimulusTables:
    def test_what_is_right_is_left_alone(self, tmp_path):
        path = dataset(tmp_path, "stimulus_id,filename,x\ns1,s1.png,a\ns2,s2.png,b\n")
        before = path.stat().st_mtime_ns, path.stat().st_ino
        assert fixed(tmp_path) == []
        assert before == (path.stat().st_mtime_ns, path.stat().st_ino)

    def test_columns_are_put_in_order(self, tmp_path):
        path = dataset(tmp_path, 'x,filename,"stimulus_id"\n"a, b",s1.png,s1\nb,s2.png,"s2"\n')
        assert codes(tmp_path) == {"BSD215"}
        assert len(fixed(tmp_path)) == 1
        assert path.read_text() == ('"stimulus_id",filename,x\ns1,s1.png,"a, b"\n"s2",s2.png,b\n')
        assert not codes(tmp_path)

    def test_blanks_around_ids_and_filenames_are_removed(self, tmp_path):
        path = dataset(tmp_path, "stimulus_id,filename,x\n s1,s1.png , a\ns2,s2.png,b\n")
        assert codes(tmp_path) == {"BSD206", "BSD209"}
        fixed(tmp_path)
        assert path.read_text() == "stimulus_id,filename,x\ns1,s1.png, a\ns2,s2.png,b\n"
        assert not codes(tmp_path)

    def test_blanks_stay_where_ids_would_become_one(self, tmp_path):
        dataset(tmp_path, "stimulus_id,filename,x\n s1,s1.png,a\ns1,s2.png,b\n")
        assert fixed(tmp_path) == []

    def test_filenames_are_filled_in_by_the_ids(self, tmp_path):
        path = dataset(tmp_path, "stimulus_id,x\ns2,a\ns1,b\n")
        assert codes(tmp_path) == {"BSD208"}
        fixed(tmp_path)
        assert path.read_text() == "stimulus_id,filename,x\ns2,s2.png,a\ns1,s1.png,b\n"
        assert not codes(tmp_path)

    @pytest.mark.parametrize("files", [("s1.png",), ("s1.png", "s2.png", "s3.png"), ("a", "b")])
    def test_filenames_are_not_guessed_where_files_and_ids_differ(self, tmp_path, files):
        dataset(tmp_path, "stimulus_id,x\ns2,a\ns1,b\n", files)
        assert fixed(tmp_path) == []

    @pytest.mark.parametrize("folder", ["stimuli/", "/home/me/images/", "images\\"])
    def test_a_folder_before_all_filenames_is_removed(self, tmp_path, folder):
        path = dataset(
            tmp_path, f"stimulus_id,filename,x\ns1,{folder}s1.png,a\ns2,{folder}s2.png,b\n"
        )
        fixed(tmp_path)
        assert path.read_text() == "stimulus_id,filename,x\ns1,s1.png,a\ns2,s2.png,b\n"

    def test_folders_that_differ_may_say_something_and_stay(self, tmp_path):
        dataset(tmp_path, "stimulus_id,filename,x\ns1,cats/s1.png,a\ns2,dogs/s2.png,b\n")
        assert fixed(tmp_path) == []

    def test_filenames_that_differ_from_the_files_in_case_only_are_spelt_alike(self, tmp_path):
        path = dataset(tmp_path, "stimulus_id,filename,x\ns1,S1.PNG,a\ns2,s2.png,b\n")
        fixed(tmp_path)
        assert path.read_text() == "stimulus_id,filename,x\ns1,s1.png,a\ns2,s2.png,b\n"

    def test_what_is_ignored_is_not_mended(self, tmp_path):
        dataset(tmp_path, "x,stimulus_id,filename\na,s1,s1.png\nb,s2,s2.png\n")
        assert fixed(tmp_path, Settings(ignore=("column-order",))) == []
        assert fixed(tmp_path, Settings(select=("BSD7",))) == []
        assert len(fixed(tmp_path, Settings(select=("BSD215",)))) == 1

    def test_a_malformed_table_is_left_alone(self, tmp_path):
        dataset(tmp_path, 'x,stimulus_id,filename\na,s1,"s1.png\n')
        assert fixed(tmp_path) == []


class TestHintsAboutStimulusTables:
    """A hint offers `check --fix` where that fixes what it is about, and nowhere else."""

    @pytest.mark.parametrize(
        "csv",
        [
            "x,stimulus_id,filename\na,s1,s1.png\nb,s2,s2.png\n",
            "stimulus_id,filename,x\n s1,s1.png,a\ns2,s2.png,b\n",
            "stimulus_id,filename,x\ns1,S1.png,a\ns2,s2.png,b\n",
            "stimulus_id,x\ns2,a\ns1,b\n",
        ],
        ids=["order", "blanks", "capitals", "no filename"],
    )
    @pytest.mark.parametrize("why", [None, "people", "a link", "a closing quote"])
    def test_about(self, tmp_path, csv, why):
        if why == "people":
            lines = csv.splitlines()
            csv = "\n".join([f"{lines[0]},by", *(f"{line},{WORKER}" for line in lines[1:])]) + "\n"
        if why == "a closing quote":
            csv = csv.replace("a\n", 'a"b\n').replace("a,", 'a"b,')  # read alike, written unlike
        path = dataset(tmp_path, csv)
        if why == "a link":
            path.rename(tmp_path / "real.csv")
            path.symlink_to("real.csv")
        said = hints(tmp_path, "BSD2", "BSD3")
        mends = [what for what in fixed_in(path) if "pseudonym" not in what]
        assert ("check --fix" in said) == bool(mends)

    def test_blanks_whose_removal_makes_two_ids_one_are_removed_by_hand(self, tmp_path):
        dataset(tmp_path, "stimulus_id,filename,x\n s1,s1.png,a\ns1,s2.png,b\n")
        said = hints(tmp_path, "BSD2")
        assert "remove them" in said
        assert "--fix" not in said

    def test_a_column_of_filenames_that_cannot_be_told_is_added_by_hand(self, tmp_path):
        dataset(tmp_path, "stimulus_id,x\ns2,a\ns1,b\n", ("a.png", "b.png"))
        assert "--fix" not in hints(tmp_path, "BSD2")


def fixed_in(path: Path) -> list[str]:
    subjects = find_subjects([path.parent])
    return [each.what for each in fix(subjects, Settings()) if each.path == path]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\x1a"), max_size=5)


class TestDialects:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_the_form_of_the_file_is_kept(self, tmp_path, delimiter, end, encoding):
        rows = [["stimulus_id", "filename", "x"], [" s1", "s1.png", "é"], ["s2", "s2.png", '"y"']]
        written = end.join(delimiter.join(row) for row in rows)
        path = dataset(tmp_path, written.encode(encoding))
        fixed(tmp_path)
        assert path.read_bytes() == written.replace(" s1", "s1").encode(encoding)

    def test_big_endian_stays_big_endian(self, tmp_path):
        written = "stimulus_id,filename,x\n s1,s1.png,a\n"
        path = dataset(tmp_path, b"\xfe\xff" + written.encode("utf-16-be"), ("s1.png",))
        fixed(tmp_path)
        assert path.read_bytes() == b"\xfe\xff" + written.replace(" ", "").encode("utf-16-be")

    def test_empty_lines_and_mixed_line_ends_are_kept(self, tmp_path):
        written = 'stimulus_id,filename,x\r\n\r\n s1,s1.png,"a\nb"\n\n\ns2,s2.png,""\r\n\n'
        path = dataset(tmp_path, written)
        fixed(tmp_path)
        assert path.read_bytes() == written.replace(" s1", "s1").encode()

    @settings(deadline=None)
    @given(
        st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=5),
        st.sampled_from(",;\t"),
        st.sampled_from(["\n", "\r\n"]),
        st.booleans(),
    )
    def test_writing_what_was_read_changes_no_byte(self, rows, delimiter, end, is_quoted):
        def as_written(cell: str) -> str:
            quote = is_quoted or any(sign in cell for sign in '",;\t')
            return '"{}"'.format(cell.replace('"', '""')) if quote else cell

        lines = [["aa", "bb", "cc"], *rows]
        text = end.join(delimiter.join(map(as_written, row)) for row in lines) + end
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "t.csv")
            path.write_bytes(text.encode())
            table = editable_csv(path)
            assert [table.column(name) for name in table.columns] == [
                list(column) for column in zip(*rows, strict=True)
            ]
            changed = table.with_column("bb", ["new"] * len(rows))
            changed.with_column("bb", table.column("bb")).write(like=path)
            assert [editable_csv(path).column(name) for name in ("aa", "bb", "cc")] == [
                list(column) for column in zip(*rows, strict=True)
            ]
            table.write(like=path)
            assert path.read_bytes() == text.encode()


def ignored_by_git(folder: Path) -> list[str]:
    return git(folder, "ls-files", "-o", "-i", "--exclude-standard").splitlines()


def git(folder: Path, *command: str) -> str:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.nl", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *settings, *command], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def mended(folder: Path, **options: object) -> str:
    """Fix, and give all that is said about it."""
    done = fix(find_subjects([folder]), Settings(), **options)
    return "\n".join(f"{each.path}: {each.what}\n" + "\n".join(each.left) for each in done)


def copied(folder: Path, name: str) -> list[list[str]]:
    lines = (folder / f"{name}.pseudonymised.csv").read_text().splitlines()
    return [line.split(",") for line in lines]


TRIALS = f"worker,rt\n{WORKER},1.50\n{OTHER},2\n{WORKER},3\n"
TABLE_MANIFEST = (
    'schema = 1\n[dataset]   # mine\nlicense = "restricted"\n\n[[assembly]]\n'
    'identifier = "A"\ntable = "trials.csv"   # all of them\nvalue = "rt"\n'
)


class TestPeople:
    @pytest.fixture(params=["a git repository", "a folder"])
    def folder(self, request, tmp_path) -> Path:
        folder = tmp_path / "dataset"
        folder.mkdir()
        if request.param == "a git repository":
            new_repository(folder)
        return folder

    def test_the_raw_table_is_not_touched_and_stays_at_home(self, folder):
        (folder / "dataset.toml").write_text(TABLE_MANIFEST)
        raw = folder / "trials.csv"
        raw.write_text(TRIALS)
        raw.chmod(0o600)
        before = raw.stat()
        assert codes(folder) == {"BSD702"}
        fixed(folder)
        assert raw.read_text() == TRIALS
        assert raw.stat().st_mtime_ns == before.st_mtime_ns
        made = folder / "trials.pseudonymised.csv"
        assert made.stat().st_mode == before.st_mode
        assert (folder / "dataset.toml").read_text() == TABLE_MANIFEST.replace(
            '"trials.csv"', '"trials.pseudonymised.csv"'
        )
        assert not codes(folder)
        assert "/trials.csv" in (folder / ".gitignore").read_text().splitlines()
        if (folder / ".git").exists():
            assert ignored_by_git(folder) == ["trials.csv"]

    @pytest.mark.parametrize("name", ["a b.csv", "#1 [x].csv", "!a*?.csv", "ä.csv"])
    def test_git_ignores_raw_tables_of_any_name_and_no_others(self, tmp_path, name):
        new_repository(tmp_path)
        (tmp_path / name).write_text(TRIALS)
        (tmp_path / ".gitignore").write_text("*.log")
        (tmp_path / "other.csv").write_text("a,b\n1,2\n")
        assert "git ignores it" in mended(tmp_path)
        shown = git(tmp_path, "ls-files", "-z", "-o", "-i", "--exclude-standard")
        assert shown == f"{name}\0"

    def test_what_is_staged_or_committed_already_is_said_and_stays_a_finding(self, tmp_path):
        new_repository(tmp_path)
        for name in ("staged.csv", "committed.csv"):
            (tmp_path / name).write_text(TRIALS)
        git(tmp_path, "add", "committed.csv")
        git(tmp_path, "commit", "-m", "x")
        git(tmp_path, "add", "staged.csv")
        said = mended(tmp_path)
        assert "staged.csv is kept as it is, but git has it staged: `git rm --cached" in said
        assert "committed.csv is kept as it is, but is committed already" in said
        assert codes(tmp_path) == {"BSD702"}
        git(tmp_path, "rm", "--cached", "staged.csv", "committed.csv")
        assert not codes(tmp_path)

    def test_a_raw_table_that_is_published_is_a_finding_though_git_ignores_it(self, tmp_path):
        new_repository(tmp_path)
        (tmp_path / ".gitignore").write_text("*.csv\n")
        (tmp_path / "trials.csv").write_text(TRIALS)
        assert not codes(tmp_path)
        source = '[sources]\n"trials.csv" = { url = "https://a.nl/t", sha256 = "0" }\n'
        for manifest in (TABLE_MANIFEST, TABLE_MANIFEST + source):
            (tmp_path / "dataset.toml").write_text(manifest)
            assert codes(tmp_path) == {"BSD702"}

    def test_a_person_has_one_pseudonym_in_all_tables_of_a_run(self, tmp_path):
        (tmp_path / "one.csv").write_text(TRIALS)
        (tmp_path / "two.csv").write_text(f"rt;participant\n0010;{OTHER}\n7;{WORKER.upper()}\n")
        assert codes(tmp_path) == {"BSD702"}
        fixed(tmp_path)
        header, *rows = copied(tmp_path, "one")
        assert header == ["worker", "rt"]
        assert [rt for _, rt in rows] == ["1.50", "2", "3"]
        first, second, third = (name for name, _ in rows)
        assert first == third != second
        made = tmp_path / "two.pseudonymised.csv"
        assert made.read_text() == f"rt;participant\n0010;{second}\n7;{first}\n"
        assert not codes(tmp_path)

    def test_without_a_linking_table_runs_differ_and_that_is_said(self, tmp_path):
        seen = set()
        for name in ("one", "two"):
            (tmp_path / f"{name}.csv").write_text(TRIALS)
            said = mended(tmp_path)
            assert "no linking table was kept" in said
            seen.add(copied(tmp_path, name)[1][0])
        assert len(seen) == 2
        assert "one.pseudonymised.csv was made by an earlier run" in said

    def test_the_rest_of_a_text_with_an_address_stays(self, tmp_path):
        (tmp_path / "t.csv").write_text('comment,n\n"nice, but ask ada@example.org.",1\nfine,2\n')
        fixed(tmp_path)
        text = (tmp_path / "t.pseudonymised.csv").read_text()
        assert text.startswith('comment,n\n"nice, but ask p')
        assert text.endswith('.",1\nfine,2\n')
        assert not codes(tmp_path)

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("email", "ada@example.org"),
            ("ip", "8.8.4.4"),
            ("x", "A1B2C3D4E5F6G7"),
            ("dob", "1990-01-31"),
            ("phone", "+31205550123"),
            ("first_name", "Ada"),
            ("postcode", "1012 AB"),
            ("passport_number", "XK1234567"),
            ("latitude", "52.37403"),
            ("url", "https://example.org/?PROLIFIC_PID=5c5dd44b8eb9&x=1"),
            ("prolific_pid", "deleted"),
        ],
    )
    def test_every_kind_of_column_can_be_pseudonymised(self, tmp_path, column, value):
        (tmp_path / "t.csv").write_text(f"{column},n\n{value},1\n,2\n")
        assert codes(tmp_path)
        assert value not in str(fixed(tmp_path) and copied(tmp_path, "t"))
        assert not codes(tmp_path)

    @pytest.mark.parametrize(
        "key", [f'where = {{ worker = "{WORKER}" }}', 'stimulus_id = "worker"']
    )
    def test_columns_that_the_manifest_goes_by_stay_and_no_hint_says_otherwise(self, tmp_path, key):
        (tmp_path / "dataset.toml").write_text(
            f'[[assembly]]\ntable = "t.csv"\nvalue = "n"\n{key}\n'
        )
        (tmp_path / "t.csv").write_text(f"worker,n\n{WORKER},1\n")
        assert fixed(tmp_path) == []
        assert "`check --fix` cannot, because dataset.toml" in hints(tmp_path)

    def test_a_name_that_is_written_in_another_way_is_found(self, tmp_path):
        text = '[[assembly]]\ntable = "./trials.csv"\nvalue = "rt"\n'
        (tmp_path / "dataset.toml").write_text(text)
        (tmp_path / "trials.csv").write_text(TRIALS)
        fixed(tmp_path)
        assert load_toml(tmp_path)["assembly"][0]["table"] == "trials.pseudonymised.csv"

    @pytest.mark.parametrize("dim_table", [True, False])
    def test_a_table_of_a_dimension_or_of_stimuli_is_pointed_at_too(self, tmp_path, dim_table):
        name = "sub/neuroids.csv" if dim_table else "sub/stimuli.csv"
        text = (
            f"[[assembly]]\nvalues = 'a.npy'\ncoords = {{ neuroid = '{name}', x = 'x.csv' }}\n"
            if dim_table
            else f'[[stimulus_set]]\nmetadata="{name}"\n'
        )
        (tmp_path / "dataset.toml").write_text(text)
        (tmp_path / "sub").mkdir()
        (tmp_path / name).write_text(f"worker,n\n{WORKER},1\n")
        fixed(tmp_path)
        new = name.replace(".csv", ".pseudonymised.csv")
        after = (tmp_path / "dataset.toml").read_text()
        assert after.replace('"', "'") == text.replace(name, new).replace('"', "'")
        assert not codes(tmp_path) & {"BSD702"}

    def test_a_manifest_that_cannot_be_changed_stops_it_before_anything_is(self, tmp_path):
        text = '[[assembly]]\ntable = """trials.csv"""\nvalue = "rt"\n'
        (tmp_path / "dataset.toml").write_text(text)
        (tmp_path / "trials.csv").write_text(TRIALS)
        with pytest.raises(UsageError, match="cannot change"):
            mended(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {"dataset.toml", "trials.csv"}

    def test_a_table_of_stimuli_with_people_is_mended_in_the_copy_only(self, tmp_path):
        raw = f"x,stimulus_id,filename,by\na, s1,s1.png,{WORKER}\nb,s2,s2.png,{OTHER}\n"
        path = dataset(tmp_path, raw)
        fixed(tmp_path)
        assert path.read_text() == raw
        assert copied(tmp_path, "stimuli")[1][:2] == ["s1", "s1.png"]

    @pytest.mark.parametrize("existing", [True, False])
    def test_a_copy_that_is_there_is_not_overwritten(self, tmp_path, existing):
        (tmp_path / "trials.csv").write_text(TRIALS)
        if existing:
            (tmp_path / "trials.pseudonymised.csv").write_text("mine\n")
            assert fixed(tmp_path) == []
            assert (tmp_path / "trials.pseudonymised.csv").read_text() == "mine\n"
            assert "trials.pseudonymised.csv is there already" in hints(tmp_path)
        else:
            assert "`brainscore-data check --fix` writes a copy of the table" in hints(tmp_path)


class TestLinkingTable:
    @pytest.fixture
    def folder(self, tmp_path) -> Path:
        folder = tmp_path / "dataset"
        folder.mkdir()
        new_repository(folder)
        (folder / "dataset.toml").write_text(TABLE_MANIFEST)
        (folder / "trials.csv").write_text(TRIALS)
        return folder

    def test_it_links_a_later_table_to_the_first_and_says_who_is_who(self, folder, tmp_path):
        table = tmp_path / "people.json"
        mended(folder, linking_table=table)
        fingerprint = load_toml(folder)["dataset"]["linking_table"]
        (folder / "more.csv").write_text(f"n,p\n1,{WORKER}\n2,5c5dd44b8eb9dd0001a2b3c6\n")
        mended(folder, linking_table=table)
        first = copied(folder, "trials")[1][0]
        assert copied(folder, "more")[1] == ["1", first]
        document = json.loads(table.read_text())
        assert document["people"][WORKER] == first
        assert len(document["people"]) == 3
        assert load_toml(folder)["dataset"]["linking_table"] == fingerprint
        assert table.stat().st_mode & 0o77 == 0

    def test_another_machine_is_told_to_ask_for_it_and_makes_no_second_identities(
        self, folder, tmp_path
    ):
        mended(folder, linking_table=tmp_path / "people.json")
        (folder / "more.csv").write_text(f"n,p\n1,{WORKER}\n")
        before = sorted(folder.rglob("*"))
        for elsewhere in (None, tmp_path / "new.json"):
            with pytest.raises(UsageError, match="come from the linking table"):
                mended(folder, linking_table=elsewhere)
        assert sorted(folder.rglob("*")) == before
        assert not (tmp_path / "new.json").exists()

    @pytest.mark.parametrize("place", ["people.json", "../dataset/deep/people.json"])
    @pytest.mark.parametrize("in_git", [True, False])
    def test_it_is_refused_inside_of_the_repository(self, folder, place, in_git):
        if not in_git:
            shutil.rmtree(folder / ".git")
        with pytest.raises(UsageError, match="leads to people"):
            mended(folder, linking_table=folder / place)
        assert not list(folder.rglob("*.pseudonymised.csv"))

    def test_a_link_into_the_repository_is_refused(self, folder, tmp_path):
        (tmp_path / "link").symlink_to(folder)
        with pytest.raises(UsageError, match="leads to people"):
            mended(folder, linking_table=tmp_path / "link" / "people.json")

    @pytest.mark.parametrize("damage", ["", "[]", "{}", '{"salt": "00"}', "\xff", "[" * 100_000])
    def test_another_file_is_not_taken_for_one_nor_overwritten(self, folder, tmp_path, damage):
        table = tmp_path / "people.json"
        table.write_text(damage, encoding="latin-1")
        with pytest.raises(UsageError, match="not a linking table"):
            mended(folder, linking_table=table)
        assert table.read_text(encoding="latin-1") == damage
        assert not list(folder.rglob("*.pseudonymised.csv"))


def hints(folder: Path, *codes: str) -> str:
    """Give the hints of all findings of some families, of that about people by default."""
    said = []
    for family in FAMILIES:
        if family.code in (codes or {"BSD7"}):
            with CheckRun(find_subjects([folder]), Settings()) as run:
                said += run_rules(family.rules(), family.probe(run), Settings()).findings
    return "\n".join(str(each.hint) for each in said)


def load_toml(folder: Path) -> dict:
    return tomllib.loads((folder / "dataset.toml").read_text())


class TestImages:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    @pytest.mark.parametrize("turned", [1, 6])
    def test_metadata_go_and_pixels_and_orientation_stay(self, tmp_path, kind, turned):
        images = pytest.importorskip("PIL.Image")
        exif = images.Exif()
        exif[0x0112], exif[0x013B] = turned, "Ada"
        exif.get_ifd(0x8769)[0xA431] = "serial 7"
        exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 22.0, 1.5)})
        path = tmp_path / f"face.{kind.lower()}"
        picture = images.effect_noise((16, 12), 90).convert("RGB")
        picture.save(path, kind, exif=exif, icc_profile=b"colours of this camera")
        with images.open(path) as before:
            pixels = before.tobytes()
        assert codes(tmp_path) == {"BSD713", "BSD714", "BSD715"}
        before = path.read_bytes()
        assert len(fixed(tmp_path)) == 2
        assert (tmp_path / "originals" / path.name).read_bytes() == before
        with images.open(path) as after:
            assert (after.format, after.mode, after.tobytes()) == (kind, "RGB", pixels)
            assert after.getexif().get(0x0112, 1) == turned
            assert after.info["icc_profile"] == b"colours of this camera"
            assert set(after.getexif()) <= {0x0112}
        assert not codes(tmp_path)

    def test_an_author_in_a_png_goes_and_other_texts_stay(self, tmp_path):
        images = pytest.importorskip("PIL.Image")
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_text("Author", "Ada")
        info.add_text("Description", "a face")
        images.new("P", (4, 4)).save(tmp_path / "a.png", pnginfo=info)
        assert codes(tmp_path) == {"BSD714"}
        fixed(tmp_path)
        with images.open(tmp_path / "a.png") as picture:
            assert picture.info == {"Description": "a face"}

    def test_exif_that_names_nobody_stays(self, tmp_path):
        images = pytest.importorskip("PIL.Image")
        exif = images.Exif()
        exif[0x0110] = "a camera"
        images.new("RGB", (4, 4)).save(tmp_path / "a.jpg", exif=exif)
        assert fixed(tmp_path) == []

    def test_xmp_that_says_where_goes(self, tmp_path):
        images = pytest.importorskip("PIL.Image")
        stream = io.BytesIO()
        images.new("RGB", (4, 4)).save(stream, "JPEG")
        xmp = b'http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude="52,22.4N"/>'
        segment = b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp
        plain = stream.getvalue()
        (tmp_path / "a.jpg").write_bytes(plain[:2] + segment + plain[2:])
        assert codes(tmp_path) == {"BSD713"}
        fixed(tmp_path)
        assert (tmp_path / "a.jpg").read_bytes() == plain

    @pytest.mark.parametrize(
        ("kind", "block"),
        [("JPEG", b"\xdb"), ("PNG", b"IDAT"), ("PNG", b"IHDR"), ("WEBP", b"VP8 ")],
    )
    def test_an_image_that_would_lose_more_than_metadata_stays(
        self, tmp_path, monkeypatch, kind, block
    ):
        path = owned(tmp_path, kind)
        before, rightly = path.read_bytes(), image_stripping._is_dropped
        assert block in {each.kind for each in blocks(io.BytesIO(before))}
        assert image_stripping.without_people(before) is not None
        monkeypatch.setattr(
            image_stripping,
            "_is_dropped",
            lambda each, held: each.kind == block or rightly(each, held),
        )
        assert fix(find_subjects([tmp_path]), Settings()) == []
        assert path.read_bytes() == before

    def test_originals_are_kept_beside_the_stimuli_and_out_of_git(self, tmp_path):
        new_repository(tmp_path)
        dataset(tmp_path, "stimulus_id,filename\ns1,face.jpeg\n", ())
        path = owned(tmp_path / "stimuli", "JPEG")
        before = path.read_bytes()
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-m", "x")
        said = mended(tmp_path)
        assert (tmp_path / "stimuli.originals" / "face.jpeg").read_bytes() == before
        assert path.read_bytes() != before
        assert ignored_by_git(tmp_path) == ["stimuli.originals/face.jpeg"]
        assert "git has committed the original already" in said
        assert not codes(tmp_path) & {"BSD714"}
        assert [each.name for each in (tmp_path / "stimuli").iterdir()] == ["face.jpeg"]

    def test_an_original_that_is_there_is_not_overwritten(self, tmp_path):
        path = owned(tmp_path, "PNG")
        before = path.read_bytes()
        (tmp_path / "originals").mkdir()
        (tmp_path / "originals" / path.name).write_bytes(b"mine")
        assert fixed(tmp_path) == []
        assert path.read_bytes() == before
        assert "is there already" in hints(tmp_path)

    def test_images_beside_the_manifest_are_left_alone_and_the_hint_says_so(self, tmp_path):
        (tmp_path / "dataset.toml").write_text('[[stimulus_set]]\nfiles = "."\n')
        owned(tmp_path, "PNG")
        assert fixed(tmp_path) == []
        assert "`check --fix` cannot remove it, because the stimuli lie beside" in hints(tmp_path)

    def test_no_hint_offers_to_mend_what_is_in_a_zip_or_a_tiff(self, tmp_path):
        path = owned(tmp_path, "PNG")
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(path, "face.png")
        path.unlink()
        images = pytest.importorskip("PIL.Image")
        images.new("RGB", (4, 4)).save(tmp_path / "a.tif", tiffinfo={0x013B: "Ada"})
        assert codes(tmp_path) == {"BSD714"}
        assert fixed(tmp_path) == []
        assert hints(tmp_path).count("`check --fix` cannot remove it") == 2

    @pytest.mark.parametrize("moment", ["write_bytes", "chmod", "replace"])
    def test_a_crash_before_the_copy_takes_its_place_leaves_the_image(self, tmp_path, moment):
        path = owned(tmp_path, "JPEG")
        before = path.read_bytes()
        script = (
            "import os, sys\nfrom pathlib import Path\n"
            "from brainscore_data.check.fixing import fix\n"
            "from brainscore_data.check.engine.settings import Settings\n"
            "from brainscore_data.check.engine.subjects import find_subjects\n"
            "setattr(Path, sys.argv[2], lambda *_: os._exit(9))\n"
            "fix(find_subjects([Path(sys.argv[1])]), Settings())\n"
        )
        command = [sys.executable, "-c", script, str(path), moment]
        assert subprocess.run(command, check=False).returncode == 9
        assert path.read_bytes() == before


def owned(folder: Path, kind: str) -> Path:
    """Save an image that names its photographer."""
    images = pytest.importorskip("PIL.Image")
    exif = images.Exif()
    exif[0x013B] = "Ada"
    path = folder / f"face.{kind.lower()}"
    images.effect_noise((16, 12), 90).convert("RGB").save(path, kind, exif=exif)
    return path
