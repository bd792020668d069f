# SPDX-License-Identifier: GPL-2.0-or-later
"""debian_root.py BUILD CACHE: the package of a build, and a Debian root that has what it depends on, for debian_lab.py.

It needs the network once: a root stays in CACHE for as long as the scripts that make it, and what the package depends on, are the
same.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

BOX = Path(__file__).resolve().parents[2] / "vagrant"


def package_in(cache):
    return next((cache / "package").glob("sluice_*.deb"))


def root_in(cache):
    made_of = b"".join(path.read_bytes() for path in [BOX / "make-box", *sorted((BOX / "box").iterdir())])
    made_of += subprocess.run(["dpkg-deb", "-f", package_in(cache), "Depends"], check=True, capture_output=True).stdout
    return cache / f"debian-{hashlib.sha256(made_of).hexdigest()[:12]}"


def main():
    build, cache = Path(sys.argv[1]), Path(sys.argv[2])
    subprocess.run(["cpack", "-G", "DEB", "-B", cache / "package"], cwd=build, check=True)
    if not root_in(cache).is_dir():
        subprocess.run([BOX / "make-box", "--root", root_in(cache), "--package", package_in(cache)], check=True)


if __name__ == "__main__":
    main()
