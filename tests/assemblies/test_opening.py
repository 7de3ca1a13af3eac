from __future__ import annotations

from typing import TYPE_CHECKING, Any

import netCDF4
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from brainscore_data.assemblies import arrays
from brainscore_data.assemblies.opening import OpenedAssembly, open_assembly
from brainscore_data.base.errors import DataError
from brainscore_data.base.read_once import reading_once
from brainscore_data.dataset.assembly_tables import ArrayAssembly, NetcdfAssembly, TableAssembly
from brainscore_data.tables.columns import typed_column

if TYPE_CHECKING:
    from pathlib import Path


def opened(folder: Path, **keys: Any) -> OpenedAssembly:
    form = (
        TableAssembly if "table" in keys else ArrayAssembly if "values" in keys else NetcdfAssembly
    )
    named = {"identifier": "Mine2024", "visibility": "public", "class": "DataAssembly"}
    item = form.model_validate({**named, **keys})
    return open_assembly(item, lambda name: folder / name)


def error_of(folder: Path, **keys: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        opened(folder, **keys)
    return caught.value


def saved(folder: Path, name: str = "a.nc", group: str | None = None, **variables: Any) -> None:
    """Write a netCDF file with an array `data` over presentation x neuroid, and coordinates."""
    data = xr.DataArray(
        np.arange(6.0).reshape(3, 2),
        dims=["presentation", "neuroid"],
        coords={"stimulus_id": ("presentation", ["a", "b", "c"]), "x": ("neuroid", [1, 2])},
        attrs={"unit": "Hz", "lab": "ours"},
    )
    dataset = xr.Dataset({"data": data}, attrs={"species": "macaque"}).assign(variables)
    dataset.to_netcdf(folder / name, mode="a" if group else "w", group=group)


class TestNetcdf:
    def test_the_one_array_is_opened_with_all_that_belongs_to_it(self, tmp_path):
        saved(tmp_path)
        result = opened(tmp_path, data="a.nc")
        assert result.data.dims == ("presentation", "neuroid")
        np.testing.assert_array_equal(result.data, np.arange(6.0).reshape(3, 2))
        assert result.data["stimulus_id"].to_numpy().tolist() == ["a", "b", "c"]
        assert result.data.attrs == {"unit": "Hz", "lab": "ours", "species": "macaque"}
        assert not result.data.indexes
        assert not result.extras
        assert not result.notices

    def test_its_values_are_read_when_they_are_asked_for(self, tmp_path):
        saved(tmp_path)
        result = opened(tmp_path, data="a.nc")
        assert not isinstance(result.data.variable._data, np.ndarray)
        result.close()

    def test_closing_it_closes_the_file(self, tmp_path):
        saved(tmp_path)
        result = opened(tmp_path, data="a.nc")
        result.close()
        (tmp_path / "a.nc").unlink()
        with pytest.raises(FileNotFoundError):
            result.data.load()

    def test_the_arrays_name_does_not_matter(self, tmp_path):
        xr.DataArray([1.0], dims="event").to_netcdf(tmp_path / "a.nc")
        assert opened(tmp_path, data="a.nc").data.name == "data"

    def test_attributes_of_the_manifest_win_with_a_notice(self, tmp_path):
        saved(tmp_path)
        result = opened(tmp_path, data="a.nc", attributes={"unit": "mV", "lab": "ours", "n": [1]})
        assert result.data.attrs == {"unit": "mV", "lab": "ours", "species": "macaque", "n": [1]}
        (notice,) = result.notices
        assert "'unit', 'mV', replaces the file's, 'Hz'" in notice

    def test_an_attribute_of_the_array_wins_over_that_of_its_file_with_a_notice(self, tmp_path):
        data = xr.DataArray([1.0], dims="event", attrs={"unit": "Hz"})
        xr.Dataset({"data": data}, attrs={"unit": "mV"}).to_netcdf(tmp_path / "a.nc")
        result = opened(tmp_path, data="a.nc")
        assert result.data.attrs == {"unit": "Hz"}
        (notice,) = result.notices
        assert notice == "a.nc: the data's attribute 'unit', 'Hz', replaces the file's own, 'mV'"

    def test_times_with_a_unit_keep_their_values_and_their_unit(self, tmp_path):
        onset = xr.DataArray(
            [0.5e-12, 2.0, np.nan], dims="presentation", attrs={"units": "seconds"}
        )
        data = xr.DataArray(np.zeros(3), dims="presentation", coords={"onset": onset})
        data.to_netcdf(tmp_path / "a.nc")
        found = opened(tmp_path, data="a.nc").data["onset"]
        np.testing.assert_array_equal(found, [0.5e-12, 2.0, np.nan])
        assert found.attrs["units"] == "seconds"

    def test_groups_and_extras_are_extras(self, tmp_path):
        saved(tmp_path)
        saved(tmp_path, group="trial_info")
        saved(tmp_path, "more.nc")
        result = opened(tmp_path, data="a.nc", extras={"more": "more.nc"})
        assert list(result.extras) == ["trial_info", "more"]
        for extra in result.extras.values():
            np.testing.assert_array_equal(extra, np.arange(6.0).reshape(3, 2))
            assert extra.attrs == {"unit": "Hz", "lab": "ours", "species": "macaque"}

    def test_a_group_that_is_in_the_file_and_in_extras_is_an_error(self, tmp_path):
        saved(tmp_path)
        saved(tmp_path, group="trial_info")
        error = error_of(tmp_path, data="a.nc", extras={"trial_info": "a.nc"})
        assert "'trial_info' is in the assembly's own file already" in error.message

    def test_an_extra_with_groups_of_its_own_is_an_error(self, tmp_path):
        saved(tmp_path)
        saved(tmp_path, "more.nc")
        saved(tmp_path, "more.nc", group="inner")
        assert "inner" in error_of(tmp_path, data="a.nc", extras={"more": "more.nc"}).message

    def test_a_group_in_a_group_is_an_error(self, tmp_path):
        saved(tmp_path)
        saved(tmp_path, group="outer/inner")
        assert "groups of its own" in error_of(tmp_path, data="a.nc").message

    @pytest.mark.parametrize("name", ["", "a/b"])
    def test_a_name_that_no_group_can_have_is_an_error(self, tmp_path, name):
        saved(tmp_path)
        error = error_of(tmp_path, data="a.nc", extras={name: "a.nc"})
        assert "cannot be the name of a group" in error.message

    def test_two_arrays_in_a_file_are_an_error_that_lists_them(self, tmp_path):
        saved(tmp_path, baseline=("neuroid", [1.0, 2.0]))
        error = error_of(tmp_path, data="a.nc")
        assert "there are 2: 'data', 'baseline'" in error.message
        assert "set_coords" in error.hint

    def test_a_group_with_two_arrays_is_an_error_that_names_it(self, tmp_path):
        saved(tmp_path)
        saved(tmp_path, group="g", baseline=("neuroid", [1.0, 2.0]))
        assert error_of(tmp_path, data="a.nc").where.endswith("a.nc, group 'g'")

    def test_a_file_without_an_array_is_an_error(self, tmp_path):
        xr.Dataset(coords={"x": ("event", [1])}).to_netcdf(tmp_path / "a.nc")
        error = error_of(tmp_path, data="a.nc")
        assert "no data variable" in error.message
        assert "to_netcdf" in error.hint

    def test_a_coordinate_that_the_array_cannot_carry_is_an_error(self, tmp_path):
        dataset = xr.Dataset({"data": ("event", [1.0])}, coords={"y": ("other", [1, 2])})
        dataset.to_netcdf(tmp_path / "a.nc")
        error = error_of(tmp_path, data="a.nc")
        assert "dimensions that the data does not have: 'y'" in error.message

    @pytest.mark.parametrize("kept", [0, 100, -2000])
    def test_a_file_that_is_cut_off_is_an_error(self, tmp_path, kept):
        saved(tmp_path)
        (tmp_path / "a.nc").write_bytes((tmp_path / "a.nc").read_bytes()[:kept])
        assert error_of(tmp_path, data="a.nc").where.endswith("a.nc")

    def test_a_file_of_another_kind_is_an_error(self, tmp_path):
        (tmp_path / "a.nc").write_bytes(b"stimulus_id,filename\n" * 100)
        assert error_of(tmp_path, data="a.nc").where.endswith("a.nc")

    def test_a_date_without_a_meaning_is_an_error(self, tmp_path):
        with netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
            file.createDimension("event", 1)
            file.createVariable("data", "f8", ("event",)).units = "days since yesterday"
        assert "cannot be read as netCDF-4" in error_of(tmp_path, data="a.nc").message

    def test_the_assemblies_of_older_versions_are_opened_as_xarray_opens_them(self, shared_data):
        folder = shared_data / "assemblies"
        for path in sorted(folder.glob("*.nc")):
            result = opened(folder, data=path.name)
            with xr.open_dataarray(path, decode_timedelta=False) as expected:
                xr.testing.assert_identical(result.data.rename(None), expected.rename(None))
            result.close()

    def test_the_extras_of_an_older_version_are_found(self, shared_data):
        result = opened(shared_data / "assemblies", data="assy_test_package_assembly_extras.nc")
        assert {name: extra.shape for name, extra in result.extras.items()} == {"test": (40,)}
        assert len(result.extras["test"].coords) == 15
        result.close()


class TestArray:
    def folder(
        self, folder: Path, values: np.ndarray | None = None, **tables: str
    ) -> dict[str, Any]:
        """Write an array and tables; give what the manifest says about them."""
        array = np.arange(6).reshape(3, 2) if values is None else values
        np.save(folder / "values.npy", array)
        for dim, text in tables.items():
            (folder / f"{dim}.csv").write_text(text)
        dims = ["presentation", "neuroid", "time_bin"][: array.ndim]
        return {"values": "values.npy", "dims": dims, "coords": {d: f"{d}.csv" for d in tables}}

    def test_columns_become_typed_coordinates_of_their_dimension(self, tmp_path):
        keys = self.folder(
            tmp_path,
            presentation="stimulus_id,repetition\nn0,0\nn1,0\nn0,1\n",
            neuroid="neuroid_id,x,good\n1,0.5,True\n2,,False\n",
        )
        data = opened(tmp_path, **keys).data
        assert data.dims == ("presentation", "neuroid")
        assert {name: (c.dims, c.dtype.kind) for name, c in data.coords.items()} == {
            "stimulus_id": (("presentation",), "O"),
            "repetition": (("presentation",), "i"),
            "neuroid_id": (("neuroid",), "i"),
            "x": (("neuroid",), "f"),
            "good": (("neuroid",), "b"),
        }
        assert data["stimulus_id"].to_numpy().tolist() == ["n0", "n1", "n0"]
        np.testing.assert_array_equal(data, np.arange(6).reshape(3, 2))
        assert not data.indexes

    def test_a_table_of_many_arrays_is_typed_once_in_a_run(self, tmp_path, monkeypatch):
        typed = []
        monkeypatch.setattr(
            arrays,
            "typed_column",
            lambda *its, **more: (typed.append(its), typed_column(*its, **more))[1],
        )
        keys = self.folder(tmp_path, neuroid="neuroid_id,x\n1,0.5\n2,\n")
        with reading_once():
            first, again = (opened(tmp_path, **keys) for _ in range(2))
            assert len(typed) == 2
            assert first.data.equals(again.data)
            assert first.notices == again.notices
            opened(tmp_path, **keys, missing="none")
            assert len(typed) == 4
            (tmp_path / "neuroid.csv").write_text("neuroid_id,x\n3,0.5\n4,1\n")
            assert opened(tmp_path, **keys).data["neuroid_id"].to_numpy().tolist() == [3, 4]

    def test_a_dimension_without_a_table_has_no_coordinates(self, tmp_path):
        data = opened(tmp_path, **self.folder(tmp_path, presentation="a\n1\n2\n3\n")).data
        assert list(data.coords) == ["a"]

    @pytest.mark.parametrize("dtype", ["f4", "i2", "u8", "?", "M8[ns]", "U3"])
    def test_values_keep_their_type(self, tmp_path, dtype):
        values = np.array([[0, 1], [1, 0], [1, 1]]).astype(dtype)
        data = opened(tmp_path, **self.folder(tmp_path, values)).data
        assert data.dtype == values.dtype
        np.testing.assert_array_equal(data, values)

    def test_values_stay_in_their_file(self, tmp_path):
        data = opened(tmp_path, **self.folder(tmp_path)).data
        assert not isinstance(data.variable._data, np.ndarray)
        assert not isinstance(data.isel(presentation=slice(1)).variable._data, np.ndarray)

    def test_values_in_fortran_order_are_the_same_values(self, tmp_path):
        values = np.asfortranarray(np.arange(24.0).reshape(2, 3, 4))
        np.testing.assert_array_equal(
            opened(tmp_path, **self.folder(tmp_path, values)).data, values
        )

    def test_values_of_the_other_byte_order_are_turned_round_piece_by_piece(self, tmp_path):
        values = np.arange(24, dtype=">f4").reshape(2, 3, 4)
        data = opened(tmp_path, **self.folder(tmp_path, values)).data
        assert data.dtype == np.dtype("=f4")
        part = data.isel(presentation=1, time_bin=slice(1, None, 2))
        assert not isinstance(part.variable._data, np.ndarray)
        np.testing.assert_array_equal(part, values[1, :, 1::2])
        assert part.to_numpy().dtype.isnative

    def test_a_table_of_another_length_is_an_error_that_says_which(self, tmp_path):
        error = error_of(tmp_path, **self.folder(tmp_path, neuroid="neuroid_id\n1\n2\n3\n"))
        assert error.where.endswith("neuroid.csv")
        assert "3 rows" in error.message
        assert "'neuroid' (axis 1 of the array, counted from 0) has the length 2" in error.message

    def test_too_few_dims_are_an_error(self, tmp_path):
        keys = {**self.folder(tmp_path), "dims": ["presentation"]}
        assert "has 2 dimensions" in error_of(tmp_path, **keys).message

    def test_one_name_in_two_tables_is_an_error(self, tmp_path):
        keys = self.folder(tmp_path, presentation="x\n1\n2\n3\n", neuroid="x\n1\n2\n")
        error = error_of(tmp_path, **keys)
        assert error.where.endswith("neuroid.csv")
        assert "'presentation' has a coordinate 'x', too" in error.message

    def test_a_column_called_like_another_dimension_is_an_error(self, tmp_path):
        error = error_of(tmp_path, **self.folder(tmp_path, presentation="neuroid\n1\n2\n3\n"))
        assert "called like another dimension" in error.message

    def test_gaps_are_filled_as_the_manifest_says_but_not_in_stimulus_ids(self, tmp_path):
        keys = self.folder(tmp_path, presentation="stimulus_id,word\nn0,\nn1,b\nn2,c\n")
        assert "'word' is text" in error_of(tmp_path, **keys).message
        data = opened(tmp_path, **keys, missing="-").data
        assert data["word"].to_numpy().tolist() == ["-", "b", "c"]
        keys = self.folder(tmp_path, presentation="stimulus_id,word\nn0,a\n,b\nn2,c\n")
        error = error_of(tmp_path, **keys, missing="-")
        assert "no stimulus id" in error.message
        assert error.where.endswith("presentation.csv:3")

    def test_what_is_not_a_plain_array_is_an_error(self, tmp_path):
        keys = self.folder(tmp_path)
        path = tmp_path / "values.npy"
        whole = path.read_bytes()
        np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
        assert "plain numpy array" in error_of(tmp_path, **keys).message
        np.save(path, np.zeros((3, 2), dtype=[("rate", "f8"), ("n", "i4")]))
        assert "records" in error_of(tmp_path, **keys).message
        torn = whole.replace(b"}", b"\x01")
        for content in (b"", whole[:60], whole[:-1], b"PK\x03\x04" + whole, b"\x80\x04N.", torn):
            path.write_bytes(content)
            assert "plain numpy array" in error_of(tmp_path, **keys).message

    def test_notices_and_attributes_are_given(self, tmp_path):
        keys = self.folder(tmp_path, presentation="a,b\n1,x\n,y\n3,z\n")
        result = opened(tmp_path, **keys, attributes={"unit": "Hz"})
        assert result.data.attrs == {"unit": "Hz"}
        (notice,) = result.notices
        assert notice.startswith("presentation.csv: column 'a' has gaps")

    def test_extras_are_opened(self, tmp_path):
        keys = self.folder(tmp_path)
        saved(tmp_path, "info.nc")
        result = opened(tmp_path, **keys, extras={"info": "info.nc"})
        assert list(result.extras) == ["info"]


TRIALS = """trial_type,image_url,stimulus_id,participant,rt,choice,block,ok
practice,,,p1,,left,1,true
normal,https://x.org/i/im1.png?v=2,10,p1,512,left,1,true
normal,https://x.org/i/im2.png,2,p1,498,NA,2,false
normal,https://x.org/i/im1.png?v=2,10,p2,733,right,2,true
"""


class TestTable:
    def keys(self, folder: Path, text: str = TRIALS, **keys: Any) -> dict[str, Any]:
        (folder / "trials.csv").write_text(text)
        return {
            "table": "trials.csv",
            "value": "choice",
            "columns": ["stimulus_id", "participant", "rt", "choice"],
            "stimulus_set": "Mine2024",
            "where": {"trial_type": "normal"},
            **keys,
        }

    def test_a_row_becomes_a_presentation(self, tmp_path):
        result = opened(tmp_path, **self.keys(tmp_path))
        data = result.data
        assert data.dims == ("presentation",)
        assert data.to_numpy().tolist() == ["left", "NA", "right"]
        assert {name: coord.to_numpy().tolist() for name, coord in data.coords.items()} == {
            "stimulus_id": [10, 2, 10],
            "participant": ["p1", "p1", "p2"],
            "rt": [512, 498, 733],
            "choice": ["left", "NA", "right"],
        }
        assert {coord.dims for coord in data.coords.values()} == {("presentation",)}
        assert data["rt"].dtype == np.int64  # the gap is in a row that was left out
        assert not data.indexes
        (notice,) = result.notices
        assert notice.endswith(
            "took 3 of 4 rows: of 'trial_type' took 3 'normal', left 1 'practice'"
        )

    def test_the_value_and_the_stimulus_id_are_coordinates_though_not_among_columns(self, tmp_path):
        data = opened(tmp_path, **self.keys(tmp_path, columns=["participant"], value="rt")).data
        assert list(data.coords) == ["participant", "rt", "stimulus_id"]
        assert data.to_numpy().tolist() == [512, 498, 733]

    def test_the_rest_stays_at_home(self, tmp_path):
        data = opened(tmp_path, **self.keys(tmp_path)).data
        assert not {"image_url", "block", "trial_type"} & set(data.coords)

    def test_parquet_gives_the_same(self, tmp_path):
        from_csv = opened(tmp_path, **self.keys(tmp_path)).data
        frame = pd.read_csv(tmp_path / "trials.csv", keep_default_na=False)
        frame["rt"] = pd.to_numeric(frame["rt"]).astype("Int64")
        frame["extra"] = [[1]] * len(frame)  # a type that matters only if it is published
        frame.to_parquet(tmp_path / "trials.parquet")
        from_parquet = opened(tmp_path, **self.keys(tmp_path, table="trials.parquet")).data
        xr.testing.assert_identical(from_csv, from_parquet)

    @pytest.mark.parametrize(
        ("take", "ids"),
        [
            ("stem", ["im1", "im2", "im1"]),
            ("name", ["im1.png", "im2.png", "im1.png"]),
        ],
    )
    def test_stimulus_ids_are_read_out_of_urls(self, tmp_path, take, ids):
        source = {"column": "image_url", "from": take}
        result = opened(tmp_path, **self.keys(tmp_path, stimulus_id=source))
        assert result.data["stimulus_id"].to_numpy().tolist() == ids
        assert "image_url" not in result.data.coords
        notice, rows = result.notices
        assert "took 3 of 4 rows" in rows
        assert "the column 'stimulus_id' is not published" in notice

    def test_stimulus_ids_may_be_in_a_column_of_another_name(self, tmp_path):
        keys = self.keys(tmp_path, columns=["rt"], stimulus_id="block")
        assert opened(tmp_path, **keys).data["stimulus_id"].to_numpy().tolist() == [1, 2, 2]

    def test_different_urls_that_give_one_id_are_told_of(self, tmp_path):
        text = "url,rt\nhttps://a/x/1.png,1\nhttps://a/y/1.png,2\n"
        keys = {"stimulus_id": {"column": "url", "from": "stem"}, "value": "rt", "columns": ["rt"]}
        result = opened(tmp_path, **self.keys(tmp_path, text, where={}, **keys))
        (notice,) = result.notices
        assert "the 2 different cells of 'url' give only 1 stimulus ids" in notice

    def test_no_column_for_the_stimulus_ids_is_an_error_that_says_what_to_write(self, tmp_path):
        keys = self.keys(tmp_path, TRIALS.replace("stimulus_id", "image"), columns=["rt"])
        error = error_of(tmp_path, **keys)
        assert "no column 'stimulus_id' to take the stimulus ids from" in error.message
        assert 'stimulus_id = "…"' in error.hint
        assert "'image_url', 'image'" in error.hint

    def test_without_a_stimulus_set_no_stimulus_id_is_needed(self, tmp_path):
        keys = self.keys(tmp_path, columns=["rt"], value="rt")
        del keys["stimulus_set"]
        assert list(opened(tmp_path, **keys).data.coords) == ["rt"]

    @pytest.mark.parametrize("gap", ["", "NA"])
    def test_a_trial_without_a_stimulus_is_an_error_that_names_its_line(self, tmp_path, gap):
        text = TRIALS.replace("im2.png,2,", f"im2.png,{gap},")
        error = error_of(tmp_path, **self.keys(tmp_path, text, missing="none"))
        assert error.where.endswith("trials.csv:4")

    def test_unknown_columns_are_errors_with_the_nearest_names(self, tmp_path):
        for keys in ({"value": "Choice"}, {"columns": ["choise"]}, {"where": {"choic": "x"}}):
            error = error_of(tmp_path, **self.keys(tmp_path, **keys))
            assert "is it 'choice'?" in error.hint
            assert error.where.endswith("trials.csv")

    @pytest.mark.parametrize(
        ("where", "rows"),
        [
            ({"block": 1}, [0]),
            ({"block": "1"}, [0]),
            ({"block": 1.0}, [0]),
            ({"block": [1, "2"]}, [0, 1, 2]),
            ({"ok": True}, [0, 2]),
            ({"ok": "true"}, [0, 2]),
            ({"choice": "NA"}, [1]),
            ({"choice": ["left", "right"], "participant": "p1"}, [0]),
            ({"rt": 733}, [2]),
        ],
    )
    def test_where_compares_by_value_and_texts_as_they_are_written(self, tmp_path, where, rows):
        keys = self.keys(tmp_path, where={"trial_type": "normal", **where})
        kept = [[512, 498, 733][row] for row in rows]
        assert opened(tmp_path, **keys).data["rt"].to_numpy().tolist() == kept
        frame = pd.read_csv(tmp_path / "trials.csv", keep_default_na=False)
        frame["rt"] = pd.to_numeric(frame["rt"]).astype("Int64")
        if where != {"ok": "true"}:  # a parquet file has no texts of booleans
            frame.to_parquet(tmp_path / "trials.parquet")
            data = opened(tmp_path, **{**keys, "table": "trials.parquet"}).data
            assert data["rt"].to_numpy().tolist() == kept

    def test_where_takes_true_for_no_number(self, tmp_path):
        keys = self.keys(tmp_path, where={"block": True})
        assert "leaves no row" in error_of(tmp_path, **keys).message

    def test_where_finds_numbers_in_a_column_of_text(self, tmp_path):
        text = TRIALS.replace("left,1,true", "left,practice,true", 1)
        keys = self.keys(tmp_path, text, where={"block": 2})
        assert opened(tmp_path, **keys).data["rt"].to_numpy().tolist() == [498, 733]

    def test_where_that_leaves_no_row_is_an_error_that_shows_what_there_is(self, tmp_path):
        error = error_of(tmp_path, **self.keys(tmp_path, where={"trial_type": "Normal"}))
        assert "trial_type has 'practice', 'normal'" in error.message

    def test_an_empty_text_is_an_error_or_becomes_what_missing_says(self, tmp_path):
        text = TRIALS.replace("733,right", "733,")
        error = error_of(tmp_path, **self.keys(tmp_path, text))
        assert error.where.endswith("trials.csv:5")
        data = opened(tmp_path, **self.keys(tmp_path, text, missing="none")).data
        assert data.to_numpy().tolist() == ["left", "NA", "none"]

    def test_errors_in_parquet_name_the_row_of_the_file(self, tmp_path):
        frame = pd.DataFrame(
            {"kind": ["a", "b", "b"], "stimulus_id": ["x", "y", "z"], "choice": ["l", "r", None]}
        )
        frame.to_parquet(tmp_path / "t.parquet")
        keys = {"value": "choice", "columns": ["choice"], "where": {"kind": "b"}}
        error = error_of(tmp_path, table="t.parquet", stimulus_set="S", **keys)
        assert error.where.endswith("t.parquet, row 3")

    def test_a_language_table_needs_no_stimulus_set(self, shared_data):
        item = {"table": "langloc_fmri_run1_stim_set1.csv", "value": "stim2"}
        result = opened(shared_data / "sentences", **item, columns=["stim1", "stim14"])
        data = result.data
        frame = pd.read_csv(shared_data / "sentences" / item["table"])
        assert data.to_numpy().tolist() == frame["stim2"].tolist()
        assert data["stim1"].to_numpy().tolist() == frame["stim1"].tolist()
        assert list(data.coords) == ["stim1", "stim14", "stim2"]
