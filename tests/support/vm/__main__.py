# SPDX-License-Identifier: GPL-2.0-or-later
"""./run vm: one command under a stock kernel."""

import argparse
import os
import platform
import signal
import sys
import time
from pathlib import Path

from . import chosen as tests
from .accelerator import choose_accelerator
from .errors import VmError
from .kernels import find_kernel
from .machine import Hardware, Machine
from .session import Session, is_terminal

TREE = Path(__file__).resolve().parents[3]


def options():
    parser = argparse.ArgumentParser(
        prog="./run vm", usage="./run vm [OPTIONS] [-- COMMAND...]",
        description="Runs COMMAND under a stock kernel in a virtual machine over this machine's own files; what it "
                    "changes is thrown away. Without a COMMAND: the tests that this machine's kernel cannot run.",
        epilog="Exit status: that of COMMAND; 124 when its time is over; 125 when the VM failed.")
    parser.add_argument("--kernel", default="6.1", metavar="6.1|6.12|PATH",
                        help="a series of Debian 12, an unpacked kernel package, or a .deb (6.1)")
    parser.add_argument("--cpus", type=int, default=1, help="more than one costs speed under emulation (1)")
    parser.add_argument("--memory", type=int, default=2048, metavar="MIB", help="of the VM (2048)")
    parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS", help="of boot and command (3600)")
    parser.add_argument("--share", action="append", default=[], metavar="FOLDER",
                        help="what the command writes there stays; may be repeated")
    parser.add_argument("--accelerator", choices=("auto", "kvm", "tcg"), default="auto",
                        help="tcg is emulation (auto: kvm where a kernel boots under it)")
    parser.add_argument("--sample", action="store_true", help="without a COMMAND: a sample of the conformance suite")
    parser.add_argument("--verbose", action="store_true", help="say how long the boot took, show the console at the end")
    parser.add_argument("command", nargs="*", metavar="COMMAND")
    return parser


def run(chosen):
    if platform.machine() != "x86_64":
        raise VmError(f"the VM lab has kernels for x86_64 only, this machine is {platform.machine()}")
    cache = Path(os.environ.get("SLUICE_VM_CACHE", TREE / "build-vm"))
    for folder in chosen.share:
        if not Path(folder).is_dir():
            raise VmError(f"--share {folder}: there is no such folder", 2)
    kernel = find_kernel(chosen.kernel, cache)
    accelerator = choose_accelerator(kernel, cache) if chosen.accelerator == "auto" else chosen.accelerator
    hardware = Hardware(accelerator, chosen.cpus, chosen.memory, shares=[Path(one).resolve() for one in chosen.share])
    command = chosen.command or (tests.sample if chosen.sample else tests.marked)(cache)
    with Machine(kernel, hardware) as machine:
        started = time.monotonic()
        session = Session(machine, command, chosen.timeout, is_terminal())
        try:
            return session.run()
        finally:
            if session.status and machine.ran_out_of_memory():
                print(f"vm: the VM ran out of its {chosen.memory} MiB of memory: --memory gives it more", file=sys.stderr)
            if chosen.verbose:
                print(f"vm: Linux {kernel.release}, {accelerator}; {time.monotonic() - started:.1f} s in all, the command "
                      f"began {session.began or '?'} s after the kernel; its console:", file=sys.stderr)
                print("\n".join(machine.last_words(200)), file=sys.stderr)


def main():
    chosen = options().parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    try:
        sys.exit(run(chosen))
    except VmError as error:
        print(f"vm: {error}", file=sys.stderr)
        sys.exit(error.status)
    except KeyboardInterrupt:
        sys.exit(130)


main()
