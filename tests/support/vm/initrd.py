# SPDX-License-Identifier: GPL-2.0-or-later
"""The first root of a VM: busybox, the modules that reach the machine's root, and guest/init."""

import gzip
import lzma
import shutil
import subprocess
import tempfile
from pathlib import Path

from .errors import VmError

GUEST = Path(__file__).resolve().parent / "guest"
# A disk is there before anybody looks for it: to load its driver udev would have to be through with the rest of the cards.
MODULES = ("virtio_pci", "virtio_console", "virtio_blk", "overlay", "9pnet_virtio", "9p")
OPEN = {".xz": lzma.open, ".gz": gzip.open, ".ko": open}


def dependencies(kernel):
    """module name -> the files that it needs and itself, as paths below lib/modules/RELEASE, in the order of loading."""
    found = {}
    for line in (kernel.modules / "modules.dep").read_text(encoding="utf-8").splitlines():
        file, needs = line.split(":", 1)
        found[Path(file).name.split(".", 1)[0].replace("-", "_")] = [*reversed(needs.split()), file]
    return found


def files_of(kernel):
    """All modules that are no part of the kernel itself, each once."""
    known, files = dependencies(kernel), []
    for module in MODULES:
        files.extend(file for file in known.get(module, []) if file not in files)
    return files


def copy_module(source, folder):
    name = source.name.split(".ko", 1)[0] + ".ko"
    with OPEN[source.suffix](source, "rb") as packed:
        (folder / name).write_bytes(packed.read())
    return name


def busybox():
    found = shutil.which("busybox")
    if not found:
        raise VmError("there is no busybox, which starts the VM: install busybox-static (`./run setup`)")
    return found


def fill(folder, kernel):
    for name in ("bin", "proc", "sys", "dev", "lower", "rw", "new", "control", "modules"):
        (folder / name).mkdir()
    shutil.copy(busybox(), folder / "bin" / "busybox")
    shutil.copy(GUEST / "init", folder / "init")
    names = [copy_module(kernel.modules / file, folder / "modules") for file in files_of(kernel)]
    (folder / "modules" / "order").write_text("".join(f"{name}\n" for name in names), encoding="ascii")


def pack(folder, target):
    """As cpio, uncompressed: the guest would spend longer on unpacking it than qemu on loading it."""
    names = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    try:
        done = subprocess.run(["cpio", "--create", "--format=newc", "--quiet"], cwd=folder, input=names.encode(),
                              capture_output=True, check=False)
    except FileNotFoundError:
        raise VmError("there is no cpio, which packs the VM's first root: `./run setup` installs it") from None
    if done.returncode:
        raise VmError(f"cpio failed: {done.stderr.decode(errors='replace').strip()}")
    target.write_bytes(done.stdout)


def initrd_of(kernel, folder):
    """The initrd of this kernel in `folder`, which lives as long as the VM."""
    target = folder / "initrd"
    with tempfile.TemporaryDirectory(dir=folder) as made:
        fill(Path(made), kernel)
        pack(Path(made), target)
    return target
