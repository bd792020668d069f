#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""measured.py ROOT: the table that the README shows is the one of docs/performance.md."""
import re
import sys
from pathlib import Path


def main():
    root = Path(sys.argv[1])
    section = re.search(r"^## Measured\n(.*?)^## ", (root / "README.md").read_text(), re.M | re.S)[1]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    known = (root / "docs" / "performance.md").read_text().splitlines()
    other = [row for row in rows if row not in known]
    print("\n".join(["copy these rows of the README from docs/performance.md:", *other]) if other else f"{len(rows)} rows")
    return 1 if other or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
