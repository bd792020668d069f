# SPDX-License-Identifier: GPL-2.0-or-later
"""How deep the stack of each BPF program gets: what the verifier of older kernels refuses, seen without booting one.

stack_depth.py OBJECT... prints the deepest chain of calls of each program, and fails when the verifier would:
512 bytes for all frames of a chain, each counted in steps of 32 (kernel/bpf/verifier.c, check_max_stack_depth,
before Linux 6.9; newer ones count in steps of 16), and no more than eight frames.
"""

import re
import subprocess
import sys
from shutil import which

MOST_BYTES, MOST_FRAMES, STEP = 512, 8, 32
SECTION = re.compile(r"Disassembly of section (\S+):$")
FUNCTION = re.compile(r"([0-9a-f]+) <(\w+)>:$")
FRAME_SLOT = re.compile(r"r10 - (0x[0-9a-f]+|\d+)")
FRAME_ADDRESS = re.compile(r"r(\d+) = r10$")
FRAME_OFFSET = re.compile(r"r(\d+) \+= -(0x[0-9a-f]+|\d+)$")
# Opcode 85 from register 1: a function of the program, told by a relocation or by the distance to it.
CALL = re.compile(r"(\d+):\s+85 10 00 00 .*call (-?0x[0-9a-f]+|-?\d+)$")
RELOCATION = re.compile(r"R_BPF_64_32\s+([.\w]+)$")


class Function:
    """What a listing says of one function: the bytes of its frame, and what it calls: a name, or (section, place)."""

    def __init__(self):
        self.frame, self.calls, self.addresses, self.place = 0, [], set(), None

    def grow(self, size):
        self.frame = max(self.frame, int(size, 0))

    def read(self, line, section):
        if call := CALL.search(line):
            self.place = int(call[2], 0) + 1   # from the section's beginning, where a relocation follows
            self.calls.append((section, int(call[1]) + self.place))
        elif relocation := RELOCATION.search(line):
            target = relocation[1]
            self.calls[-1] = (target, self.place) if target.startswith(".") else target
        elif slot := FRAME_SLOT.search(line):
            self.grow(slot[1])
        elif base := FRAME_ADDRESS.search(line):
            self.addresses.add(base[1])
        elif (offset := FRAME_OFFSET.search(line)) and offset[1] in self.addresses:
            self.grow(offset[2])
            self.addresses.discard(offset[1])


def functions_of(listing):
    """{name: (bytes of its own frame, names of what it calls)}."""
    functions, places, section, current = {}, {}, "", None
    for line in listing.splitlines():
        if found := SECTION.match(line):
            section = found[1]
        elif start := FUNCTION.match(line):
            if not start[2].startswith("LBB"):
                current = functions[start[2]] = Function()
                places[section, int(start[1], 16) // 8] = start[2]
        elif current:
            current.read(line, section)
    return {name: (found.frame, sorted({call if isinstance(call, str) else places[call] for call in found.calls}))
            for name, found in functions.items()}


def counted(frame):
    return max(1, -(-frame // STEP)) * STEP


def deepest(functions, name):
    """The chain of calls that needs most: ([names], bytes)."""
    frame, calls = functions[name]
    chain, below = max((deepest(functions, call) for call in calls), key=lambda found: found[1], default=([], 0))
    return [name, *chain], counted(frame) + below


def longest(functions, name):
    return 1 + max((longest(functions, call) for call in functions[name][1]), default=0)


def disassembled(path):
    tool = next(filter(None, map(which, ("llvm-objdump-16", "llvm-objdump-19", "llvm-objdump"))))
    return subprocess.run([tool, "--disassemble", "--reloc", path],
                          capture_output=True, text=True, check=True).stdout


def main(paths):
    refused = False
    for path in paths:
        functions = functions_of(disassembled(path))
        called = {call for _, calls in functions.values() for call in calls}
        for name in sorted(functions.keys() - called):
            chain, size = deepest(functions, name)
            frames = longest(functions, name)
            print(f"{name}: {size} of {MOST_BYTES} bytes, {frames} of {MOST_FRAMES} frames:",
                  " > ".join(f"{one} {functions[one][0]}" for one in chain))
            refused = refused or size > MOST_BYTES or frames > MOST_FRAMES
    return int(refused)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
