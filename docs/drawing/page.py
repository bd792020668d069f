# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain SVG, built from text. Heights follow from the text, so nothing overlaps when a text grows."""
import textwrap
from html import escape

INK, SOFT, LINE, DROP = "#1b2733", "#54626f", "#8b99a6", "#b3261e"
FILL = {"hook": "#e8f0fb", "stage": "#ffffff", "slow": "#fff6e5", "end": "#eaf6ec", "guard": "#f3edfa"}
EDGE = {"hook": "#3a6ea5", "stage": "#5b6b7a", "slow": "#b7791f", "end": "#3f8a54", "guard": "#7a52a8"}
SANS = "'DejaVu Sans', 'Liberation Sans', Arial, sans-serif"
MONO = "'DejaVu Sans Mono', 'Liberation Mono', monospace"
TITLE, BODY, PAD = 15, 12, 12


class Page:
    def __init__(self, width):
        self.width = width
        self.shapes = []

    def text(self, x, y, words, size=BODY, color=INK, weight="normal", family=SANS, anchor="start"):
        self.shapes.append(f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}" font-weight="{weight}" '
                           f'font-family="{family}" text-anchor="{anchor}">{escape(words)}</text>')

    def box(self, kind, x, y, width, title, sentence, drops=(), height=0, mono=True):
        """A box with a name, a sentence and the reasons to drop; answers where it ends."""
        lines = wrap(sentence, width, 6.6)
        reasons = wrap(reason_text(drops), width, 6.6) if drops else []
        needed = PAD + TITLE + (4 + 16 * len(lines) if lines else 0) + (5 + 15 * len(reasons) if reasons else 0) + PAD
        height = max(height, needed)
        self.shapes.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" fill="{FILL[kind]}" '
                           f'stroke="{EDGE[kind]}" stroke-width="1.4"/>')
        self.text(x + PAD, y + PAD + TITLE - 3, title, TITLE, INK, "bold", MONO if mono else SANS)
        at = y + PAD + TITLE + 4
        for line in lines:
            at += 16
            self.text(x + PAD, at - 4, line, BODY, SOFT)
        at += 5 if reasons else 0
        for line in reasons:
            at += 15
            self.text(x + PAD, at - 4, line, 11.5, DROP)
        return y + height

    def arrow(self, *points, label="", dashed=False, color=LINE, at=None, anchor="start"):
        path = "M" + " L".join(f"{x} {y}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.shapes.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.8"{dash} '
                           f'marker-end="url(#head)"/>')
        if label:
            x, y = at or ((points[0][0] + points[-1][0]) / 2, (points[0][1] + points[-1][1]) / 2 - 5)
            self.text(x, y, label, 11.5, SOFT, anchor=anchor)

    def panel(self, x, y, width, height, fill="#f7f9fb"):
        self.shapes.insert(0, f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="10" fill="{fill}" '
                              f'stroke="#d5dde4"/>')

    def svg(self, height):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height}" width="{self.width}" '
                f'height="{height}" role="img" aria-label="The way of a packet through sluice">')
        marker = (f'<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
                  f'orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="{LINE}"/></marker></defs>')
        ground = f'<rect width="{self.width}" height="{height}" rx="12" fill="#ffffff"/>'
        note = "<!-- drawn by docs/draw_packet_path.py from bpf/ and maps/drop_reasons.h; do not edit -->"
        return "\n".join([head, note, marker, ground, *self.shapes, "</svg>"]) + "\n"


def wrap(words, width, letter):
    return textwrap.wrap(words, int((width - 2 * PAD) / letter), break_on_hyphens=False) if words else []


def reason_text(drops):
    return "drops: " + ", ".join(f"{number}\N{NO-BREAK SPACE}{name}" for number, name in drops)
