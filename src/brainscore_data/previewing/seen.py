"""What was seen of an item, in numbers and small pictures: what comes out of the cage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["number", "text", "truth", "date"]


@dataclass(frozen=True)
class Histogram:
    """How often values lie in each of equally wide bins."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ColumnSeen:
    """A column of a table, or a coordinate."""

    name: str
    kind: Kind
    size: int
    missing: int
    distinct: int
    dims: tuple[str, ...] = ()  # of a coordinate
    low: str | None = None
    high: str | None = None
    histogram: Histogram | None = None  # of numbers with many values
    top: tuple[tuple[str, int], ...] = ()  # the most frequent values, of all others


@dataclass(frozen=True)
class Picture:
    """A small picture, as the base64 of a file that browsers know."""

    mime: Literal["image/png", "image/jpeg"]
    content: str
    width: int
    height: int


@dataclass(frozen=True)
class StimulusSeen:
    """One stimulus of the sample."""

    id: str
    filename: str
    detail: str = ""  # its size in pixels, its length
    picture: Picture | None = None
    wave: tuple[tuple[float, float], ...] = ()  # of a sound: lowest and highest of each stretch
    text: str = ""  # a sentence
    error: str = ""  # why there is none of these


@dataclass(frozen=True)
class StimuliSeen:
    """A stimulus set."""

    count: int
    files: int
    bytes: int
    columns: tuple[ColumnSeen, ...]
    ids: tuple[str, ...] = ()  # the first few
    id_column: str = ""
    rows: tuple[tuple[str, ...], ...] = ()  # the first of the table
    sample: tuple[StimulusSeen, ...] = ()
    without_file: int = 0
    without_row: int = 0
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ValuesSeen:
    """The measurements: counted in all of them, or where it is said in a sample."""

    size: int
    looked_at: int
    nan: int
    positive_infinite: int
    negative_infinite: int
    mean: float | None = None
    deviation: float | None = None
    low: float | None = None
    median: float | None = None
    high: float | None = None
    histogram: Histogram | None = None


@dataclass(frozen=True)
class HeatMap:
    """The mean of the measurements in bins of presentations and neuroids, darkest to lightest."""

    picture: Picture
    rows: int
    columns: int
    low: float
    high: float


@dataclass(frozen=True)
class Course:
    """Means over time: of all neuroids, and the middle half of them."""

    labels: tuple[str, ...]  # of the time bins
    mean: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True)
class Group:
    """What the measurements of one region, session or neuroid are like."""

    name: str
    count: int  # of neuroids or presentations
    mean: float | None
    deviation: float | None
    missing: float  # share, 0 to 1


@dataclass(frozen=True)
class Grouping:
    """All groups that a coordinate makes."""

    coordinate: str
    groups: tuple[Group, ...]
    left_out: int = 0


@dataclass(frozen=True)
class Reliability:
    """Split-half reliability, over neuroids."""

    median: float
    low: float  # the quartiles
    high: float
    neuroids: int
    stimuli: int
    splits: int
    histogram: Histogram


@dataclass(frozen=True)
class Repetitions:
    """How often stimuli were shown."""

    stimuli: int
    least: int
    median: float
    most: int
    in_stimulus_set: int | None = None  # how many stimuli that has
    not_shown: int | None = None  # of these
    unknown: int | None = None  # shown, and not in the stimulus set


@dataclass(frozen=True)
class Confusion:
    """How often each category was chosen for each."""

    truth: str  # the coordinate
    categories: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]  # a row for each true category


@dataclass(frozen=True)
class Behaviour:
    """Choices, and who made them."""

    choices: tuple[tuple[str, int], ...]
    confusion: Confusion | None = None
    participant: str = ""  # the coordinate
    participants: int = 0
    trials: Histogram | None = None  # trials of each participant
    trials_range: tuple[int, int] | None = None
    time: str = ""  # the coordinate with reaction times
    times: Histogram | None = None


@dataclass(frozen=True)
class Spikes:
    """Spike times: a raster of a few units, and rates of all."""

    units: int
    duration: float
    rates: Histogram | None
    raster: tuple[tuple[str, tuple[float, ...]], ...] = ()


@dataclass(frozen=True)
class AssemblySeen:
    """An assembly."""

    dims: tuple[tuple[str, int], ...]
    dtype: str
    coordinates: tuple[ColumnSeen, ...]
    values: ValuesSeen | None = None
    heat: HeatMap | None = None
    course: Course | None = None
    groupings: tuple[Grouping, ...] = ()
    repetitions: Repetitions | None = None
    reliability: Reliability | None = None
    behaviour: Behaviour | None = None
    spikes: Spikes | None = None
    sampled: str = ""  # which part the pictures are of, if not of all
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What is different from the version in the store."""

    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int  # rows of a table, or values of an assembly
    what: Literal["rows", "values", "not compared"]
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    files_changed: int = 0
    # (where, before, after)
    examples: tuple[tuple[str, str, str], ...] = field(default=())

    @property
    def none(self) -> bool:
        """Whether all is as it was."""
        return not (
            self.added
            or self.removed
            or self.changed
            or self.columns_added
            or self.columns_removed
            or self.files_changed
            or self.what == "not compared"
        )
