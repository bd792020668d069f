#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""format.py ROOT [--fix]: all C, C++ and BPF files as .clang-format wants them."""
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from house.tree import files_of

SUFFIXES = {".c", ".h", ".cpp", ".hpp"}
AT_ONCE = 40   # files per process


def batches(files):
    return [files[start:start + AT_ONCE] for start in range(0, len(files), AT_ONCE)]


def main():
    root = sys.argv[1]
    fix = "--fix" in sys.argv
    files = [str(file.root / file.path) for file in files_of(root) if file.suffix in SUFFIXES]
    how = ["-i"] if fix else ["--dry-run", "-Werror", "--ferror-limit=3"]
    failed = False
    for batch in batches(files):
        failed |= subprocess.run(["clang-format", *how, *batch], check=False).returncode != 0
    if failed:
        print(f"{sys.argv[0]} {root} --fix puts it right", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
