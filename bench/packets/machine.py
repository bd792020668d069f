# SPDX-License-Identifier: GPL-2.0-or-later
"""What the figures were taken on."""

import datetime
import os
import platform
import re

from shell import BenchError, run


def describe(options):
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "kernel": platform.release(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "virtual": "hypervisor" in read("/proc/cpuinfo"),
        "core_used": options.core,
        "memory_kb": int(re.search(r"MemTotal:\s+(\d+)", read("/proc/meminfo")).group(1)),
        "clang": version("clang-16", "--version") or version("clang", "--version"),
        "nft": version("nft", "--version"),
        "sluice": version(os.path.join(options.bin, "sluice"), "--version"),
        "load_at_start": os.getloadavg()[0],
    }


def sentence(machine):
    return (f"{machine['cpu']}, {machine['cores']} cores{' (virtual)' if machine['virtual'] else ''}, "
            f"kernel {machine['kernel']}, {machine['clang']}; generator, gateway and far end on core "
            f"{machine['core_used']}; load average at the start {machine['load_at_start']:.1f}")


def title(machine):
    """Short, for a picture."""
    return f"64-byte UDP (IPv6: 84 bytes) through a gateway, {machine['cpu']}{' (virtual)' if machine['virtual'] else ''}, {machine['time'][:10]}"


def cpu_model():
    found = re.search(r"model name\s*:\s*(.*)", read("/proc/cpuinfo"))
    return found.group(1) if found else platform.machine()


def version(*words):
    try:
        return run(*words).splitlines()[0]
    except (BenchError, IndexError):
        return None


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
