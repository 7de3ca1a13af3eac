"""brainscore-core's own check of images, one after the other. Arguments: the folder."""

import json
import sys
import time
from pathlib import Path

from brainscore_core.supported_data_standards.brainio.packaging import check_image_format
from peak import peak_mib
from PIL import Image

files = sorted(Path(sys.argv[1], "stimuli").iterdir())
begin = time.perf_counter()
for path in files:
    check_image_format(Image.open(path), path)
seconds = time.perf_counter() - begin
peak = peak_mib()
print(json.dumps({"seconds": seconds, "peak_mib": peak}))
