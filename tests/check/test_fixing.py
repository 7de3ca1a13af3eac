from __future__ import annotations

import io
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscore_data.check import image_stripping
from brainscore_data.check.csv_editing import editable_csv
from brainscore_data.check.families import FAMILIES
from brainscore_data.check.fixing import fix
from brainscore_data.check.image_blocks import blocks
from brainscore_data.check.running import run_rules
from brainscore_data.check.settings import Settings
from brainscore_data.check.subjects import find_subjects

WORKER, OTHER = "5c5dd44b8eb9dd0001a2b3c4", "5c5dd44b8eb9dd0001a2b3c5"
MANIFEST = '[[stimulus_set]]\nidentifier = "Doe2026"\nmetadata = "stimuli.csv"\nfiles = "stimuli"\n'


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
        facts = family.probe(find_subjects([folder]), Settings())
        outcome = run_rules(family.rules(), facts, Settings())
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
            changed.with_column("bb", table.column("bb")).write()
            assert [editable_csv(path).column(name) for name in ("aa", "bb", "cc")] == [
                list(column) for column in zip(*rows, strict=True)
            ]
            table.write()
            assert path.read_bytes() == text.encode()


class TestPeople:
    def test_a_person_has_one_pseudonym_in_all_tables_of_a_run(self, tmp_path):
        one, two = tmp_path / "one.csv", tmp_path / "two.csv"
        one.write_text(f"worker,rt\n{WORKER},1.50\n{OTHER},2\n{WORKER},3\n")
        two.write_text(f"rt;participant\n0010;{OTHER}\n7;{WORKER.upper()}\n")
        assert codes(tmp_path) == {"BSD702"}
        assert len(fixed(tmp_path)) == 2
        header, *rows = (line.split(",") for line in one.read_text().splitlines())
        assert header == ["worker", "rt"]
        assert [rt for _, rt in rows] == ["1.50", "2", "3"]
        first, second, third = (name for name, _ in rows)
        assert first == third != second
        assert two.read_text() == f"rt;participant\n0010;{second}\n7;{first}\n"
        assert not codes(tmp_path)

    def test_pseudonyms_differ_between_runs_as_the_salt_is_kept_nowhere(self, tmp_path):
        path = tmp_path / "t.csv"
        seen = set()
        for _ in range(2):
            path.write_text(f"worker,rt\n{WORKER},1\n")
            fixed(tmp_path)
            seen.add(path.read_text())
        assert len(seen) == 2
        assert not any(WORKER in text for text in seen)

    def test_the_rest_of_a_text_with_an_address_stays(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text('comment,n\n"nice, but ask ada@example.org.",1\nfine,2\n')
        fixed(tmp_path)
        text = path.read_text()
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
        assert len(fixed(tmp_path)) == 1
        assert not codes(tmp_path)

    def test_columns_that_the_manifest_goes_by_stay(self, tmp_path):
        (tmp_path / "dataset.toml").write_text(
            f'[[assembly]]\ntable = "t.csv"\nvalue = "n"\nwhere = {{ worker = "{WORKER}" }}\n'
        )
        (tmp_path / "t.csv").write_text(f"worker,n\n{WORKER},1\n")
        assert fixed(tmp_path) == []


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
        assert len(fixed(tmp_path)) == 1
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

    @pytest.mark.parametrize("moment", ["write_bytes", "chmod", "replace"])
    def test_a_crash_before_the_copy_takes_its_place_leaves_the_image(self, tmp_path, moment):
        path = owned(tmp_path, "JPEG")
        before = path.read_bytes()
        script = (
            "import os, sys\nfrom pathlib import Path\n"
            "from brainscore_data.check.fixing import fix\n"
            "from brainscore_data.check.settings import Settings\n"
            "from brainscore_data.check.subjects import find_subjects\n"
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
