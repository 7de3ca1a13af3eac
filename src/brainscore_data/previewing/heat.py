"""A heat map of presentations and neuroids, as a small png."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from brainscore_data.previewing.sampling import mean
from brainscore_data.previewing.seen import HeatMap, Picture

if TYPE_CHECKING:
    import numpy as np

_MOST = 160  # bins each way
# viridis at every ninth of its length (CC0, https://bids.github.io/colormap/): it keeps its order in
# grey and for those who do not tell red from green.
_COLOURS = (
    *((68, 1, 84), (72, 40, 120), (62, 74, 137), (49, 104, 142), (38, 130, 142)),
    *((31, 158, 137), (53, 183, 121), (110, 206, 88), (181, 222, 43), (253, 231, 37)),
)


def heat_map(values: np.ndarray) -> HeatMap | None:
    """Draw the means of shape (presentations, neuroids); None where there are no two of each."""
    import numpy as np
    from PIL import Image

    if min(values.shape) < 2 or not np.isfinite(values).any():
        return None
    binned = _binned(_binned(values).T).T
    known = binned[np.isfinite(binned)]
    low, high = (float(each) for each in np.percentile(known, [1, 99]))
    share = (binned - low) / (high - low) if high > low else np.zeros(binned.shape)
    levels = np.nan_to_num(np.clip(share, 0, 1) * (len(_COLOURS) - 1))
    colours = np.array(_COLOURS, dtype=float)
    below = np.minimum(levels.astype(int), len(_COLOURS) - 2)
    part = (levels - below)[..., np.newaxis]
    pixels = np.zeros((*binned.shape, 4), dtype=np.uint8)
    pixels[..., :3] = (colours[below] * (1 - part) + colours[below + 1] * part).round()
    pixels[..., 3] = np.where(np.isfinite(binned), 255, 0)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG", optimize=True)
    content = base64.b64encode(written.getvalue()).decode("ascii")
    rows, columns = values.shape
    picture = Picture("image/png", content, binned.shape[1], binned.shape[0])
    return HeatMap(picture, rows, columns, low, high)


def _binned(values: np.ndarray) -> np.ndarray:
    import numpy as np

    if len(values) <= _MOST:
        return values
    return np.stack([mean(part, axis=0) for part in np.array_split(values, _MOST)])
