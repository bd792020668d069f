# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the time of a packet goes: the generator's core is looked at many times a second (perf), and each look counts for the
source file of the BPF programs, or for the function of the kernel, that it met.

The program is the one that carries traffic, without a switch for stages that are left out: those that stay would meet other
caches and branches.
"""

import os
import subprocess
from bisect import bisect
from collections import Counter

import costs
from bench import ROOM_TO_OPEN
from gateways import Setting
from private import WORK
from rates import SIDES, lab_of, rotated
from shell import BenchError, run

LOOKS = 20_000   # a second
STARTS_WITHIN = 1.0   # of perf
RIG = ("bpf_prog_",)   # of programs that are not the gateway's: generator and sink


class Places:
    """The file for an address in one of these programs."""

    def __init__(self, agent, programs):
        rows = sorted(row for number in programs for row in agent.ask("places", id=number)["places"])
        self._starts = [start for start, _ in rows]
        self._files = [file for _, file in rows]

    def file_at(self, address):
        at = bisect(self._starts, address) - 1
        return self._files[at] if at >= 0 else ""


def looks_at(path):
    """(address, function) of each look."""
    for line in run("perf", "script", "-i", path, "-F", "ip,sym").splitlines():
        address, _, function = line.strip().partition(" ")
        if address:
            yield int(address, 16), function


def whose(address, function, places):
    file = places.file_at(address)
    if file:
        return file
    return "generator and sink" if function.startswith(RIG) else function


def sample(bench, side, flows, options):
    """Nanoseconds of each packet by place."""
    path = os.path.join(WORK, "looks")
    places = Places(bench.agent, costs.attached(bench.netns))
    words = ["perf", "record", "-q", "-C", str(options.core), "-e", "cpu-clock", "-F", str(LOOKS), "-o", path]
    with subprocess.Popen([*words, "sleep", str(options.seconds)], stderr=subprocess.PIPE, text=True) as perf:
        answer = bench.rate(side, flows, options.seconds + STARTS_WITHIN)
        if perf.wait():
            raise BenchError(f"perf: {perf.stderr.read().strip()}")
    looks = Counter(whose(address, function, places) for address, function in looks_at(path))
    os.unlink(path)
    each = answer["seconds"] / max(1, answer["counted"]) * 1e9
    return {place: count / looks.total() * each for place, count in looks.items()}


def take(rows, options, say):
    """({(row, flows): {place: nanoseconds}}, {row: problem}): means over both directions and the repetitions."""
    sums, problems = {}, {}
    for repetition in range(options.repeat):
        for flows in options.flows:
            for row in rotated([row for row in rows if row.name not in problems], repetition):
                try:
                    with lab_of(row, options, Setting(flows=max(ROOM_TO_OPEN, 2 * max(options.flows)))) as bench:
                        bench.establish(flows)
                        for side in SIDES.values():
                            sums.setdefault((row.name, flows), Counter()).update(sample(bench, side, flows, options))
                except BenchError as error:
                    problems[row.name] = str(error)
        say(f"stages: repetition {repetition + 1} of {options.repeat} done")
    times = options.repeat * len(SIDES)
    return {key: {place: ns / times for place, ns in found.items()} for key, found in sums.items()}, problems
