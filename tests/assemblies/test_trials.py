"""Tables of trials in parquet files, which are read part by part."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from how_often import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from brainscore_data import package
from brainscore_data.assemblies.opening import open_assembly
from brainscore_data.base.errors import DataError
from brainscore_data.base.progress import quiet
from brainscore_data.dataset.assembly_tables import TableAssembly
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.packaging.one_item import Located, package_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
WHOLE = st.integers(-(2**31), 2**31 - 1)
COLUMNS: dict[str, tuple[st.SearchStrategy[Any], pa.DataType]] = {
    "kind": (st.sampled_from(["a", "b", "c"]), pa.string()),
    "block": (st.integers(0, 2), pa.int8()),
    "text": (TEXTS, pa.string()),
    "gappy_text": (st.none() | TEXTS, pa.large_string()),
    "category": (st.sampled_from(["x", "y", None]), pa.dictionary(pa.int32(), pa.string())),
    "whole": (WHOLE, pa.int64()),
    "gappy": (st.none() | WHOLE, pa.int32()),
    "real": (st.none() | st.floats(width=32, allow_nan=False), pa.float32()),
    "flag": (st.booleans(), pa.bool_()),
    "day": (st.none() | st.dates(date(1700, 1, 1), date(2200, 1, 1)), pa.date32()),
    "when": (st.none() | WHOLE, pa.timestamp("ms", "Europe/Zurich")),
}


@pytest.fixture(scope="module", autouse=True)
def in_small_pieces() -> Iterator[None]:
    """Have even a small table cross the borders of what is read at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("brainscore_data.tables.parquet_stream._ROWS_AT_ONCE", 7)
        patched.setattr("brainscore_data.tables.parquet_stream._BLOCK", 5)
        patched.setattr("brainscore_data.tables.parquet_stream._SAMPLE", 4)
        yield


@st.composite
def a_table(draw: st.DrawFn) -> pa.Table:
    rows = draw(st.integers(1, 20))
    columns = {
        name: pa.array(draw(st.lists(cells, min_size=rows, max_size=rows)), kind)
        for name, (cells, kind) in COLUMNS.items()
    }
    return pa.table(columns)


def opened(path: Path, **keys: Any) -> xr.DataArray:
    item = TableAssembly.model_validate(
        {
            "identifier": "Doe2026",
            "visibility": "public",
            "class": "BehavioralAssembly",
            "table": path.name,
            "value": "whole",
            "columns": list(COLUMNS),
            "missing": "none",
            **keys,
        }
    )
    return open_assembly(item, path.with_name).data


def as_pandas_reads_it(path: Path, where: dict[str, Any]) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    for column, wanted in where.items():
        frame = frame[frame[column].isin(wanted)]
    frame["day"] = pd.to_datetime(frame["day"]).astype("datetime64[ns]")
    frame["when"] = frame["when"].dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[ns]")
    for column in ("gappy_text", "category"):
        frame[column] = frame[column].astype(object).where(frame[column].notna(), "none")
    return frame


@settings(max_examples=examples(10))
@given(
    table=a_table(),
    rows=st.integers(1, 21),
    kinds=st.sets(st.sampled_from(["a", "b", "c"]), min_size=1),
    blocks=st.sets(st.integers(0, 2), min_size=1),
    chosen=st.booleans(),
    part=st.slices(20).filter(lambda part: (part.step or 1) > 0),
)
def test_what_is_read_is_what_pandas_reads(table, rows, kinds, blocks, chosen, part):
    where = {"kind": sorted(kinds), "block": sorted(blocks)} if chosen else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.parquet")
        parquet.write_table(table, path, row_group_size=rows)
        expected = as_pandas_reads_it(path, where)
        if expected.empty:
            with pytest.raises(DataError, match="leaves no row"):
                opened(path, where=where)
            return
        data = opened(path, where=where)
        assert data.sizes == {"presentation": len(expected)}
        for name in COLUMNS:
            wanted = expected[name].to_numpy()
            if not (name in {"text", "kind", "gappy_text"} or expected[name].notna().any()):
                wanted = np.full(len(expected), "none", dtype=object)  # it holds no values
            for index in (slice(None), slice(None, None, -2), part, -1):
                # The type is known before anything is read, and is that of what is read.
                found = data.coords[name].variable[index]
                assert found.dtype == found.values.dtype
                np.testing.assert_array_equal(found.values, wanted[index])
        np.testing.assert_array_equal(data.values, data.coords["whole"].values)


HEAD = 'schema = 1\n[dataset]\nlicense = "CC0-1.0"\n[[assembly]]\nidentifier = "Doe2026"\nvisibility = "public"\n'


def dataset(folder: Path, table: pa.Table, rows: int, **keys: Any) -> Path:
    """Leave a dataset of one table of trials, in row groups of some rows."""
    folder.mkdir(exist_ok=True)
    parquet.write_table(table, folder / "t.parquet", row_group_size=rows)
    named = {"class": "BehavioralAssembly", "table": "t.parquet", "value": "rt", **keys}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in named.items())
    (folder / "dataset.toml").write_text(HEAD + lines)
    return folder


def trials(length: int = 200) -> pa.Table:
    rng = np.random.default_rng(0)
    return pa.table(
        {
            "url": [f"https://x.org/im{one}.png" for one in rng.integers(0, 9, length)],
            "choice": rng.choice(["left", "right"], length),
            "session": [f"s{one:x}" for one in rng.integers(0, 2**40, length)],
            "rt": rng.random(length),
        }
    )


