"""Plots as SVG, written by hand: nothing but the standard library is needed."""
import math
from xml.sax.saxutils import escape

COLOURS = ['#1b6ca8', '#c0392b', '#27ae60', '#8e44ad', '#d68910', '#16a085', '#7f8c8d', '#2c3e50', '#e84393',
           '#6c5ce7', '#00b894', '#b2bec3', '#636e72', '#fd79a8', '#a29bfe']
STYLE = ('<style>text{font:12px sans-serif;fill:#222}.small{font-size:11px}.title{font-size:15px;font-weight:bold}'
         '.grid{stroke:#ddd}.one{stroke:#888}</style>')


class Drawing:
    """A canvas of a fixed width that grows downwards."""

    def __init__(self, width, height):
        self.width, self.height, self._parts = width, height, []

    def text(self, x, y, text, anchor='start', style=''):
        self._parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{style}">{escape(text)}</text>')

    def line(self, x1, y1, x2, y2, style='grid', colour=''):
        stroke = f' stroke="{colour}" stroke-width="2"' if colour else f' class="{style}"'
        self._parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{stroke}/>')

    def bar(self, x, y, width, height, colour):
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}" '
                           f'fill="{colour}"/>')

    def dot(self, x, y, colour, label):
        """Padlock's are rimmed, so that they stand out of the crowd."""
        rim = ' stroke="black" stroke-width="1.5"' if label.startswith('padlock') else ''
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}" fill-opacity="0.8"{rim}>'
                           f'<title>{escape(label)}</title></circle>')

    def cross(self, x, y, colour, label):
        self._parts.append(f'<path d="M{x - 4:.1f},{y - 4:.1f}l8,8m0,-8l-8,8" stroke="{colour}" stroke-width="2.5">'
                           f'<title>{escape(label)}</title></path>')

    def save(self, path):
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
                       f'viewBox="0 0 {self.width} {self.height}">{STYLE}<rect width="100%" height="100%" '
                       f'fill="white"/>{"".join(self._parts)}</svg>\n')


class LogScale:
    """Values between `low` and `high` onto pixels, by their logarithm."""

    def __init__(self, low, high, start, length):
        self.low, self.high = low, max(high, low * 1.01)
        self._start, self._length = start, length

    def at(self, value):
        value = min(max(value, self.low), self.high)
        return self._start + self._length * math.log(value / self.low) / math.log(self.high / self.low)

    def ticks(self):
        values = [step * 10 ** power for power in range(-2, 6) for step in (1, 2, 5)]
        return [v for v in values if self.low <= v <= self.high]


def _number(value):
    return f'{value:g}'


def bars(path, title, panels):
    """`panels`: (title, [(label, value or None)]); values are ratios, drawn on a scale from 0."""
    left, row, width = 180, 20, 860
    height = 50 + sum(44 + row * len(rows) for _, rows in panels)
    drawing = Drawing(width, height)
    drawing.text(16, 26, title, style='title')
    y = 50
    for panel_title, rows in panels:
        top = max([v for _, v in rows if v] + [1.5])
        scale = (width - left - 80) / top
        drawing.text(16, y + 12, panel_title)
        y += 22
        drawing.line(left + scale, y, left + scale, y + row * len(rows), style='one')
        for at, (label, value) in enumerate(rows):
            drawing.text(left - 8, y + 14, label, 'end', 'small')
            if value:
                colour = COLOURS[0] if label.startswith('padlock') else '#b0b7bd'
                drawing.bar(left, y + 3, value * scale, row - 6, colour)
                drawing.text(left + value * scale + 6, y + 14, f'{value:.2f}', style='small')
            else:
                drawing.text(left + 6, y + 14, 'does not finish enough of them', style='small')
            y += row
        y += 22
    drawing.save(path)


def dots(path, title, allocators, rows):
    """`rows`: (workload, {allocator: ratio}, failed); ratios on a logarithmic scale, a colour an allocator. Who
    failed is drawn as a cross right of the scale."""
    left, row, width, crosses = 150, 22, 1120, 160
    values = [v for _, ratios, _ in rows for v in ratios.values()]
    if not values:
        return
    legend_rows = (len(allocators) + 3) // 4
    top = 44 + 18 * legend_rows
    drawing = Drawing(width, top + row * len(rows) + 50)
    drawing.text(16, 26, title, style='title')
    scale = LogScale(min(0.5, *values), max(4, *values), left, width - left - 40 - crosses)
    colour = {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(allocators)}
    for at, name in enumerate(allocators):
        drawing.dot(left + at % 4 * 200, 46 + at // 4 * 18, colour[name], name)
        drawing.text(left + 10 + at % 4 * 200, 50 + at // 4 * 18, name, style='small')
    bottom = top + row * len(rows) + 8
    for tick in scale.ticks():
        drawing.line(scale.at(tick), top, scale.at(tick), bottom, 'one' if tick == 1 else 'grid')
        drawing.text(scale.at(tick), bottom + 16, _number(tick), 'middle', 'small')
    drawing.text(width - crosses, bottom + 16, 'fails or runs out of time', style='small')
    for at, (workload, ratios, failed) in enumerate(rows):
        y = top + 14 + at * row
        drawing.text(left - 10, y + 4, workload, 'end', 'small')
        for name, ratio in ratios.items():
            drawing.dot(scale.at(ratio), y, colour[name], f'{name}, {workload}: {ratio:.2f}')
        for place, name in enumerate(failed):
            drawing.cross(width - crosses + place * 12, y, colour[name], f'{name}, {workload}: fails')
    drawing.save(path)


def lines(path, title, axis, series):
    """`series`: {label: [(x, y)]} with both axes logarithmic."""
    left, top, width, height = 70, 50, 860, 420
    points = [p for values in series.values() for p in values]
    if not points:
        return
    drawing = Drawing(width, height)
    drawing.text(16, 26, title, style='title')
    across = LogScale(min(x for x, _ in points), max(x for x, _ in points), left, width - left - 230)
    up = LogScale(min(y for _, y in points) * 0.9, max(y for _, y in points) * 1.1, height - 50, top - height + 50)
    for x in sorted({x for x, _ in points}):
        drawing.line(across.at(x), top, across.at(x), height - 50)
        drawing.text(across.at(x), height - 34, _number(x), 'middle', 'small')
    for tick in up.ticks():
        drawing.line(left, up.at(tick), width - 230, up.at(tick))
        drawing.text(left - 8, up.at(tick) + 4, _number(tick), 'end', 'small')
    drawing.text((left + width - 230) / 2, height - 12, axis, 'middle')
    for at, (label, values) in enumerate(series.items()):
        colour = COLOURS[at % len(COLOURS)]
        places = [(across.at(x), up.at(y)) for x, y in values]
        for (x1, y1), (x2, y2) in zip(places, places[1:]):
            drawing.line(x1, y1, x2, y2, colour=colour)
        for (x, y), (_, value) in zip(places, values):
            drawing.dot(x, y, colour, f'{label}: {value:.3g}')
        drawing.dot(width - 210, top + 10 + at * 20, colour, label)
        drawing.text(width - 198, top + 14 + at * 20, label, style='small')
    drawing.save(path)
