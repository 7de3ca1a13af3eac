"""The one list of kinds of media."""

from __future__ import annotations

import subprocess
import sys

import av
import numpy as np

# Everybody gets the list as if somebody had added a line to it.
_WITH_ANOTHER_KIND = """
import importlib.util, pathlib, sys
spec = importlib.util.find_spec("brainscore_data.media.kinds")
source = pathlib.Path(spec.origin).read_text()
line = '"ogg": MediaKind("audio", ("ogg", "oga"), (b"OggS",), demuxer="ogg"),'
source = source.replace("KINDS = {", "KINDS = {" + line, 1)
kinds = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = kinds
exec(source, vars(kinds))

from brainscore_data.check.repository.data_files import is_data
from brainscore_data.drafting.inventory import take_inventory
from brainscore_data.media.decoding import decoded
from brainscore_data.media.kinds import kind_of_name, media_of
from brainscore_data.stimuli.files import list_stimuli

made = pathlib.Path(sys.argv[1])
found = decoded(made.read_bytes())
assert (found.kind, found.error, found.samplerate) == ("ogg", None, 48000), found
assert media_of(kind_of_name("s1.oga")) == "audio"
(made.parent / "s1.oga").write_bytes(made.read_bytes())
[drafted] = take_inventory(made.parent).stimuli
listed = list_stimuli(made.parent, metadata=made.parent / "no.csv", root=made.parent)
assert set(listed.sizes) == set(drafted.members) == {"s1.oga", "sound.ogg"}
assert is_data("s1.oga")
"""


def test_another_kind_is_one_line_in_one_file(tmp_path):
    made = tmp_path / "sound.ogg"
    with av.open(str(made), "w") as container:
        track = container.add_stream("libopus", rate=48000)
        noise = np.zeros((1, 48000), dtype=np.int16)
        frame = av.AudioFrame.from_ndarray(noise, format="s16", layout="mono")
        frame.sample_rate = 48000
        container.mux([*track.encode(frame), *track.encode(None)])
    subprocess.run([sys.executable, "-c", _WITH_ANOTHER_KIND, str(made)], check=True)
