#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""links.py ROOT: what the pages refer to exists: links, and files and folders named in `code`."""
import re
import sys
from pathlib import Path

LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`((?:bpf|cli|cmake|config|docs|loader|maps|packaging|tests|bench|vagrant)/[\w./-]+)`")
PLACEHOLDER = re.compile(r"NAME|test_\*|\.\.\.")


def pages(root):
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def referred(page, root):
    """(line, what is written, where it must be)"""
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        for found in LINK.finditer(line):
            yield number, found[1], page.parent / found[1]
        for found in NAMED.finditer(line):
            yield number, found[1], root / found[1]


def main():
    root = Path(sys.argv[1]).resolve()
    missing = [f"{page.relative_to(root)}:{number}: {written} does not exist"
               for page in pages(root) for number, written, place in referred(page, root)
               if not PLACEHOLDER.search(written) and not place.exists()]
    print("\n".join(missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
