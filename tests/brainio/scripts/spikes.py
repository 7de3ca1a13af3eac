"""Times of spikes, with when each stimulus was shown in an extra group."""

import os
from pathlib import Path

import numpy as np
from brainscore_core.supported_data_standards.brainio.assemblies import (
    MetadataAssembly,
    SpikeTimesAssembly,
)
from brainscore_core.supported_data_standards.brainio.packaging import (
    package_data_assembly,
    package_stimulus_set,
)
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

BUCKET = os.environ["BUCKET"]
FOLDER = Path(os.environ["STIMULI"])

stimuli = StimulusSet([{"stimulus_id": f"n{number}", "shade": number} for number in range(10)])
stimuli.stimulus_paths = {f"n{number}": FOLDER / f"n{number}.png" for number in range(10)}
print(package_stimulus_set(None, stimuli, "Doe2024.shown", BUCKET))

spikes = SpikeTimesAssembly(
    np.array([0.125, 0.25, 0.5, 1.75, 3.0]),
    coords={
        "neuroid_id": ("event", ["a", "a", "b", "b", "b"]),
        "channel": ("event", [1, 1, 2, 2, 2]),
    },
    dims=["event"],
)
onsets = MetadataAssembly(
    np.arange(10) / 4,
    coords={
        "stimulus_id": ("event", [f"n{number}" for number in range(10)]),
        "repetition": ("event", [0] * 10),
    },
    dims=["event"],
)
print(
    package_data_assembly(
        None,
        spikes,
        "Doe2024.spikes",
        "Doe2024.shown",
        "SpikeTimesAssembly",
        BUCKET,
        {"onsets": onsets},
    )
)
