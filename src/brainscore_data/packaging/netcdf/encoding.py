"""How values become what every netCDF reader turns back into the same values.

=============  ======================================================  ===========================
values         stored as                                               read back through
=============  ======================================================  ===========================
numbers        themselves                                              nothing
booleans       int8 with the attribute ``dtype = "bool"``              xarray's own convention
datetime64     int64 nanoseconds since 1970-01-01, CF ``units``        CF time
strings        UTF-8 characters of fixed width, ``_Encoding``          xarray's own convention
long strings   netCDF's variable-length strings                        nothing
=============  ======================================================  ===========================

Nanoseconds since 1970-01-01 are the numbers that ``datetime64[ns]`` is made of: xarray 2022.3 and
2026.9 both decode them without a floating-point number on the way, from the earliest instant to
the latest, and the smallest integer as NaT.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from brainscore_data.packaging.netcdf.variables import slabs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from brainscore_data.packaging.netcdf.variables import Variable

#: Padding to a common width may cost this many times the text, and this much more.
PADDING_FACTOR, PADDING_ALLOWANCE = 8, 1 << 20
_BYTES_PER_OBJECT = 64


@dataclass(frozen=True)
class Encoding:
    """How one variable is stored.

    Attributes
    ----------
    datatype : str
        A netCDF datatype as numpy spells it; ``S1`` for characters, ``str`` for long strings.
    width : int
        Bytes per string, the length of the last dimension; 0 for what is not characters.
    attributes : Mapping
        What tells readers how to decode it.
    """

    datatype: str
    width: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def itemsize(self) -> int:
        """What one element takes in the file; for long strings, the reference to it."""
        import numpy as np

        return 16 if self.datatype == "str" else np.dtype(self.datatype).itemsize

    @property
    def bytes_per_value(self) -> int:
        """What one value takes in memory while it is written."""
        text = self.datatype == "str" or self.width > 0
        return self.width + _BYTES_PER_OBJECT if text else self.itemsize

    def stored_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of a variable in the file: strings have their characters as last axis."""
        return (*shape, self.width) if self.width else shape

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Turn a slab of values into what is stored."""
        import numpy as np

        if self.datatype == "str":
            return values
        if self.width:
            codes, texts = distinct(values)
            table: np.ndarray = np.array([text.encode() for text in texts], dtype=f"S{self.width}")
            characters: np.ndarray = table[codes].view("S1")
            return characters.reshape(*values.shape, self.width)
        if values.dtype.kind in "bM":
            return values.view(self.datatype)
        return values


def encoding_of(variable: Variable) -> Encoding:
    """Choose how to store a variable; depends on its values only, and reads them if strings.

    Examples
    --------
    >>> import xarray as xr
    >>> from brainscore_data.packaging.netcdf.variables import variable_of
    >>> encoding_of(variable_of("region", xr.Variable("neuroid", ["V4", "IT", "Zürich"])))
    Encoding(datatype='S1', width=7, attributes={'_Encoding': 'utf-8'})
    """
    import numpy as np

    kind = variable.dtype.kind
    if kind == "b":
        return Encoding("i1", attributes={"dtype": "bool"})
    if kind == "M":
        units = "nanoseconds since 1970-01-01"
        return Encoding("i8", attributes={"units": units, "calendar": "proleptic_gregorian"})
    if kind != "O":
        return Encoding(variable.dtype.str[1:])
    width, total = 1, 0  # netCDF has no dimension of fixed length 0
    for index in slabs(variable.shape, _BYTES_PER_OBJECT):
        codes, texts = distinct(variable.read(index))
        lengths = np.array([len(text.encode()) for text in texts])
        width, total = max(width, int(lengths.max())), total + int(lengths[codes].sum())
    if width * variable.size > PADDING_FACTOR * total + PADDING_ALLOWANCE:
        return Encoding("str")
    return Encoding("S1", width=width, attributes={"_Encoding": "utf-8"})


def distinct(values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Find the different texts of an array: most coordinates repeat a few.

    Returns
    -------
    numpy.ndarray, list of str
        For each value, in C order, the position of its text; and the texts.

    Examples
    --------
    >>> import numpy as np
    >>> codes, texts = distinct(np.array(["V4", "IT", "V4"], dtype=object))
    >>> codes.tolist(), texts
    ([0, 1, 0], ['V4', 'IT'])
    """
    import pandas as pd

    codes, texts = pd.factorize(values.reshape(-1), use_na_sentinel=False)
    return codes, texts.tolist()
