#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""package.py ROOT BUILD: the Debian package is the same when it is made twice, names no folder of the build, and lintian has nothing
to say of it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def made(root, build, directory):
    stamp = subprocess.run(["dpkg-parsechangelog", "-l", root / "packaging/debian/changelog", "-S", "Timestamp"], check=True,
                           capture_output=True, text=True).stdout.strip()
    subprocess.run(["cpack", "-G", "DEB", "-B", directory], cwd=build, check=True, capture_output=True,
                   env=os.environ | {"SOURCE_DATE_EPOCH": stamp})
    return next(Path(directory).glob("*.deb"))


def names_folder(package, directory, root):
    """Files of the package that have the name of the tree in them."""
    subprocess.run(["dpkg-deb", "-x", package, directory], check=True)
    return [path.relative_to(directory) for path in Path(directory).rglob("*")
            if path.is_file() and not path.is_symlink() and str(root).encode() + b"/" in path.read_bytes()]


def main():
    root, build = (Path(argument).resolve() for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other, tempfile.TemporaryDirectory() as files:
        package = made(root, build, one)
        complaints = [f"{path} names {root}" for path in names_folder(package, files, root)]
        if package.read_bytes() != made(root, build, other).read_bytes():
            complaints.append("made twice, it is not the same")
        lint = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", package], capture_output=True, text=True)
        if lint.returncode:
            complaints.append(lint.stdout)
    print("\n".join(complaints) or f"{package.name} is in order")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
