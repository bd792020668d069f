# SPDX-License-Identifier: GPL-2.0-or-later
"""The rates as a picture: bars for each number of flows, drawn by gnuplot."""

from shell import run

NEW = "new flows"
# Of a palette that people who see few colours can tell apart.
COLOURS = ("#bbbbbb", "#e69f00", "#f0e442", "#cc79a7", "#56b4e9", "#0072b2", "#009e73", "#d55e00")
SCRIPT = """
set terminal svg size 960,480 font "sans-serif,13" background "white"
set output "{file}"
set style data histogram
set style histogram clustered gap 1
set style fill solid border -1
set boxwidth 0.9
set ylabel "million packets per second, one core"
set yrange [0:*]
set grid ytics
set key outside bottom center horizontal
set xtics nomirror
set ytics nomirror
set title "{title}"
$rates << END
{rows}
END
plot {plots}
"""


def groups_of(cells):
    """Columns of the picture: (title, kind, flows)."""
    flows = sorted({count for _, kind, count in cells if kind == "out"})
    named = [(f"{count:,} flow{'s' * (count > 1)}", "out", count) for count in flows]
    return named + [(NEW, kind, count) for kind, count in sorted({key[1:] for key in cells if key[1] == "new"})]


def draw(rows, cells, file, title):
    """`cells` maps (row, kind, flows) to figures; `file` becomes SVG."""
    groups = groups_of(cells)
    present = [row for row in rows if any(key[0] == row.name for key in cells) and not row.direct]
    lines = []
    for text, kind, flows in groups:
        values = [cells.get((row.name, kind, flows)) for row in present]
        lines.append(" ".join([f'"{text}"', *(f"{cell['pps'] / 1e6:.3f}" if cell else "NaN" for cell in values)]))
    plots = ", ".join(f'$rates using {number + 2}:xtic(1) title "{row.title}" linecolor rgb "{colour}"'
                      for number, (row, colour) in enumerate(zip(present, COLOURS * 3)))
    run("gnuplot", "-", stdin=SCRIPT.format(file=file, title=title, rows="\n".join(lines), plots=plots))
