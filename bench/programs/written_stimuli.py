"""Write the zip and the csv of a dataset's stimulus set, hashes included, and tell what that took."""

import json
import sys
import time
from pathlib import Path

from peak import peak_from_here, peak_mib

who, dataset, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])


def reference():
    import pandas as pd
    from brainscore_core.supported_data_standards.brainio import packaging
    from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet

    table = pd.read_csv(dataset / "stimuli.csv")
    stimuli = StimulusSet(table.drop(columns="filename"))
    paths = [dataset / "stimuli" / name for name in table["filename"]]
    stimuli.stimulus_paths = dict(zip(table["stimulus_id"], paths, strict=True))

    def write():
        _, names = packaging.create_stimulus_zip(stimuli, str(target / "stimuli.zip"))
        stimuli["filename"] = names
        packaging.create_stimulus_csv(stimuli, str(target / "stimuli.csv"))

    return write


def ours():
    from brainscore_data.base.progress import Quiet
    from brainscore_data.packaging.stimulus_files import write_stimulus_csv, write_stimulus_zip
    from brainscore_data.stimuli.content import open_stimulus_set

    content = open_stimulus_set(
        "Bench2024", dataset / "stimuli.csv", dataset / "stimuli", root=dataset
    )

    def write():
        table, archive = target / "stimuli.csv", target / "stimuli.zip"
        write_stimulus_csv(content, table)
        write_stimulus_zip(content, archive, Quiet())

    return write


target.mkdir(exist_ok=True)
write = {"reference": reference, "ours": ours}[who]()
idle = peak_from_here()
begin, cpu = time.perf_counter(), time.process_time()
write()
seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
peak = peak_mib()
size = sum(path.stat().st_size for path in target.iterdir())
print(
    json.dumps(
        {"seconds": seconds, "cpu_seconds": cpu, "peak_mib": peak, "idle_mib": idle, "size": size}
    )
)
