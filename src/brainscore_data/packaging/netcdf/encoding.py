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

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from brainscore_data.assemblies.contract.variables import (
    BYTES_PER_TEXT,
    CodedTexts,
    Variable,
    survey,
)

if TYPE_CHECKING:
    import numpy as np

#: Padding to a common width may cost this many times the text, and this much more.
PADDING_FACTOR, PADDING_ALLOWANCE = 8, 1 << 20


@dataclass(frozen=True)
class Encoding:
    """How one variable is stored."""

    #: A netCDF datatype as numpy spells it; ``S1`` for characters, ``str`` for long strings.
    datatype: str
    #: Bytes per string, the length of the last dimension; 0 for what is not characters.
    width: int = 0
    #: What tells readers how to decode it.
    attributes: Mapping[str, Any] = field(default_factory=dict)
    #: All strings of the variable, if they were few enough different ones to keep.
    texts: CodedTexts | None = field(default=None, repr=False, compare=False)

    @property
    def itemsize(self) -> int:
        """What one element takes in the file; for long strings, the reference to it."""
        import numpy as np

        return 16 if self.datatype == "str" else np.dtype(self.datatype).itemsize

    @property
    def bytes_per_value(self) -> int:
        """What one value takes in memory while it is written."""
        text = self.datatype == "str" or self.width > 0
        return self.width + BYTES_PER_TEXT if text else self.itemsize

    def stored_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of a variable in the file: strings have their characters as last axis."""
        return (*shape, self.width) if self.width else shape

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Turn a slab of what is no string into what is stored."""
        return values.view(self.datatype) if values.dtype.kind in "bM" else values


def encoding_of(variable: Variable) -> Encoding:
    """Choose how to store a variable; depends on its values only, and reads them if strings."""
    kind = variable.dtype.kind
    if kind == "b":
        return Encoding("i1", attributes={"dtype": "bool"})
    if kind == "M":
        units = "nanoseconds since 1970-01-01"
        return Encoding("i8", attributes={"units": units, "calendar": "proleptic_gregorian"})
    if kind != "O":
        return Encoding(variable.dtype.str[1:])
    found = survey(variable)
    if found.width * variable.size > PADDING_FACTOR * found.total + PADDING_ALLOWANCE:
        return Encoding("str", texts=found.texts)
    attributes = {"_Encoding": "utf-8"}
    return Encoding("S1", width=found.width, attributes=attributes, texts=found.texts)
