"""Four small studies as labs have them, made from seeds: `python examples/make.py FOLDER`.

Nobody was recorded. Each is a folder without a dataset.toml, as it lies on somebody's disk; what
`brainscore-data init` made of it, with the options in OPTIONS, is committed beside this file.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import openpyxl
from PIL import Image
from scipy.io import savemat

#: What is not in the files: told to `init` by options.
OPTIONS = {
    "matlab-images": [
        *("--name", "Doe2026", "--measured", "Rates of simulated V4 neurons to textures"),
        *("--visibility", "public", "--license", "CC0-1.0", "--order", "rounds"),
    ],
    "jspsych-choices": [
        *("--name", "Lee2026", "--measured", "Which of two textures looked rougher"),
        *("--visibility", "public", "--consent", "yes", "--license", "CC0-1.0"),
        *("--practice", "phase=practice"),
    ],
    "nwb-videos": [
        *("--name", "Kim2026", "--measured", "Spikes of simulated IT neurons during films"),
        *("--visibility", "public", "--license", "CC0-1.0", "--bins", "0:400:100"),
    ],
    "sentences": [
        *("--name", "Roe2026", "--measured", "Responses of simulated voxels, and ratings"),
        *("--visibility", "public", "--consent", "yes", "--license", "CC0-1.0"),
        *("--practice", "none"),
    ],
}


def random(name: str) -> np.random.RandomState:
    """Give a stream that numpy promises to keep, another one for each study."""
    return np.random.RandomState(list(name.encode()))


def picture(folder: Path, name: str, stream: np.random.RandomState) -> None:
    """Write a texture."""
    pixels = stream.randint(0, 256, (8, 8), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(folder / name)


def matlab_images(folder: Path) -> None:
    """An image study whose rig writes MATLAB: rates in one file, what the neurons are in another."""
    stream = random("matlab-images")
    for number in range(1, 9):
        picture(folder / "stimuli", f"texture_{number}.png", stream)
    rates = stream.poisson(8, (24, 6, 3)) / 0.05  # 3 x 8 textures, 6 neurons, 3 bins of 50 ms
    savemat(folder / "responses_V4.mat", {"rates": rates}, do_compression=True)
    neuroids = np.array(
        [(f"V4-{n}", "V4", 0.1 * n) for n in range(1, 7)],
        dtype=[("neuroid_id", "O"), ("region", "O"), ("depth_mm", "f8")],
    )
    bins = np.array(
        [(start, start + 50) for start in (50, 100, 150)],
        dtype=[("time_bin_start", "f8"), ("time_bin_end", "f8")],
    )
    savemat(folder / "recording.mat", {"neuroids": neuroids, "bins": bins}, do_compression=True)


def jspsych_choices(folder: Path, *, prolific: bool = False) -> None:
    """An online experiment: a file for each participant, with practice and what jsPsych adds."""
    stream = random("jspsych-choices")
    for number in range(1, 7):
        picture(folder / "images", f"pair_{number}.png", stream)
    (folder / "data").mkdir()
    for participant in ("1", "2"):
        trials: list[dict[str, object]] = [{"trial_type": "preload", "phase": "start"}]
        shown = [("practice", 1), *(("main", each) for each in stream.permutation(6) + 1)]
        trials += [
            {
                "trial_type": "image-keyboard-response",
                "stimulus": f"images/pair_{number}.png",
                "response": "fj"[stream.randint(2)],
                "rt": int(stream.randint(300, 900)),
                "phase": phase,
            }
            for phase, number in shown
        ]
        for index, trial in enumerate(trials):
            trial["trial_index"] = index
            if prolific:
                trial["prolific_pid"] = f"5c5dd44b8eb9dd0001a2b3c{participant}"
        file = folder / "data" / f"sub-{participant}.json"
        file.write_text(json.dumps(trials, indent=1) + "\n")


def nwb_videos(folder: Path) -> None:
    """A spike study: films, and a session with units and trials."""
    from pynwb import NWBHDF5IO, NWBFile

    stream = random("nwb-videos")
    (folder / "films").mkdir(parents=True)
    for number in range(1, 5):
        with av.open(folder / "films" / f"film_{number}.mp4", "w") as container:
            video = container.add_stream("mpeg4", rate=25)
            video.width = video.height = 32
            for frame in stream.randint(0, 256, (6, 4, 4, 3), dtype=np.uint8):
                pixels = av.VideoFrame.from_ndarray(frame.repeat(8, 0).repeat(8, 1), "rgb24")
                container.mux(video.encode(pixels))
            container.mux(video.encode())
    session = NWBFile(
        session_description="films, shown while IT was recorded (simulated)",
        identifier="Kim2026",
        session_start_time=datetime(2026, 1, 1, tzinfo=UTC),
    )
    probe = session.create_device(name="probe")
    shank = session.create_electrode_group(
        name="shank", description="one shank", location="IT", device=probe
    )
    for _ in range(3):
        session.add_electrode(location="IT", group=shank)
    for electrode in range(3):
        spikes = np.sort(stream.uniform(0, 8, 60))
        session.add_unit(spike_times=spikes, electrodes=[electrode])
    session.add_trial_column(name="stimulus_id", description="the film")
    for trial in range(16):
        session.add_trial(
            start_time=trial / 2, stop_time=trial / 2 + 0.4, stimulus_id=f"film_{trial % 4 + 1}"
        )
    with NWBHDF5IO(folder / "session.nwb", "w") as io:
        io.write(session, cache_spec=False)


def sentences(folder: Path) -> None:
    """A language study: responses of voxels in numpy's form, sentences and ratings in a workbook."""
    stream = random("sentences")
    folder.mkdir()
    said = [f"The {a} {v} the {o}." for a, v, o in (
        *(("cat", "saw", "dog"), ("dog", "heard", "cat"), ("child", "drew", "house")),
        *(("wind", "moved", "tree"), ("train", "left", "town"), ("baker", "sold", "bread")),
    )]  # fmt: skip
    np.save(folder / "bold.npy", stream.normal(size=(6, 4)).astype("float32"))
    with (folder / "voxels.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("neuroid_id", "region"), *((f"voxel_{n}", "IFG") for n in range(1, 5))])
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sentences"
    sheet.append(["stimulus_id", "sentence"])
    for number, sentence in enumerate(said, 1):
        sheet.append([f"sentence_{number}", sentence])
    ratings = book.create_sheet("Ratings")
    ratings.append(["stimulus_id", "participant", "rating"])
    for participant in ("01", "02"):
        for number in range(1, 7):
            ratings.append([f"sentence_{number}", participant, int(stream.randint(1, 8))])
    book.save(folder / "study.xlsx")


STUDIES = {
    "matlab-images": matlab_images,
    "jspsych-choices": jspsych_choices,
    "nwb-videos": nwb_videos,
    "sentences": sentences,
}

if __name__ == "__main__":
    for name, make in STUDIES.items():
        make(Path(sys.argv[1]) / name)
