# SPDX-License-Identifier: GPL-2.0-or-later
"""Panels of a Grafana dashboard, drawn from what Prometheus answers to their queries: where they stand, their titles and units."""
import json
import math
from html import escape

from .page import INK, LINE, SANS, SOFT

COLUMN, ROW, GAP = 56, 30, 8   # Grafana's grid has 24 columns
COLORS = ("#3a6ea5", "#3f8a54", "#b7791f", "#b3261e", "#7a52a8", "#1b8a8f", "#a0522d", "#5b6b7a")
PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
UNITS = {"s": "s", "bps": "b/s", "pps": "p/s", "cps": "c/s", "reqps": "req/s", "short": ""}


def amount(value, unit):
    if not value:
        return "0"
    scale, prefix = next((pair for pair in PREFIXES if abs(value) >= pair[0] * 0.9995), PREFIXES[-1])
    if unit == "short" and abs(value) < 1:
        scale, prefix = 1, ""
    return f"{value / scale:.3g} {prefix}{UNITS.get(unit, unit)}".strip()


def legend(target, metric):
    text = target.get("legendFormat", "")
    for name, value in metric.items():
        text = text.replace("{{" + name + "}}", value)
    return text or json.dumps(metric)


class Panel:
    """`ask` answers what query_range does: [(labels, [(time, value), ...])]."""

    def __init__(self, panel, ask):
        grid = panel["gridPos"]
        self.x, self.y, self.title, self.kind = grid["x"] * COLUMN, grid["y"] * ROW, panel["title"], panel["type"]
        self.width, self.height = grid["w"] * COLUMN - GAP, grid["h"] * ROW - GAP
        self.unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit", "short")
        self.lines = [(legend(target, metric), [(time, value) for time, value in values if math.isfinite(value)])
                      for target in panel.get("targets", []) for metric, values in ask(target["expr"])]
        self.lines = [line for line in self.lines if line[1]]
        self.shapes = []

    def text(self, x, y, words, size=11, color=SOFT, weight="normal", anchor="start"):
        self.shapes.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" font-weight="{weight}" '
                           f'font-family="{SANS}" text-anchor="{anchor}">{escape(words)}</text>')

    def drawn(self):
        if self.kind == "row":
            self.text(self.x + 4, self.y + 19, self.title, 15, INK, "bold")
            return self.shapes
        self.shapes.append(f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="4" fill="#fff" stroke="#d5dde4"/>')
        self.text(self.x + 10, self.y + 18, self.title, 13, INK, "bold")
        if not self.lines:
            self.text(self.x + self.width / 2, self.y + self.height / 2, "No data", 13, anchor="middle")
        elif self.kind == "stat":
            self.text(self.x + self.width / 2, self.y + self.height / 2 + 20, amount(self.lines[0][1][-1][1], self.unit), 44, COLORS[1], "bold", "middle")
        else:
            self.draw_lines()
        return self.shapes

    def draw_lines(self):
        left, right, top, bottom = self.x + 74, self.x + self.width - 12, self.y + 32, self.y + self.height - 40
        times = [time for _, values in self.lines for time, _ in values]
        first, last = min(times), max(max(times), min(times) + 1)
        most = max(value for _, values in self.lines for _, value in values) * 1.05 or 1.0
        for part in range(5):
            y = bottom - (bottom - top) * part / 4
            self.shapes.append(f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e6ebf0"/>')
            self.text(left - 6, y + 4, amount(most * part / 4, self.unit), anchor="end")
        for number, (_, values) in enumerate(self.lines):
            at = " ".join(f"{left + (right - left) * (time - first) / (last - first):.1f},{bottom - (bottom - top) * value / most:.1f}"
                          for time, value in values)
            self.shapes.append(f'<polyline points="{at}" fill="none" stroke="{COLORS[number % len(COLORS)]}" stroke-width="1.6"/>')
        self.shapes.append(f'<line x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}" stroke="{LINE}"/>')
        self.text(left, bottom + 14, f"{last - first:.0f} s", color=LINE)
        x = left
        for number, (name, _) in enumerate(self.lines):
            width = 24 + 6.2 * len(name)
            if x + width > right:
                break
            self.shapes.append(f'<rect x="{x:.1f}" y="{bottom + 22}" width="12" height="3" fill="{COLORS[number % len(COLORS)]}"/>')
            self.text(x + 16, bottom + 27, name)
            x += width


def drawn(board, ask, rows):
    """As SVG, down to so many rows of the grid."""
    panels = [Panel(panel, ask) for panel in board["panels"] if panel["gridPos"]["y"] + panel["gridPos"]["h"] <= rows]
    width, height = 24 * COLUMN + GAP, rows * ROW + GAP
    shapes = [shape for panel in panels for shape in panel.drawn()]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 {width + 8} {height + 8}" width="{width + 8}" height="{height + 8}">'
            f'<rect x="-8" y="-8" width="{width + 8}" height="{height + 8}" fill="#f4f6f8"/>' + "\n".join(shapes) + "</svg>\n"), (width + 8, height + 8)