def test_the_bytes_do_not_depend_on_the_row_groups(tmp_path):
    found = set()
    for rows in (1, 33, 1000):
        folder = dataset(tmp_path / str(rows), trials(), rows, columns=["choice", "session"])
        found.add(package(folder, folder / "bundle").items[0].nc.sha1)  # type: ignore[union-attr]
    assert len(found) == 1


def test_nothing_of_a_parquet_table_stays_in_memory(tmp_path):
    folder = dataset(tmp_path, trials(), 50, columns=["choice", "url"])
    keys = {"value": "rt", "columns": ["choice"], "stimulus_id": {"column": "url", "from": "stem"}}
    data = opened(folder / "t.parquet", **keys)
    assert set(data.coords) == {"choice", "rt", "stimulus_id"}
    for variable in (data.variable, *data.coords.variables.values()):
        assert not isinstance(variable._data, np.ndarray)
        variable[3:9].values  # noqa: B018
        assert not isinstance(variable._data, np.ndarray)


def test_ids_have_one_type_though_each_part_of_them_could_have_another(tmp_path):
    ids = ["1"] * 20 + ["007"] * 20 + ["x"] * 20
    table = pa.table({"stimulus_id": ids, "rt": range(60)})
    folder = dataset(tmp_path, table, 20)
    for stop, wanted in ((60, ids), (40, [1] * 20 + [7] * 20)):
        keys = {"value": "rt", "columns": ["stimulus_id"], "where": {"rt": list(range(stop))}}
        data = opened(folder / "t.parquet", **keys)
        assert data["stimulus_id"].values.tolist() == wanted
        assert data["stimulus_id"][25:30].values.tolist() == wanted[25:30]


def test_a_trial_without_a_stimulus_is_named_by_its_row_in_the_file(tmp_path):
    table = pa.table({"kind": ["a", "b"] * 30, "stimulus_id": ["1"] * 59 + [None], "rt": range(60)})
    folder = dataset(tmp_path, table, 20)
    with pytest.raises(DataError, match="no stimulus id") as caught:
        opened(folder / "t.parquet", value="rt", columns=["stimulus_id"], where={"kind": "b"})
    assert caught.value.where == f"{folder / 't.parquet'}, row 60"


def test_texts_that_are_no_utf_8_are_an_error_that_names_the_file(tmp_path):
    texts = pa.array([b"a", b"\xff"]).view(pa.string())
    folder = dataset(tmp_path, pa.table({"choice": texts, "rt": [1, 2]}), 1, columns=["choice"])
    for keys in ({"columns": ["choice"]}, {"columns": ["rt"], "where": {"choice": "a"}}):
        with pytest.raises(DataError, match="cannot be read as parquet") as caught:
            opened(folder / "t.parquet", **{"value": "rt", **keys})
        assert caught.value.where == str(folder / "t.parquet")


def test_a_table_that_changes_while_it_is_packaged_is_an_error_that_names_it(tmp_path):
    folder = dataset(tmp_path, trials(), 50, columns=["choice"])
    loaded = load_dataset(folder)
    (item,) = loaded.manifest.assemblies
    located = Located(folder, loaded.place(item), {"t.parquet": folder / "t.parquet"})
    out = tmp_path / "out"
    out.mkdir()

    def report(*_: object) -> Any:  # begins when all is opened and looked at
        dataset(folder, trials(201), 50, columns=["choice"])
        return quiet("", 0)

    with pytest.raises(DataError, match="changed while it was read") as caught:
        package_item(item, located, out, 1, report)
    assert caught.value.where == str(folder / "t.parquet")
    assert not list(out.iterdir())


KINDS = {"trial_type": ["practice", "main", "main", "main", ""], "whole": [1, 2, 3, 4, 5]}


def notices_of(folder: Path, suffix: str, **keys: Any) -> tuple[str, ...]:
    path = folder / f"t{suffix}"
    if suffix == ".csv":
        pd.DataFrame(KINDS).to_csv(path, index=False)
    else:
        parquet.write_table(pa.table(KINDS), path)
    item = TableAssembly.model_validate(
        {
            "identifier": "Doe2026",
            "visibility": "public",
            "class": "BehavioralAssembly",
            "table": path.name,
            "value": "whole",
            "columns": ["whole"],
            **keys,
        }
    )
    return open_assembly(item, path.with_name).notices


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_it_is_said_how_many_rows_of_which_kind_were_taken_and_left(tmp_path, suffix):
    assert notices_of(tmp_path, suffix, where={"trial_type": "main"}) == (
        f"t{suffix}: took 3 of 5 rows: of 'trial_type' took 3 'main', left 1 'practice', 1 ''",
    )


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_practice_trials_that_are_taken_are_told_though_no_column_says_it(tmp_path, suffix):
    (told,) = notices_of(tmp_path, suffix)
    assert told.startswith(
        f"t{suffix}: took 2 rows that may be none of the task: of 'trial_type' 1 'practice', 1 ''"
    )
    (told,) = notices_of(tmp_path, suffix, where={"whole": [2, 3]})
    assert told.startswith(f"t{suffix}: took 2 of 5 rows: of 'whole' took 1 '2', 1 '3', left 1 '1'")
