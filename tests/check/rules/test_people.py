from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscore_data.check.personal_tags import personal_tags
from brainscore_data.check.probes import people
from brainscore_data.check.rules.people import RULES
from brainscore_data.check.running import run_rules
from brainscore_data.check.settings import Settings
from brainscore_data.check.subjects import find_subjects

if TYPE_CHECKING:
    from pathlib import Path

    from brainscore_data.check.finding import Finding
    from brainscore_data.check.rule import Example

WORKER = "5c5dd44b8eb9dd0001a2b3c4"


def findings(*paths: Path) -> tuple[Finding, ...]:
    subjects = find_subjects(paths)
    return run_rules(RULES, people.probe(subjects, Settings()), Settings()).findings


def written(example: Example, folder: Path) -> Path:
    for name, content in example.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content.make())
    return folder


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_example_fails_and_its_mended_form_passes(rule, tmp_path):
    assert {each.code for each in findings(written(rule.fails, tmp_path / "f"))} == {rule.code}
    assert not findings(written(rule.passes, tmp_path / "p"))


def test_an_id_in_the_last_of_many_rows_is_found_with_its_line(tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text("participant\n" + "".join(f"{n}\n" for n in range(20_000)) + WORKER + "\n")
    (found,) = findings(path)
    assert (found.code, found.place.line) == ("BSD702", 20_002)


def test_a_column_that_stays_at_home_is_found_in_the_repository_and_said_to_stay(tmp_path):
    (tmp_path / "dataset.toml").write_text(
        '[[assembly]]\ntable = "trials.csv"\nvalue = "choice"\ncolumns = ["participant"]\n'
    )
    (tmp_path / "trials.csv").write_text(f"participant,worker,choice\n1,{WORKER},left\n")
    (found,) = findings(tmp_path)
    assert found.code == "BSD702"
    assert "not among the published" in found.message


def test_a_malformed_table_is_searched_all_the_same(tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text(f'participant,choice\n1,"left\n{WORKER},right\n')
    (found,) = findings(path)
    assert (found.code, found.place.line) == ("BSD702", 3)


def test_parquet_and_coordinates_of_assemblies_are_searched(tmp_path):
    h5py, pa = pytest.importorskip("h5py"), pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"worker": [WORKER], "rt": [1.5]}), tmp_path / "trials.parquet")
    with h5py.File(tmp_path / "assembly.nc", "w") as file:
        file["participant"] = [WORKER]
        file["rt"] = [1.0, 2.0]
        file.create_dataset("huge", (10**12,), "f8")
        file["elsewhere"] = h5py.ExternalLink("other.nc", "/x")
    found = {(each.code, each.place.item) for each in findings(tmp_path)}
    assert found == {("BSD702", "worker"), ("BSD702", "participant")}


def test_images_in_a_zip_are_searched(tmp_path):
    rule = next(each for each in RULES if each.name == "image-position")
    with zipfile.ZipFile(tmp_path / "stimuli.zip", "w") as archive:
        archive.writestr("a.png", rule.fails.files["face.png"].make())
        archive.writestr("b.png", rule.passes.files["face.png"].make())
    (found,) = findings(tmp_path)
    assert (found.code, found.place.item) == ("BSD713", "a.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_what_pillow_writes_is_read(kind):
    image_module = pytest.importorskip("PIL.Image")
    exif = image_module.Exif()
    exif[0x013B] = "Ada Lovelace"
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0xA431] = "serial 7"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 22.0, 1.5), 3: "E", 4: (4.0, 53.0, 2.5)})
    # Pillow leaves these directories out of TIFF files, but what it makes for others is one.
    stream = io.BytesIO(exif.tobytes().removeprefix(b"Exif\0\0"))
    if kind != "TIFF":
        image_module.new("RGB", (8, 8)).save(stream, kind, exif=exif)
    stream.seek(0)
    names = {tag.name for tag in personal_tags(stream)}
    assert names == {"Artist", "BodySerialNumber", "GPSLatitude", "GPSLongitude"}


@settings(deadline=None)
@given(
    st.sampled_from([b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBPEXIF", b"II*\0"]),
    st.binary(max_size=300),
)
def test_what_looks_like_an_image_never_crashes(start: bytes, rest: bytes):
    list(personal_tags(io.BytesIO(start + rest)))


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 40))
def test_damaged_exif_never_crashes(noise: bytes, at: int):
    rule = next(each for each in RULES if each.name == "image-position")
    data = rule.fails.files["face.png"].make()
    list(personal_tags(io.BytesIO(data[: 33 + at] + noise + data[33 + at + len(noise) :])))


def test_there_is_no_false_alarm_on_the_real_inputs(shared_data, repository_root):
    files = find_subjects([shared_data]).files
    looked_at = list(people.probe(find_subjects([shared_data]), Settings()))
    assert len(looked_at) >= 8 + 15 + 3  # tables, images, assemblies
    assert len(files) >= len(looked_at)
    assert not findings(shared_data)
    assert not findings(repository_root / "examples")


def test_the_hook_needs_the_base_dependencies_only(tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text(f"participant\n{WORKER}\n")
    code = (
        "import sys; from pathlib import Path\n"
        "heavy = ['pydantic', 'numpy', 'pandas', 'xarray', 'pyarrow', 'PIL', 'boto3', 'h5py']\n"
        "from brainscore_data.check.probes.people import probe\n"
        "from brainscore_data.check.rules.people import RULES\n"
        "from brainscore_data.check.running import run_rules\n"
        "from brainscore_data.check.settings import Settings\n"
        "from brainscore_data.check.subjects import find_subjects\n"
        "facts = probe(find_subjects([Path(sys.argv[1])]), Settings())\n"
        "print(len(run_rules(RULES, facts, Settings()).findings), *set(heavy) & {*sys.modules})\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["1"]
