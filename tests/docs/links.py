#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""links.py ROOT: what the pages refer to exists: links, and files and folders named in `code`, sources also by the end of
their path alone (`routes.cpp`, `api/routes.cpp`)."""
import re
import sys
from pathlib import Path

LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`((?:bpf|cli|cmake|config|docs|loader|maps|packaging|tests|bench|vagrant)/[\w./-]+)`")
SOURCE = re.compile(r"`([\w./-]+\.[ch]pp)`")
HOMES = ("loader", "cli", "cni", "tests", "bench")
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


def sources(root):
    """The path of each source from the root, behind a slash."""
    return ["/" + file.relative_to(root).as_posix() for home in HOMES for file in (root / home).rglob("*.[ch]pp")]


def unknown_sources(page, known):
    """(line, what is written) of names that no source ends with"""
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        for found in SOURCE.finditer(line):
            if not any(source.endswith("/" + found[1]) for source in known):
                yield number, found[1]


def main():
    root = Path(sys.argv[1]).resolve()
    known = sources(root)
    lost = [(page, number, written) for page in pages(root) for number, written, place in referred(page, root)
            if not place.exists()]
    lost += [(page, number, written) for page in pages(root) for number, written in unknown_sources(page, known)]
    missing = sorted({f"{page.relative_to(root)}:{number}: {written} does not exist" for page, number, written in lost
                      if not PLACEHOLDER.search(written)})
    print("\n".join(missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
