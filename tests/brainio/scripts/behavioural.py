"""Pictures in a folder and a csv of choices: stimulus set and BehavioralAssembly."""

import os
from pathlib import Path

import pandas as pd
from brainscore_core.supported_data_standards.brainio.assemblies import BehavioralAssembly
from brainscore_core.supported_data_standards.brainio.packaging import (
    package_data_assembly,
    package_stimulus_set,
)
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

NAME = "Doe2024_pictures"
BUCKET = os.environ["BUCKET"]
FOLDER = Path(os.environ["STIMULI"])

stimuli, paths = [], {}
for number, path in enumerate(sorted(FOLDER.glob("*.png"))):
    stimuli.append({"stimulus_id": path.stem, "ground_truth": "cup" if number % 2 else "duck"})
    paths[path.stem] = path
stimuli = StimulusSet(stimuli)
stimuli.stimulus_paths = paths
stimuli.name = stimuli.identifier = NAME

trials = pd.DataFrame(
    {
        "stimulus_id": [each for each in stimuli["stimulus_id"] for _ in range(2)],
        "subject": ["one", "two"] * len(stimuli),
        "rt": [0.5 + number / 8 for number in range(2 * len(stimuli))],
        "choice": ["cup", "duck", "duck"] * 6 + ["cup", "cup"],
    }
)
assembly = BehavioralAssembly(
    trials["choice"].to_numpy(dtype=str),
    coords={
        name: ("presentation", trials[name].to_numpy()) for name in ("stimulus_id", "subject", "rt")
    },
    dims=["presentation"],
)
assembly.name = NAME

print(package_stimulus_set(None, stimuli, stimulus_set_identifier=stimuli.name, bucket_name=BUCKET))
print(
    package_data_assembly(
        None,
        assembly,
        assembly_identifier=assembly.name,
        stimulus_set_identifier=stimuli.name,
        assembly_class_name="BehavioralAssembly",
        bucket_name=BUCKET,
    )
)
