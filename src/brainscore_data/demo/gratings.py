"""The example dataset: drifting gratings, simulated V1 responses and a behavioural task.

    python -m brainscore_data.demo.gratings FOLDER

writes it into FOLDER, everywhere with the same bytes: no clock, no compression library and no
number whose last digit depends on the processor goes into a file. It needs numpy only.

The simulated neurons are textbook V1 (Gaussian tuning to orientation and to log spatial
frequency, contrast gain after Naka and Rushton, simple cells that follow the phase and complex
cells that do not, Poisson spike counts). They illustrate the format, not a finding.
"""

from __future__ import annotations

import binascii
import csv
import struct
import sys
import zlib
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

SEED = 2026
# numpy promises the stream of this legacy generator for good; that of default_rng may change.
Random = np.random.RandomState

PIXELS = 64
DEGREES = 4.0  # of visual angle, over the width of an image
ORIENTATIONS = (0, 30, 60, 90, 120, 150)  # degrees; of the bars, 0 is horizontal
SPATIAL_FREQUENCIES = (0.5, 1.0, 2.0)  # cycles per degree
PHASES = (0, 90)  # degrees; two frames of the drift
CONTRASTS = (0.25, 1.0)  # Michelson

REPETITIONS = 5
TIME_BINS = ((0, 50), (50, 100), (100, 150), (150, 200))  # ms after stimulus onset
TIME_COURSE = (0.05, 1.0, 0.6, 0.4)  # latency of 50 ms, a transient, then a sustained response

PARTICIPANTS = 6
PRACTICE_TRIALS = 6
BLOCKS = 2
DEADLINE = 1500  # ms; a slower response counts as missed

Table = list[dict[str, Any]]


def write(folder: Path) -> None:
    """Write the dataset, with its ``dataset.toml``, into a folder."""
    (folder / "stimuli").mkdir(parents=True, exist_ok=True)
    random = Random(SEED)
    manifest = files(__package__).joinpath("gratings.toml").read_bytes()
    (folder / "dataset.toml").write_bytes(manifest)

    stimuli = make_stimuli()
    for stimulus in stimuli:
        png = encode_png(draw_grating(stimulus))
        (folder / "stimuli" / stimulus["filename"]).write_bytes(png)
    write_csv(folder / "stimuli.csv", stimuli)

    neuroids = make_neuroids(random)
    presentations, shown = make_presentations(stimuli, random)
    responses = simulate_responses(shown, neuroids, random)
    np.save(folder / "responses.npy", responses)
    write_csv(folder / "presentations.csv", presentations)
    write_csv(folder / "neuroids.csv", neuroids)
    write_csv(
        folder / "time_bins.csv",
        [{"time_bin_start": start, "time_bin_end": end} for start, end in TIME_BINS],
    )

    write_csv(folder / "trials.csv", simulate_trials(stimuli, random))


# --- stimuli ---------------------------------------------------------------------------------


def make_stimuli() -> Table:
    """List 72 gratings: every orientation, spatial frequency, phase and contrast."""
    conditions = product(ORIENTATIONS, SPATIAL_FREQUENCIES, PHASES, CONTRASTS)
    return [
        {
            "stimulus_id": f"grating_{number}",
            "filename": f"grating_{number}.png",
            "orientation_deg": orientation,
            "spatial_frequency_cpd": frequency,
            "phase_deg": phase,
            "contrast": contrast,
        }
        for number, (orientation, frequency, phase, contrast) in enumerate(conditions, start=1)
    ]


def draw_grating(stimulus: dict[str, Any]) -> np.ndarray:
    """Draw a sine grating behind a round aperture on mid-grey: (PIXELS, PIXELS) uint8."""
    degrees = ((np.arange(PIXELS) + 0.5) / PIXELS - 0.5) * DEGREES
    x, y = np.meshgrid(degrees, degrees)
    angle = np.deg2rad(stimulus["orientation_deg"])
    across = x * np.sin(angle) + y * np.cos(angle)
    cycles = stimulus["spatial_frequency_cpd"] * across + stimulus["phase_deg"] / 360
    wave = stimulus["contrast"] * np.sin(2 * np.pi * cycles)
    wave[np.hypot(x, y) > DEGREES / 2] = 0
    levels: np.ndarray = np.round(settled(127.5 + 127.5 * wave))
    return levels.astype(np.uint8)


def encode_png(grey: np.ndarray) -> bytes:
    """Encode 8-bit greyscale without compressing: the same bytes wherever it runs.

    Any real compression would tie the bytes to one build of zlib. Source of the format: the PNG
    specification (W3C, third edition) and RFC 1950 and 1951 for the one stored block in it.
    """
    height, width = grey.shape
    rows = b"".join(b"\0" + row.tobytes() for row in grey)  # 0: no filter
    stored = struct.pack("<BHH", 1, len(rows), len(rows) ^ 0xFFFF) + rows
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows)))
        + _png_chunk(b"IEND", b"")
    )


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", binascii.crc32(kind + body))
    )


# --- neural responses ------------------------------------------------------------------------


