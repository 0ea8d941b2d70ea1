"""Wall time over the number of extensions, as an SVG: one panel for each delay of the server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final
from xml.sax.saxutils import escape

type Line = Sequence[tuple[float, float]]
"""Extensions and seconds, both above 0."""

_PANEL: Final = 290
_HEIGHT: Final = 280
_LEFT: Final = 52
_TOP: Final = 34
_GAP: Final = 36
_BELOW: Final = 62
_LEGEND_ROW: Final = 20
_LEGEND_COLUMNS: Final = 4
# Okabe and Ito's, which people tell apart whatever colours they see.
_COLOURS: Final = (
    "#d55e00",
    "#000000",
    "#0072b2",
    "#56b4e9",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#999999",
)


@dataclass(frozen=True, slots=True)
class Panel:
    """A set of axes."""

    title: str
    lines: Mapping[str, Line]
    """By name; the first is drawn on top of the others."""


def draw(panels: Sequence[Panel], *, dashed: str) -> str:
    """Return panels that share their axes, both logarithmic, with a legend below."""
    points = [point for panel in panels for line in panel.lines.values() for point in line]
    axes = _Axes(
        (min(x for x, _ in points), max(x for x, _ in points)),
        (
            10.0 ** floor(log10(min(y for _, y in points))),
            10.0 ** ceil(log10(max(y for _, y in points))),
        ),
    )
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    styles = {
        name: f'stroke="{colour}"' + (' stroke-dasharray="6 4"' if name == dashed else "")
        for name, colour in zip(names, _COLOURS, strict=False)
    }
    rows = ceil(len(names) / _LEGEND_COLUMNS)
    width = _LEFT + len(panels) * (_PANEL + _GAP)
    height = _TOP + _HEIGHT + _BELOW + rows * _LEGEND_ROW
    size = f'width="{width}" height="{height}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">',
            '<g font-family="sans-serif" font-size="12">',
            f'<rect {size} fill="#ffffff"/>',
            *(
                element
                for index, panel in enumerate(panels)
                for element in _panel(panel, axes, styles, _LEFT + index * (_PANEL + _GAP))
            ),
            *_scale(axes),
            *_legend(styles, width),
            "</g></svg>\n",
        )
    )


@dataclass(frozen=True, slots=True)
class _Axes:
    x: tuple[float, float]
    y: tuple[float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is in a panel."""
        return _share(x, self.x) * _PANEL, (1 - _share(y, self.y)) * _HEIGHT


def _share(value: float, limits: tuple[float, float]) -> float:
    low, high = map(log10, limits)
    return (log10(value) - low) / (high - low) if high > low else 0.5


def _panel(panel: Panel, axes: _Axes, styles: Mapping[str, str], left: float) -> Iterator[str]:
    yield f'<g transform="translate({left} {_TOP})">'
    yield f'<text x="{_PANEL / 2}" y="-12" text-anchor="middle">{escape(panel.title)}</text>'
    yield f'<rect width="{_PANEL}" height="{_HEIGHT}" fill="none" stroke="#444444"/>'
    counts = sorted({x for line in panel.lines.values() for x, _ in line})
    for count in counts:
        x, _ = axes.place(count, axes.y[0])
        yield f'<path d="M{x:.1f} 0V{_HEIGHT}" stroke="#dddddd"/>'
        yield (f'<text x="{x:.1f}" y="{_HEIGHT + 16}" text-anchor="middle">{count:,.0f}</text>')
    for second in _decades(axes.y):
        _, y = axes.place(axes.x[0], second)
        yield f'<path d="M0 {y:.1f}H{_PANEL}" stroke="#dddddd"/>'
    for name, line in reversed(list(panel.lines.items())):
        spots = [axes.place(*point) for point in line]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        yield f'<path d="M{path}" fill="none" stroke-width="2" {styles[name]}/>'
    yield f'<text x="{_PANEL / 2}" y="{_HEIGHT + 34}" text-anchor="middle">extensions</text>'
    yield "</g>"


def _scale(axes: _Axes) -> Iterator[str]:
    for second in _decades(axes.y):
        _, y = axes.place(axes.x[0], second)
        label = f"{second:g} s" if second >= 1 else f"{second * 1000:g} ms"
        yield f'<text x="{_LEFT - 6}" y="{_TOP + y + 4:.1f}" text-anchor="end">{label}</text>'


def _legend(styles: Mapping[str, str], width: float) -> Iterator[str]:
    column = (width - _LEFT) / _LEGEND_COLUMNS
    for index, (name, style) in enumerate(styles.items()):
        x = _LEFT + index % _LEGEND_COLUMNS * column
        y = _TOP + _HEIGHT + _BELOW + index // _LEGEND_COLUMNS * _LEGEND_ROW
        yield f'<path d="M{x:.0f} {y}h24" stroke-width="2" {style}/>'
        yield f'<text x="{x + 30:.0f}" y="{y + 4}">{escape(name)}</text>'


def _decades(limits: tuple[float, float]) -> list[float]:
    low, high = (round(log10(limit)) for limit in limits)
    return [10.0**power for power in range(low, high + 1)]
