from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr
from how_often import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects
from brainscore_data.check.people import personal_columns
from brainscore_data.check.people.personal_tags import personal_tags
from brainscore_data.check.people.personal_texts import look_at_binary
from brainscore_data.check.people.probe import probe
from brainscore_data.packaging.netcdf.netcdf_file import write_netcdf

if TYPE_CHECKING:
    from brainscore_data.check.engine.finding import Finding

[RULES] = [family.rules() for family in FAMILIES if family.module == "people"]

WORKER = "5c5dd44b8eb9dd0001a2b3c4"


def findings(*paths: Path) -> tuple[Finding, ...]:
    with CheckRun(find_subjects(paths), Settings()) as run:
        return run_rules(RULES, probe(run), Settings()).findings


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
    assert "leaves it out, but whoever sees" in found.message


def test_the_value_column_counts_as_published(tmp_path):
    (tmp_path / "dataset.toml").write_text(
        '[[assembly]]\ntable = "trials.csv"\nvalue = "worker"\ncolumns = ["rt"]\n'
    )
    (tmp_path / "trials.csv").write_text(f"worker,rt\n{WORKER},1\n")
    (found,) = findings(tmp_path)
    assert "leaves it out, but whoever sees" not in found.message


def test_a_malformed_table_is_searched_all_the_same(tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text(f'participant,choice\n1,"left\n{WORKER},right\n')
    (found,) = findings(path)
    assert (found.code, found.place.line) == ("BSD702", 3)


@given(
    before=st.text(st.sampled_from('ab,;\t"\n'), max_size=60),
    after=st.text(st.sampled_from('ab,;\t"\n'), max_size=60),
    at_once=st.integers(25, 90),
)
def test_of_a_malformed_table_the_line_is_right_wherever_blocks_end(before, after, at_once):
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory() as folder:
        patched.setattr(personal_columns, "_CHARACTERS_AT_ONCE", at_once)
        path = Path(folder, "trials.csv")
        # A cell with text behind its quote: no csv.
        path.write_text(f'x\n"a"b\n{before}\n{WORKER},{after}\n{WORKER}')
        (found,) = findings(path)
    assert (found.code, found.place.line) == ("BSD702", 4 + before.count("\n"))


def test_parquet_and_coordinates_of_assemblies_are_searched(tmp_path):
    pa = pytest.importorskip("pyarrow")
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
    files = list(find_subjects([shared_data]).files)
    with CheckRun(find_subjects([shared_data]), Settings()) as run:
        looked_at = list(probe(run))
    assert len(looked_at) >= 8 + 15 + 3  # tables, images, assemblies
    assert len(files) >= len(looked_at)
    assert not findings(shared_data)
    assert not findings(repository_root / "examples")


@pytest.mark.parametrize("name", ["trials.csv", "trials.zip"])
def test_the_hook_needs_the_base_dependencies_only(tmp_path, name):
    (path := tmp_path / name).write_text(f"participant\n{WORKER}\n")
    if name == "trials.zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("trials.csv", f"participant\n{WORKER}\n")
    code = (
        "import sys; from pathlib import Path\n"
        "heavy = ['pydantic', 'numpy', 'pandas', 'xarray', 'pyarrow', 'PIL', 'boto3', 'h5py']\n"
        "sys.modules['platformdirs'] = None\n"
        "from brainscore_data.check.people.probe import probe\n"
        "from brainscore_data.check.engine.families import FAMILIES\nRULES = FAMILIES[-1].rules()\n"
        "from brainscore_data.check.engine.outcome import run_rules\n"
        "from brainscore_data.check.engine.run import CheckRun\n"
        "from brainscore_data.check.engine.settings import Settings\n"
        "from brainscore_data.check.engine.subjects import find_subjects\n"
        "facts = probe(CheckRun(find_subjects([Path(sys.argv[1])]), Settings()))\n"
        "print(len(run_rules(RULES, facts, Settings()).findings), *set(heavy) & {*sys.modules})\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["1"]


# One worker in each form of text that netCDF and HDF5 have.
def _forms() -> dict[str, object]:
    def characters(file):
        file.create_dataset(
            "participant", data=np.array([[*WORKER], [*"none yet".ljust(24)]], "S1")
        )

    def fixed(file):
        file.create_dataset("participant", data=np.array([b"1", WORKER.encode()], "S30"))

    def one_character_variable(file):
        file.create_dataset("participant", data=np.array([*WORKER], "S1"))

    def two_dimensional(file):
        texts = np.array([["1", "2"], ["3", WORKER]], object)
        file.create_dataset("participant", data=texts, dtype=h5py.string_dtype())

    def scalar(file):
        file["participant"] = WORKER

    def in_a_group(file):
        file["a/b/participant"] = [WORKER]

    def compound(file):
        kind = np.dtype([("rt", "f4"), ("participant", "S24")])
        file["trials"] = np.array([(1.0, WORKER.encode())], kind)

    def nested_lists(file):
        made = file.create_dataset("participant", (1,), h5py.vlen_dtype(np.dtype("S24")))
        made[0] = np.array([WORKER.encode()], "S24")

    def enumeration(file):
        kind = h5py.enum_dtype({WORKER: 0, "nobody": 1}, basetype="i1")
        file.create_dataset("participant", data=np.array([0], "i1"), dtype=kind)

    def fill_value(file):
        file.create_dataset("participant", (3,), "S24", fillvalue=WORKER.encode())

    def attribute_of_the_root(file):
        file.attrs["participant"] = WORKER

    def attribute_of_a_group(file):
        file.create_group("a").attrs["participants"] = np.array([WORKER.encode()], "S24")

    def attribute_of_a_variable(file):
        file["rt"] = [1.0]
        file["rt"].attrs.create("participants", [WORKER], dtype=h5py.string_dtype())

    def name_of_a_group(file):
        file[f"{WORKER}/rt"] = [1.0]

    def name_of_an_attribute(file):
        file.attrs[WORKER] = 1

    def compressed(file):
        texts = np.array([[*WORKER]] * 5000, "S1")
        file.create_dataset("participant", data=texts, chunks=(500, 24), compression="gzip")

    return {name: made for name, made in locals().items() if callable(made)}


@pytest.mark.parametrize("form", _forms().values(), ids=_forms())
def test_every_form_of_text_in_hdf5_is_read(form, tmp_path):
    with h5py.File(tmp_path / "assembly.h5", "w") as file:
        form(file)
    assert [each.code for each in findings(tmp_path)] == ["BSD702"]


@pytest.mark.parametrize("kind", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT_DATA"])
@pytest.mark.parametrize("where", ["variable", "attribute", "attribute of the root"])
def test_every_kind_of_netcdf_is_read(kind, where, tmp_path):
    with netCDF4.Dataset(tmp_path / "assembly.nc", "w", format=kind) as file:
        file.createDimension("presentation", 2)
        file.createDimension("string24", 24)
        dims = ("presentation", "string24")
        made = file.createVariable("participant", "S1", dims)
        made[:] = np.array([[*WORKER]] * 2 if where == "variable" else [[*"x" * 24]] * 2, "S1")
        if where != "variable":
            (made if where == "attribute" else file).contact = "ada@example.org"
    code = "BSD702" if where == "variable" else "BSD705"
    assert [each.code for each in findings(tmp_path)] == [code]


@settings(deadline=None, max_examples=examples(10))
@given(st.lists(st.sampled_from([WORKER, "left", "é" * 40, "x" * 300]), min_size=1, max_size=9))
def test_what_the_writer_makes_of_texts_is_searched(texts):
    data = xr.DataArray(
        np.zeros(len(texts), "f4"),
        dims=["presentation"],
        coords={"participant": ("presentation", np.array(texts, object))},
        name="data",
    )
    with tempfile.TemporaryDirectory() as folder:
        write_netcdf(Path(folder, "a.nc"), data, {}, identifier="A", stimulus_set=None)
        found = {each.place.item for each in findings(Path(folder))}
    assert found == ({"participant"} if WORKER in texts else set())


@pytest.mark.parametrize("dtype", ["U24", "S24"])
def test_texts_in_an_array_of_numpy_are_read(dtype, tmp_path):
    np.save(tmp_path / "responses.npy", np.array([["left", WORKER]], dtype))
    assert [each.code for each in findings(tmp_path)] == ["BSD702"]


def test_whole_numbers_are_looked_at_where_their_name_is_personal(tmp_path):
    with h5py.File(tmp_path / "assembly.nc", "w") as file:
        file["date_of_birth"] = [19900131, 19910201]
        file["n_trials"] = [19900131, 19910201]
    assert [(each.code, each.place.item) for each in findings(tmp_path)] == [
        ("BSD707", "date_of_birth")
    ]


def test_what_is_not_read_is_no_pass(tmp_path):
    with h5py.File(tmp_path / "opaque.h5", "w") as file:
        file["participant"] = np.array([WORKER.encode()], "S24").view("V24")
    with h5py.File(tmp_path / "elsewhere.h5", "w") as file:
        space = h5py.VirtualLayout((1,), "S24")
        space[0:1] = h5py.VirtualSource("other.h5", "x", (1,))
        file.create_virtual_dataset("participant", space)
    (tmp_path / "damaged.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1" + bytes(100))
    found = {each.place.file: each.code for each in findings(tmp_path)}
    assert found == {str(path): "BSD701" for path in tmp_path.iterdir()}


def test_a_bomb_of_text_is_not_read_and_no_pass(tmp_path):
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        file.create_dataset("x", (1 << 40,), "S24", chunks=(1 << 16,), compression="gzip")
    (found,) = findings(tmp_path)
    assert found.code == "BSD701"


def test_names_of_files_that_become_a_column_are_searched(tmp_path):
    (tmp_path / "dataset.toml").write_text(
        '[[assembly]]\ntable = "*.csv"\nfrom_name = "participant"\nvalue = "rt"\ncolumns = ["rt"]\n'
    )
    for name in (WORKER, WORKER[::-1]):
        (tmp_path / f"{name}.csv").write_text("rt\n1\n")
    [found] = findings(tmp_path)
    assert (found.code, found.place.item) == ("BSD702", "participant")
    assert "of the names of files" in found.message


def test_workbooks_are_searched(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["worker", "rating"])
    book.active.append([WORKER, 4])
    book.save(tmp_path / "ratings.xlsx")
    [found] = findings(tmp_path)
    assert (found.code, found.place.item) == ("BSD702", "worker")
    assert "column 'worker' of 'Sheet'" in found.message


@pytest.mark.parametrize("version", ["7", "7.3"])
def test_cells_and_structs_of_a_matlab_file_are_read(version, tmp_path):
    people = np.array([WORKER, WORKER[::-1]], dtype=object)
    if version == "7":
        inside = np.empty((1, 2), dtype=[("worker", object), ("rt", object)])
        inside["worker"], inside["rt"] = people, [1.0, 2.0]
        savemat(tmp_path / "trials.mat", {"trials": inside, "rates": np.arange(4.0)})
    else:
        with h5py.File(tmp_path / "trials.mat", "w", userblock_size=512) as file:
            cell = file.create_dataset("trials/worker", (2, 1), h5py.ref_dtype)
            for place, text in enumerate(people):
                codes = np.frombuffer(text.encode("utf-16-le"), "u2")[:, np.newaxis]
                each = file.create_dataset(f"#refs#/{place}", data=codes)
                each.attrs["MATLAB_class"] = np.bytes_("char")
                cell[place, 0] = each.ref
            file["trials"].attrs["MATLAB_class"] = np.bytes_("struct")
    [found] = findings(tmp_path)
    assert (found.code, found.place.item) == ("BSD702", "worker")
    assert "'trials.worker'" in found.message


def test_lists_records_bytes_and_remarks_of_a_parquet_file_are_read(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    columns = {"a": [[WORKER]], "b": [{"id": WORKER}], "c": [WORKER.encode()], "d": ["left"]}
    table = pa.table(columns).replace_schema_metadata({"contact": "ada@example.org"})
    pq.write_table(table, tmp_path / "trials.parquet")
    found = [(each.code, each.place.item) for each in findings(tmp_path)]
    assert sorted(found) == [
        ("BSD702", "a"), ("BSD702", "b"), ("BSD702", "c"), ("BSD705", "contact"),
    ]  # fmt: skip


def test_the_names_of_columns_are_searched(tmp_path):
    (tmp_path / "wide.csv").write_text(f"stimulus,{WORKER}\na,1\n")
    (found,) = findings(tmp_path)
    assert (found.code, found.place.line) == ("BSD702", 1)
    assert "--fix` cannot" in found.hint


def test_what_reads_arrays_is_named_where_it_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "brainscore_data.check.people.texts_in_arrays", None)
    (tmp_path / "assembly.nc").write_bytes(b"CDF\1")
    found = look_at_binary(tmp_path / "assembly.nc", (tmp_path,))
    assert found.missing == "brainscore_data.check.people.texts_in_arrays"


@pytest.mark.parametrize(
    ("select", "codes"),
    [((), []), (("BSD7",), ["BSD701"]), (("BSD4", "BSD7"), [])],
    ids=["all rules", "people only", "assemblies and people"],
)
def test_an_assembly_that_cannot_be_opened_is_told_unless_another_rule_tells_it(
    tmp_path, select, codes
):
    path = tmp_path / "damaged.nc"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    own = Settings(select=select)
    with CheckRun(find_subjects([path]), own) as run:
        outcome = run_rules(RULES, probe(run), own)
    assert [each.code for each in outcome.findings] == codes
