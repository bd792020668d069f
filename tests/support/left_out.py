# SPDX-License-Identifier: GPL-2.0-or-later
"""left_out.py LIST: the tests of LIST that a run on this machine leaves out this time, as one regular expression for ctest -E, and a sentence
about them. Nothing where new memory comes as fast as it usually does: programs and tables begin with that, and tests are both.

Which ones take their turn is decided by the commit and the test's name, so that it is the same wherever that commit is tested.
"""

import hashlib
import mmap
import subprocess
import sys
import time
from pathlib import Path

PAGES = 4096
SLOW = 5e-6   # seconds for a page that nobody has touched yet; 21 to 28 µs were seen under PVM
TURNS = 4
ROOT = Path(__file__).resolve().parents[2]


def seconds_of_a_page():
    with mmap.mmap(-1, PAGES * mmap.PAGESIZE) as memory:
        began = time.monotonic()
        for page in range(PAGES):
            memory[page * mmap.PAGESIZE] = 1
        return (time.monotonic() - began) / PAGES


def commit():
    """Empty where there is no history: always the same turn."""
    done = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def listed(text):
    """(name, whether it is left out always) of each line that is no comment."""
    for line in text.splitlines():
        name, *never = line.partition("#")[0].split() or [""]
        if name:
            yield name, bool(never)


def left_out(text, seed):
    return [name for name, never in listed(text)
            if never or int(hashlib.sha256(f"{seed} {name}".encode()).hexdigest(), 16) % TURNS]


def main():
    took = seconds_of_a_page()
    if took < SLOW:
        return
    out = left_out(Path(sys.argv[1]).read_text(encoding="ascii"), commit())
    print(f"^({'|'.join(out)})$")
    print(f"Left out, because a new page takes {took * 1e6:.0f} µs on this machine ({len(out)} tests; `./run test -E none` runs them): "
          f"{' '.join(out)}")


if __name__ == "__main__":
    main()
