"""Loading assemblies: plain, or through the classes of Brain-Score."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import brainscore_data
from brainscore_data.base.errors import DataError, UsageError


class StimulusReferenceAssemblyLoader:
    """Stands in for brainscore-core's loader of this name, which other tests run for real."""

    def __init__(self, cls, file_path, stimulus_set_identifier=None, stimulus_set=None):
        self.cls = cls
        self.path = file_path
        self.attributes = {
            "stimulus_set_identifier": stimulus_set_identifier,
            "stimulus_set": stimulus_set,
        }

    def load(self):
        with xr.open_dataarray(self.path) as lazy:
            assembly = self.cls(lazy.load())
        assembly.attrs |= self.attributes
        return assembly


class StimulusMergeAssemblyLoader(StimulusReferenceAssemblyLoader):
    def load(self):
        assembly = super().load()
        assembly.attrs["merged"] = True
        return assembly


class NeuroidAssembly(xr.DataArray):
    __slots__ = ()

    @classmethod
    def get_loader_class(cls):
        return StimulusMergeAssemblyLoader

    @classmethod
    def from_files(cls, file_path, **about):
        return cls.get_loader_class()(cls, file_path, **about).load()


def load_hvm():
    class StimulusSet:
        identifier = "hvm"

    return StimulusSet()


def test_without_a_class_it_is_a_plain_array_in_memory_with_flat_coordinates(published):
    rates = brainscore_data.load_assembly("MajajHong2015", store=published.url)
    assert type(rates) is xr.DataArray
    assert rates.dtype == np.float32
    np.testing.assert_array_equal(rates.values, [[0, 1, 2], [3, 4, 5]])
    assert rates["neuroid_id"].values.tolist() == ["a", "b", "c"]
    assert rates["region"].dims == ("neuroid",)
    assert rates.attrs == {"identifier": "MajajHong2015", "stimulus_set_identifier": "hvm"}


def test_an_open_store_will_do_as_well_as_its_url(published):
    rates = brainscore_data.load_assembly("MajajHong2015", store=published.store)
    assert rates.shape == (2, 3)


def test_a_pinned_version_is_loaded_with_a_newer_one_on_top(published, bundles, tmp_path):
    from brainscore_data.publishing.bundles import publish_bundle
    from brainscore_data.publishing.published import Run

    nc = published.file(".nc")
    newer = bundles.write(bundles.assembly("MajajHong2015", b"new", replaces=nc.version_id))
    publish_bundle(newer, published.store, run=Run("hong", "now"))
    rates = brainscore_data.load_assembly(
        "MajajHong2015", store=published.url, version_id=nc.version_id, sha1=nc.sha1
    )
    assert rates.shape == (2, 3)


def test_a_wrong_hash_is_an_error(published):
    with pytest.raises(DataError, match="is expected"):
        brainscore_data.load_assembly("MajajHong2015", store=published.url, sha1="0" * 40)


def test_an_identifier_that_cannot_be_a_key_is_an_error(published):
    with pytest.raises(UsageError, match="cannot be an identifier"):
        brainscore_data.load_assembly("../MajajHong2015", store=published.url)


def test_with_a_class_the_stimulus_set_is_merged_as_its_own_loader_does(published):
    rates = brainscore_data.load_assembly(
        "MajajHong2015", store=published.url, cls=NeuroidAssembly, stimulus_set_loader=load_hvm
    )
    assert type(rates) is NeuroidAssembly
    assert rates.attrs["merged"]
    assert rates.attrs["stimulus_set_identifier"] == "hvm"


def test_with_a_class_the_stimulus_set_can_be_referred_to_only(published):
    rates = brainscore_data.load_assembly(
        "MajajHong2015",
        store=published.url,
        cls=NeuroidAssembly,
        stimulus_set_loader=load_hvm,
        merge_stimulus_set_meta=False,
    )
    assert type(rates) is NeuroidAssembly
    assert "merged" not in rates.attrs
    assert rates.attrs["stimulus_set"].identifier == "hvm"


def test_with_a_class_and_no_stimulus_set_the_files_attributes_stay(published):
    rates = brainscore_data.load_assembly("MajajHong2015", store=published.url, cls=NeuroidAssembly)
    assert rates.attrs["stimulus_set_identifier"] == "hvm"
    assert rates.attrs["identifier"] == "MajajHong2015"
    assert "stimulus_set" not in rates.attrs