def make_neuroids(random: np.random.RandomState) -> Table:
    """Place 24 neuroids on the arrays of two animals, 12 on each: a corner of 3 x 4 electrodes."""
    neuroids = []
    for animal, row, column in product(("A", "B"), range(3), range(4)):
        neuroids.append(
            {
                "neuroid_id": f"{animal}_{row}_{column}",
                "region": "V1",
                "animal": animal,
                "hemisphere": {"A": "left", "B": "right"}[animal],
                "electrode_row": row,
                "electrode_column": column,
                "cell_type": "simple" if random.random_sample() < 0.5 else "complex",
                "preferred_orientation_deg": round(random.uniform(0, 180), 1),
                "preferred_spatial_frequency_cpd": round(2 ** random.uniform(-1, 1), 2),
                "preferred_phase_deg": round(random.uniform(0, 360), 1),
                "max_rate_hz": round(random.uniform(30, 90), 1),
            }
        )
    return neuroids


def make_presentations(stimuli: Table, random: np.random.RandomState) -> tuple[Table, Table]:
    """Show every stimulus once per repetition, in a new order each time."""
    presentations, shown = [], []
    for repetition in range(REPETITIONS):
        for index in random.permutation(len(stimuli)):
            shown.append(stimuli[index])
            presentations.append(
                {"stimulus_id": stimuli[index]["stimulus_id"], "repetition": repetition}
            )
    return presentations, shown


def simulate_responses(shown: Table, neuroids: Table, random: np.random.RandomState) -> np.ndarray:
    """Count spikes: (presentation, neuroid, time_bin), int16."""

    def of_stimulus(name: str) -> np.ndarray:
        return np.array([stimulus[name] for stimulus in shown], float)[:, None]

    def of_neuroid(name: str) -> np.ndarray:
        return np.array([neuroid[name] for neuroid in neuroids], float)[None, :]

    apart = of_stimulus("orientation_deg") - of_neuroid("preferred_orientation_deg")
    apart = (apart + 90) % 180 - 90
    octaves = np.log2(
        of_stimulus("spatial_frequency_cpd") / of_neuroid("preferred_spatial_frequency_cpd")
    )
    tuning = np.exp(-0.5 * (apart / 20) ** 2) * np.exp(-0.5 * octaves**2)
    contrast = of_stimulus("contrast") ** 2
    gain = contrast / (contrast + 0.3**2)  # Naka-Rushton: exponent 2, half-saturation at 0.3
    shift = np.deg2rad(of_stimulus("phase_deg") - of_neuroid("preferred_phase_deg"))
    simple = np.array([neuroid["cell_type"] == "simple" for neuroid in neuroids])
    phase = np.where(simple, 1 + np.cos(shift), 1.0)  # the mean over phases is 1 for both

    evoked = of_neuroid("max_rate_hz") * tuning * gain * phase
    rates = 3.0 + evoked[:, :, None] * np.array(TIME_COURSE)  # spikes/s, over a baseline of 3
    seconds = np.array([end - start for start, end in TIME_BINS]) / 1000
    counts: np.ndarray = random.poisson(settled(rates * seconds))
    return counts.astype("<i2")


# --- behaviour -------------------------------------------------------------------------------


def simulate_trials(stimuli: Table, random: np.random.RandomState) -> Table:
    """Ask whether the bars are nearer to horizontal or to vertical; export as an experiment does.

    Low contrast and orientations far from both make responses slower and less often correct.
    """
    trials: Table = []
    for participant in range(1, PARTICIPANTS + 1):
        speed = random.uniform(450, 650)
        practice = random.permutation(len(stimuli))[:PRACTICE_TRIALS]
        blocks = [("practice", 0, practice)]
        blocks += [("main", block, random.permutation(len(stimuli))) for block in range(BLOCKS)]
        index = 0
        for trial_type, block, order in blocks:
            for stimulus in (stimuli[number] for number in order):
                trials.append(
                    {
                        "participant": participant,
                        "trial_index": index,
                        "trial_type": trial_type,
                        "repetition": block,
                        "image_url": f"https://example.org/gratings/v2/{stimulus['filename']}",
                        **_respond(stimulus, speed, random),
                        "browser": "Firefox" if participant % 2 else "Chrome",
                    }
                )
                index += 1
    return trials


def _respond(
    stimulus: dict[str, Any], speed: float, random: np.random.RandomState
) -> dict[str, Any]:
    from_horizontal = min(stimulus["orientation_deg"], 180 - stimulus["orientation_deg"])
    correct_choice = "horizontal" if from_horizontal < 45 else "vertical"
    other_choice = "vertical" if correct_choice == "horizontal" else "horizontal"
    difficulty = 0.08 * (stimulus["contrast"] < 1) + 0.12 * (from_horizontal in (30, 60))
    is_correct = bool(random.random_sample() < 0.98 - difficulty)
    rt = int(settled(speed * (1 + 2 * difficulty) * random.lognormal(0.0, 0.3)))
    if rt > DEADLINE:  # missed: the experiment leaves both cells empty
        return {"choice": "", "correct": 0, "rt": ""}
    return {
        "choice": correct_choice if is_correct else other_choice,
        "correct": int(is_correct),
        "rt": rt,
    }


# --- files -----------------------------------------------------------------------------------


def settled(numbers: Any) -> Any:
    """Round away the digits in which processors' sines and exponentials differ."""
    return np.round(numbers, 6)


def write_csv(path: Path, rows: Table) -> None:
    """Write a table with a line feed behind each row, on every system."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
