#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""named_tests.py ROOT: every test that a page names as proof exists.

`tests/net/test_ports.py::test_name`, `tests/bpf/nat_ports_test.cpp::NatPorts.Name` (or only the suite), or the
path of a conformance scenario.
"""
import re
import sys
from pathlib import Path

NAMED = re.compile(r"`(tests/[\w/.-]+)::([\w.]+)`")


def defines(text, path, name):
    if path.suffix == ".py":
        return re.search(rf"^def {re.escape(name)}\(", text, re.MULTILINE)
    suite, _, case = name.partition(".")
    return re.search(rf"^TEST(_[FP])?\({re.escape(suite)}, {re.escape(case) if case else ''}", text, re.MULTILINE)


def missing(root):
    for page in sorted((root / "docs").rglob("*.md")):
        for number, line in enumerate(page.read_text().splitlines(), start=1):
            for path, name in NAMED.findall(line):
                file = root / path
                if not file.exists() or not defines(file.read_text(), file, name):
                    yield f"{page.relative_to(root)}:{number}: there is no {path}::{name}"


def main():
    found = list(missing(Path(sys.argv[1]).resolve()))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
