"""Sentences that were read, in the coordinates of an assembly without a stimulus set."""

import os

import numpy as np
import pandas as pd
from brainscore_core.supported_data_standards.brainio.assemblies import NeuroidAssembly
from brainscore_core.supported_data_standards.brainio.packaging import upload_to_s3, write_netcdf

BUCKET = os.environ["BUCKET"]
NAME = "Doe2024.language"

table = pd.read_csv(os.environ["SENTENCES"])
words = [name for name in table.columns if name.startswith("stim") and name[4:].isdigit()][:12]
sentences = [" ".join(map(str, row)) for row in table[words].to_numpy()]
assembly = NeuroidAssembly(
    np.arange(len(sentences) * 3).reshape(len(sentences), 3) / 3,
    coords={
        "stimulus_id": ("presentation", np.arange(len(sentences))),
        "sentence": ("presentation", sentences),
        "neuroid_id": ("neuroid", [1, 2, 3]),
        "atlas": ("neuroid", ["language", "language", "auditory"]),
    },
    dims=["presentation", "neuroid"],
)
assembly.attrs["identifier"] = NAME
key = "assy_" + NAME.replace(".", "_") + ".nc"
sha1 = write_netcdf(assembly, key)
response = upload_to_s3(key, BUCKET, key)
print({"identifier": NAME, "sha1": sha1, "version_id": response["VersionId"]})
