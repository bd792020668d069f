#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes docs/drops.md from maps/drop_reasons.h; with --check fails when the file says something else."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r'X\((\d+), (\w+), (\w+), "([^"]*)"\)')
HEAD = """# Drop reasons

Every dropped packet is counted once, by interface and reason: `sluice show drops`. A number is never used for anything
else. Made from `maps/drop_reasons.h` by `docs/generate_drops.py`; `docs/extending.md` says how to add one.

| number | reason | stage | what happened |
| --- | --- | --- | --- |
"""


def text():
    rows = ROW.findall((ROOT / "maps/drop_reasons.h").read_text())
    return HEAD + "".join(
        f"| {number} | `{symbol.lower().replace('_', '-')}` | {stage} | {what} |\n"
        for number, symbol, stage, what in rows)


def main():
    page = ROOT / "docs/drops.md"
    if "--check" not in sys.argv[1:]:
        page.write_text(text())
    elif not page.exists() or page.read_text() != text():
        sys.exit("docs/drops.md is not what docs/generate_drops.py writes: run it")


main()
