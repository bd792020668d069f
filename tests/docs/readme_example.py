#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""readme_example.py ROOT SLUICE: the document in the README is one that `sluice check` accepts."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def main():
    blocks = re.findall(r"^```jsonc\n(.*?)^```", (Path(sys.argv[1]) / "README.md").read_text(), re.M | re.S)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as document:
        document.write(blocks[0])
        document.flush()
        return subprocess.run([sys.argv[2], "check", document.name], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
