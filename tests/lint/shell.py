#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""shell.py ROOT: shellcheck over every shell script, whatever it is called."""
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from house.tree import files_of

SHELL = re.compile(r"#!\s*/(usr/)?bin/(env )?(ba|da)?sh\b")


def main():
    scripts = [str(file.root / file.path) for file in files_of(sys.argv[1])
               if file.suffix in (".sh", ".bash") or SHELL.match(file.text)]
    print(f"{len(scripts)} scripts: {' '.join(scripts)}")
    return subprocess.run(["shellcheck", "--external-sources", *scripts], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
