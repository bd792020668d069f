# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's ELF file out of its self-extracting image.

Emulation spends seconds in the image's own decompressor; the ELF file is booted directly, through its PVH note (Xen's x86/HVM
direct boot ABI, which qemu knows).
"""

import subprocess

MAGIC = {"xz": b"\xfd7zXZ\0", "zstd": b"\x28\xb5\x2f\xfd", "lz4": b"\x02\x21\x4c\x18", "gzip": b"\x1f\x8b\x08"}
ELF = b"\x7fELF"


def places(data, magic):
    at = data.find(magic)
    while at >= 0:
        yield at
        at = data.find(magic, at + 1)


def decompressed(data, tool):
    try:
        return subprocess.run([tool, "-dc"], input=data, capture_output=True, check=False).stdout
    except FileNotFoundError:
        return b""


def elf_in(data):
    for tool, magic in MAGIC.items():
        for at in places(data, magic):
            found = decompressed(data[at:], tool)
            if found.startswith(ELF):
                return found
    return None


def elf_of(image):
    """The path of the ELF file, kept beside the image; the image itself where it holds none that we can read."""
    kept = image.with_name(image.name.replace("vmlinuz", "vmlinux"))
    if kept.is_file():
        return kept
    found = elf_in(image.read_bytes())
    if not found:
        return image
    partial = kept.with_name(f"{kept.name}.partial")
    partial.write_bytes(found)
    partial.rename(kept)
    return kept
