"""StimulusSet where Brain-Score's own is not installed. Imported only when it is used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from brainscore_data.base.errors import DataError
from brainscore_data.base.text import some
from brainscore_data.brainio.callers import fails_as_callers_expect


class StimulusSet(pd.DataFrame):
    """A row per stimulus, and the way to its file.

    Attributes
    ----------
    identifier : str
        Its name.
    stimulus_paths : dict
        Stimulus id → Path.

    Examples
    --------
    >>> stimuli = StimulusSet({"stimulus_id": ["n1", "n2"], "object_name": ["cup", "duck"]})
    >>> stimuli.stimulus_paths = {"n1": "stimuli/n1.png", "n2": "stimuli/n2.png"}
    >>> stimuli[stimuli["object_name"] == "duck"].get_stimulus("n2")
    'stimuli/n2.png'
    """

    # Kept by what pandas makes of a table:
    # https://pandas.pydata.org/docs/development/extending.html#define-original-properties
    _metadata: ClassVar[list[str]] = ["identifier", "stimulus_paths"]

    @property
    def _constructor(self) -> type[StimulusSet]:
        return StimulusSet

    def get_stimulus(self, stimulus_id: Any) -> Any:
        """Give the path of a stimulus."""
        return self.stimulus_paths[stimulus_id]

    @classmethod
    def get_loader_class(cls) -> type[StimulusSetLoader]:
        """Name what loads it."""
        return StimulusSetLoader

    @classmethod
    def from_files(cls, csv_path: str | os.PathLike[str], dir_path: str | os.PathLike[str]) -> Any:
        """Load it from its csv and the folder with its stimuli.

        Raises
        ------
        DataError
            If a stimulus that the csv lists is not there.
        """
        return cls.get_loader_class()(cls, csv_path, dir_path).load()


class StimulusSetLoader:
    """Loads a stimulus set from a csv and a folder."""

    def __init__(
        self,
        cls: type[pd.DataFrame],
        csv_path: str | os.PathLike[str],
        stimuli_directory: str | os.PathLike[str],
    ) -> None:
        self.stimulus_set_class = cls
        self.csv_path = csv_path
        self.stimuli_directory = stimuli_directory

    @fails_as_callers_expect
    def load(self) -> Any:
        """Give the stimulus set, with the paths of its stimuli."""
        table = pd.read_csv(self.csv_path)
        if "stimulus_id" not in table and "image_id" in table:
            table["stimulus_id"] = table["image_id"]
        if absent := [name for name in ("stimulus_id", "filename") if name not in table]:
            raise DataError(f"there is no column {absent[0]!r}", where=str(self.csv_path))
        folder = Path(self.stimuli_directory)
        names = table["filename"].astype(str)
        if missing := [name for name in names if not (folder / name).is_file()]:
            raise DataError(
                f"these stimuli are not in {folder}: {some(missing, 3, str)}",
                where=str(self.csv_path),
                hint="csv and stimuli have to be of one version",
            )
        stimuli: Any = self.stimulus_set_class(table)
        stimuli.stimulus_paths = {
            stimulus_id: folder / name
            for stimulus_id, name in zip(table["stimulus_id"], names, strict=True)
        }
        return stimuli
