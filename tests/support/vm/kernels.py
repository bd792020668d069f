# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels from Debian packages: fetched and unpacked in a folder, never installed."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import VmError
from .unpack import elf_of

# Of the many flavours the plain one: the cloud flavour cannot mount the root of this machine (no 9p).
SERIES = {
    "6.1": re.compile(r"linux-image-6\.1\.0-(\d+)-amd64"),
    "6.12": re.compile(r"linux-image-6\.12\.(\d+)\+deb12-amd64"),
}


@dataclass(frozen=True)
class Kernel:
    """An unpacked package: `image` is what a VM boots, `modules` is lib/modules/RELEASE."""
    release: str
    image: Path
    modules: Path

    @property
    def root(self):
        return self.modules.parents[2]

    @property
    def version(self):
        return tuple(int(number) for number in re.findall(r"\d+", self.release)[:2])


def run(*argv, **keywords):
    return subprocess.run(argv, capture_output=True, text=True, check=False, **keywords)


def newest(series, names):
    """The name with the highest number of its series, or None."""
    found = [(int(match[1]), name) for name in names if (match := SERIES[series].fullmatch(name))]
    return max(found)[1] if found else None


def package_of(series):
    try:
        known = run("apt-cache", "--names-only", "search", "^linux-image-6\\.").stdout
    except FileNotFoundError:
        known = ""
    name = newest(series, [line.split(" ", 1)[0] for line in known.splitlines()])
    if not name:
        raise VmError(f"there is no package of Linux {series} in the package lists: `apt-get update` reads them anew, "
                      "or give --kernel the path of an unpacked kernel package")
    return name


def download(name, folder):
    folder.mkdir(parents=True, exist_ok=True)
    # apt's own user cannot write here; nothing is gained by its sandbox for one file that apt verifies.
    done = run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3", "download", name, cwd=folder)
    archives = sorted(folder.glob(f"{name}_*.deb"))
    if done.returncode or not archives:
        why = done.stderr.strip().splitlines()[-1:] or ["apt said nothing"]
        raise VmError(f"the package {name} cannot be fetched: {why[0]}")
    return archives[-1]


def unpack(archive, folder):
    """An archive of dpkg into `folder`, which appears only when it is complete."""
    partial = folder.with_name(f"{folder.name}.partial")
    run("rm", "-rf", str(partial))
    partial.mkdir(parents=True)
    done = run("dpkg", "-x", str(archive), str(partial))
    if done.returncode:
        raise VmError(f"{archive} cannot be unpacked: {done.stderr.strip()}")
    partial.rename(folder)
    return folder


def in_folder(folder):
    """The kernel in an unpacked package."""
    images, modules = sorted(folder.glob("boot/vmlinuz-*")), sorted(folder.glob("lib/modules/*"))
    if not images or not modules:
        raise VmError(f"{folder} is no unpacked kernel package: it has no boot/vmlinuz-* or no lib/modules/*")
    release = modules[-1].name
    if not (modules[-1] / "modules.dep").is_file():
        done = run("depmod", "-b", str(folder), release)
        if done.returncode:
            raise VmError(f"depmod cannot list the modules of {release}: {done.stderr.strip()}")
    return Kernel(release, elf_of(images[-1]), modules[-1])


def in_archive(archive, cache):
    folder = cache / archive.name.split("_", 1)[0]
    return in_folder(folder if folder.is_dir() else unpack(archive, folder))


def in_series(series, cache):
    """What is unpacked already, else the newest package that apt knows of."""
    name = newest(series, [path.name for path in cache.glob("linux-image-*")])
    if name:
        return in_folder(cache / name)
    name = package_of(series)
    archive = download(name, cache)
    try:
        return in_folder(unpack(archive, cache / name))
    finally:
        archive.unlink()


def find_kernel(wanted, cache):
    """`wanted`: a series (6.1, 6.12), an unpacked package, or a .deb file. `cache`: where kernels are kept."""
    path = Path(wanted)
    if wanted in SERIES:
        return in_series(wanted, cache)
    if path.is_dir():
        return in_folder(path.resolve())
    if path.is_file() and path.suffix == ".deb":
        return in_archive(path.resolve(), cache)
    raise VmError(f"--kernel {wanted}: neither one of {', '.join(SERIES)}, nor a .deb, nor an unpacked kernel package", 2)
