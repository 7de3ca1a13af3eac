"""Films and frames in NWB sessions, drawn from them: every pixel as it was, or nothing."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import av
import h5py
import numpy as np
import pytest
from nwb_sessions import film_elsewhere
from PIL import Image

from brainscore_data.arrays.nwb_stimuli import draw_stimuli, parts_in
from brainscore_data.base.errors import DataError
from brainscore_data.tables.formats import open_table

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(23)
GREY = RNG.integers(0, 256, (5, 18, 23), dtype="uint8")
COLOURS = RNG.integers(0, 256, (4, 16, 17, 3), dtype="uint8")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session with two films, one that is shown frame by frame, and one beside it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pynwb's own, of what it will rename
        from pynwb import NWBHDF5IO, NWBFile
        from pynwb.base import Images
        from pynwb.image import GrayscaleImage, ImageSeries, IndexSeries, OpticalSeries

        nwb = NWBFile(
            session_description="films",
            identifier="doe2026",
            session_start_time=datetime(2026, 1, 1, tzinfo=UTC),
        )
        nwb.add_stimulus(
            OpticalSeries(
                name="waves", data=GREY, unit="n.a.", rate=30000 / 1001, starting_time=4.5,
                distance=0.5, field_of_view=[0.3, 0.4], orientation="upright", format="raw",
            )
        )  # fmt: skip
        nwb.add_stimulus(
            ImageSeries(
                name="clouds", data=COLOURS, unit="n.a.", timestamps=np.array([1, 1.1, 1.2, 1.3])
            )
        )
        nwb.add_stimulus(
            film_elsewhere(
                name="third", external_file=["films/rain.mp4"], starting_time=2.0, num_samples=9
            )
        )
        templates = ImageSeries(name="scenes", data=GREY[:3], unit="n.a.", rate=1.0)
        nwb.add_stimulus_template(templates)
        images = Images(name="images", images=[GrayscaleImage(name="im", data=GREY[0])])
        nwb.add_stimulus_template(images)
        index = np.array([2, 0], "uint32")
        nwb.add_stimulus(
            IndexSeries(name="order", data=index, indexed_images=images, unit="N/A", rate=2.0)
        )
        path = tmp_path_factory.mktemp("films") / "session.nwb"
        with NWBHDF5IO(str(path), "w") as io:
            io.write(nwb)
    with h5py.File(path, "a") as file:  # as older versions wrote it
        del file["stimulus/presentation/order/indexed_images"], file["stimulus/templates/images"]
        file["stimulus/presentation/order/indexed_timeseries"] = h5py.SoftLink(
            "/stimulus/templates/scenes"
        )
    return path


@pytest.fixture
def session(written: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    path = tmp_path / "session.nwb"
    path.write_bytes(written.read_bytes())
    return path


def frames_of(film: Path, colours: str) -> tuple[np.ndarray, float]:
    with av.open(str(film)) as container:
        frames = [frame.to_ndarray(format=colours) for frame in container.decode(video=0)]
        return np.stack(frames), float(container.streams.video[0].average_rate or 0)


def test_films_are_drawn_without_a_loss_and_with_their_rate(session: Path, tmp_path: Path):
    names = draw_stimuli(session, tmp_path)
    scenes = [f"scenes_{number}.png" for number in range(3)]
    assert sorted(names) == sorted(parts_in(session)[1]) == ["clouds.avi", *scenes, "waves.avi"]
    waves, rate = frames_of(tmp_path / "waves.avi", "gray")
    np.testing.assert_array_equal(waves, GREY)
    assert rate == pytest.approx(30000 / 1001, rel=1e-6)
    clouds, rate = frames_of(tmp_path / "clouds.avi", "rgb24")
    np.testing.assert_array_equal(clouds, COLOURS)
    assert rate == pytest.approx(10)


def test_what_is_shown_frame_by_frame_is_pictures_that_the_table_names(session: Path, tmp_path):
    draw_stimuli(session, tmp_path)
    shown = open_table(session, "stimulus/presentation/order").texts("stimulus_id")
    assert shown == ["scenes_2", "scenes_0"]
    for number in range(3):
        with Image.open(tmp_path / f"scenes_{number}.png") as drawn:
            np.testing.assert_array_equal(np.asarray(drawn), GREY[number])


def test_the_same_session_gives_the_same_bytes(session: Path, tmp_path: Path):
    films = []
    for each in ("one", "two"):
        (tmp_path / each).mkdir()
        draw_stimuli(session, tmp_path / each)
        films.append([path.read_bytes() for path in sorted((tmp_path / each).glob("*.avi"))])
    assert films[0] == films[1]


def test_a_table_says_which_film_was_shown_when(session: Path):
    table = open_table(session, "stimulus/presentation")
    assert table.texts("stimulus_id") == ["clouds", "rain", "waves"]
    assert table.texts("start_time") == ["1", "2", "4.5"]


def changed(session: Path, values: dict[str, Any]) -> None:
    with h5py.File(session, "a") as file:
        for name, its in values.items():
            kept = dict(file[name].attrs)
            del file[name]
            file[name] = its
            file[name].attrs.update(kept)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"waves/data": GREY / 255}, "waves: its pixels are float64, and an avi has whole numbers"),
        ({"waves/data": RNG.integers(0, 9, (2, 3, 4, 5), "u1")}, r"its shape is \(2, 3, 4, 5\)"),
        ({"clouds/timestamps": [1, 1.1, 1.2, 9]}, r"clouds: .*shown for 0\.1 to 7\.8 s"),
        ({"clouds/timestamps": [1.0, 1, 1, 1]}, "does not say how fast"),
    ],
)
def test_what_is_no_film_is_named_with_what_to_do(session: Path, tmp_path, values, said: str):
    changed(session, {f"stimulus/presentation/{name}": its for name, its in values.items()})
    with pytest.raises(DataError, match=said) as caught:
        draw_stimuli(session, tmp_path)
    assert caught.value.hint


def test_a_film_that_lost_something_is_refused(session: Path, tmp_path: Path, monkeypatch):
    from brainscore_data.arrays import nwb_stimuli

    frames = nwb_stimuli._frames

    def fewer(film: Path, colours: str) -> Any:
        return list(frames(film, colours))[:-1]

    monkeypatch.setattr(nwb_stimuli, "_frames", fewer)
    with pytest.raises(DataError, match="without a loss"):
        draw_stimuli(session, tmp_path)
