"""Arrays as a .mat file holds them: firing rates in bins of time, for a NeuroidAssembly."""

import os
from pathlib import Path

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_core.supported_data_standards.brainio.packaging import (
    package_data_assembly,
    package_stimulus_set,
)
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

BUCKET = os.environ["BUCKET"]
FOLDER = Path(os.environ["STIMULI"])
IDENTIFIER = "Doe2024.rates"

mat = {
    "psth": np.arange(10 * 2 * 3 * 4, dtype=np.float32).reshape(10, 2, 3, 4) / 7,
    "bins": np.array([[70, 80], [80, 90], [90, 100]]),
    "region": np.array(["V4", "IT", "IT", "IT"]),
}
ids = [f"n{number}" for number in range(10)]

stimuli = StimulusSet({"stimulus_id": ids, "degrees": [8.0] * 10})
stimuli.stimulus_paths = {each: str(FOLDER / f"{each}.png") for each in ids}
stimuli.identifier = "Doe2024.stimuli"

values = mat["psth"].reshape(20, 3, 4)
assembly = NeuroidAssembly(
    values,
    coords={
        "stimulus_id": ("presentation", np.repeat(ids, 2)),
        "repetition": ("presentation", np.tile([0, 1], 10)),
        "time_bin_start": ("time_bin", mat["bins"][:, 0]),
        "time_bin_end": ("time_bin", mat["bins"][:, 1]),
        "neuroid_id": ("neuroid", [f"array-{number}" for number in range(4)]),
        "region": ("neuroid", mat["region"]),
    },
    dims=["presentation", "time_bin", "neuroid"],
).transpose("presentation", "neuroid", "time_bin")
assembly.attrs["stimulus_set"] = stimuli
assembly.attrs["lab"] = "doe"

stimulus_meta = package_stimulus_set(
    catalog_name=None,
    proto_stimulus_set=stimuli,
    stimulus_set_identifier=stimuli.identifier,
    bucket_name=BUCKET,
)
assembly_meta = package_data_assembly(
    proto_data_assembly=assembly,
    assembly_identifier=IDENTIFIER,
    stimulus_set_identifier=stimuli.identifier,
    assembly_class_name="NeuroidAssembly",
    bucket_name=BUCKET,
    catalog_identifier=None,
)
print(stimulus_meta)
print(assembly_meta)
