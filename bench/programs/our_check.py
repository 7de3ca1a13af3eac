"""All rules about stimulus files. Arguments: the folder of a dataset, how many findings it has."""

import json
import resource
import sys
import time
from pathlib import Path

from brainscore_data.check.families import FAMILIES
from brainscore_data.check.running import run_rules
from brainscore_data.check.settings import Settings
from brainscore_data.check.subjects import find_subjects

family = next(family for family in FAMILIES if family.code == "BSD3")
begin = time.perf_counter()
settings = Settings()
outcome = run_rules(
    family.rules(), family.probe(find_subjects([Path(sys.argv[1])]), settings), settings
)
seconds = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
if len(outcome.findings) != int(sys.argv[2]):
    sys.exit(f"found {outcome.findings[:3]}")
print(json.dumps({"seconds": seconds, "peak_mib": peak}))
