"""Charts as SVG, drawn with the text's own colour: one file for light, dark and paper.

Everything that is written into them is escaped here, by markupsafe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from brainscore_data.previewing.seen import Confusion, Course, Histogram, Spikes

_WIDTH, _HEIGHT = 320, 120
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 8, 18


def number(value: float | int | None) -> str:  # noqa: PYI041 - both forms are written
    """Write a number with as many digits as help.

    >>> number(0.123456), number(1234567.0), number(None), number(12)
    ('0.1235', '1.235e+06', 'none', '12')
    """
    if value is None:
        return "none"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _svg(label: str, parts: Iterable[str], width: int = _WIDTH, height: int = _HEIGHT) -> Markup:
    return Markup(  # noqa: S704 - what is not ours in it is escaped
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def bars(histogram: Histogram, label: str, *, small: bool = False) -> Markup:
    """Draw a histogram; a small one without its range."""
    width, height = (120, 28) if small else (_WIDTH, _HEIGHT)
    top, bottom = (1, 1) if small else (_TOP, _BOTTOM)
    left = 1 if small else _LEFT
    most = max(histogram.counts) or 1
    each = (width - 2 * left) / len(histogram.counts)
    room = height - top - bottom
    parts = []
    for place, count in enumerate(histogram.counts):
        # A single value among many is to be seen, too.
        tall = max(room * count / most, 1.0) if count else 0.0
        if tall:
            parts.append(
                f'<rect class="mark" x="{left + place * each:.1f}" y="{height - bottom - tall:.1f}" '
                f'width="{max(each - 0.8, 0.5):.1f}" height="{tall:.1f}"/>'
            )
    said = f"{label}: from {number(histogram.low)} to {number(histogram.high)}"
    if not small:
        parts.append(_axis(width, height))
        parts.append(_text(left, height - 5, number(histogram.low)))
        parts.append(_text(width - left, height - 5, number(histogram.high), "end"))
        parts.append(_text(width / 2, height - 5, f"highest bar {most:,}", "middle"))
    return _svg(said, parts, width, height)


def _axis(width: int, height: int) -> str:
    y = height - _BOTTOM
    return f'<line class="axis" x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y}" y2="{y}"/>'


def course(seen: Course) -> Markup:
    """Draw means over time with the middle half of the neuroids around them."""
    known = [each for some in (seen.mean, seen.low, seen.high) for each in some if each is not None]
    if not known:
        return Markup("")
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    count = len(seen.mean)
    wide = _WIDTH - _LEFT - _RIGHT

    def x(place: int) -> float:
        return _LEFT + wide * (place + 0.5) / count

    def y(value: float) -> float:
        return _TOP + 8 + (_HEIGHT - _TOP - 8 - _BOTTOM) * (1 - (value - low) / spread)

    def points(values: Sequence[float | None], order: Iterable[int]) -> list[str]:
        return [f"{x(n):.1f},{y(v):.1f}" for n in order if (v := values[n]) is not None]

    band = [*points(seen.low, range(count)), *points(seen.high, range(count - 1, -1, -1))]
    line = points(seen.mean, range(count))
    parts = [
        f'<polygon class="band" points="{" ".join(band)}"/>',
        f'<polyline class="line" points="{" ".join(line)}"/>',
    ]
    parts += [
        f'<circle class="mark" cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="2"/>'
        for p in (line if count <= 40 else [])
    ]
    parts += [
        _axis(_WIDTH, _HEIGHT),
        _text(_LEFT, _HEIGHT - 5, seen.labels[0]),
        _text(_WIDTH - _RIGHT, _HEIGHT - 5, seen.labels[-1], "end"),
        _text(_LEFT, 10, number(high)),
        _text(_LEFT, _HEIGHT - _BOTTOM - 3, number(low)),
    ]
    return _svg(f"mean over {count} time bins, from {number(low)} to {number(high)}", parts)


def wave(stretches: Sequence[tuple[float, float]]) -> Markup:
    """Draw the waveform of a sound."""
    width, height = 112, 56
    each = width / max(1, len(stretches))
    loudest = max((max(abs(low), abs(high)) for low, high in stretches), default=0.0) or 1.0
    parts = [
        f'<line class="line" x1="{(n + 0.5) * each:.1f}" x2="{(n + 0.5) * each:.1f}" '
        f'y1="{height / 2 * (1 - high / loudest):.1f}" y2="{height / 2 * (1 - low / loudest) + 0.5:.1f}"/>'
        for n, (low, high) in enumerate(stretches)
    ]
    return _svg("waveform", parts, width, height)


def raster(seen: Spikes) -> Markup:
    """Draw when each of a few units fired."""
    times = [each for _, own in seen.raster for each in own]
    if not times:
        return Markup("")
    low, high = min(times), max(times)
    spread = (high - low) or 1.0
    row = 7
    height = _TOP + row * len(seen.raster) + _BOTTOM
    wide = _WIDTH - _LEFT - _RIGHT
    parts = []
    for place, (_, own) in enumerate(seen.raster):
        y = _TOP + row * place
        path = "".join(f"M{_LEFT + wide * (each - low) / spread:.1f} {y}v{row - 2}" for each in own)
        parts.append(f'<path class="line" d="{path}"/>')
    parts += [
        _axis(_WIDTH, height),
        _text(_LEFT, height - 5, number(low)),
        _text(_WIDTH - _RIGHT, height - 5, number(high), "end"),
    ]
    return _svg(f"spikes of {len(seen.raster)} units", parts, _WIDTH, height)


def confusion(seen: Confusion) -> Markup:
    """Draw how often each category was chosen for each; shares of a row are shades."""
    size = len(seen.categories)
    cell, margin = max(12, min(28, 360 // size)), 96
    side = margin + cell * size + 4
    parts = []
    for y, row in enumerate(seen.counts):
        total = sum(row) or 1
        parts.append(_text(margin - 4, margin + (y + 0.7) * cell, seen.categories[y][:14], "end"))
        top = margin + (y + 0.5) * cell
        middle = margin + (y + 0.6) * cell
        parts.append(
            f'<text x="{middle:.1f}" y="{margin - 4}" '
            f'transform="rotate(-60 {middle:.1f} {margin - 4})">{escape(seen.categories[y][:14])}</text>'
        )
        for x, count in enumerate(row):
            if count:
                parts.append(
                    f'<rect class="mark" x="{margin + x * cell}" y="{top - cell / 2:.1f}" '
                    f'width="{cell - 1}" height="{cell - 1}" fill-opacity="{count / total:.3f}">'
                    f"<title>{escape(seen.categories[y])} → {escape(seen.categories[x])}: {count:,}"
                    f"</title></rect>"
                )
    parts.append(
        f'<rect class="frame" x="{margin}" y="{margin}" width="{cell * size}" height="{cell * size}"/>'
    )
    right = sum(row[n] for n, row in enumerate(seen.counts)) / (sum(map(sum, seen.counts)) or 1)
    label = f"choices for each category of {seen.truth}; {right:.0%} the same"
    return _svg(label, parts, side, side)


_SPARKS = "▁▂▃▄▅▆▇█"


def sparkline(histogram: Histogram, *, ascii_only: bool = False) -> str:
    """Write a histogram in one line of text.

    >>> sparkline(Histogram(0.0, 1.0, (0, 1, 4, 8)))
    ' ▁▄█'
    >>> sparkline(Histogram(0.0, 1.0, (0, 1, 4, 8)), ascii_only=True)
    ' .:#'
    """
    signs = ".:+#" if ascii_only else _SPARKS
    most = max(histogram.counts) or 1
    return "".join(
        " " if not count else signs[max(0, -(-count * len(signs) // most) - 1)]
        for count in histogram.counts
    )
