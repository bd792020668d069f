# SPDX-License-Identifier: GPL-2.0-or-later
"""KVM where it truly works. A /dev/kvm says little: some machines have one that runs no stock kernel."""

import os
import platform
import subprocess

from .machine import Hardware, Machine

PATIENCE = 20   # seconds; a boot under KVM takes about one


def boots_under_kvm(kernel):
    """Boots it up to its first program, which turns it off again."""
    with Machine(kernel, Hardware(accelerator="kvm", memory=512), init="/bin/false", name="kvm-probe") as machine:
        machine.start()
        try:
            machine.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return False
        # A first program that ends is a panic: the kernel got that far.
        return any("Attempted to kill init" in line for line in machine.last_words(50))


def choose_accelerator(kernel, cache):
    """kvm or tcg; what was found is kept in `cache` for this machine's kernel."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    kept = cache / f"accelerator-{platform.release()}"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("kvm" if boots_under_kvm(kernel) else "tcg", encoding="ascii")
    return kept.read_text(encoding="ascii")
