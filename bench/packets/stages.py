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
from bench import table_room
from figures import ns_each
from gateways import Setting
from private import WORK
from rates import SIDES
from series import in_a_new_lab, series
from shell import BenchError, run

LOOKS = 20_000   # a second
STARTS_WITHIN = 1.0   # of perf
OTHER_PROGRAM = "bpf_prog_"   # what the kernel calls programs by; the gateway's are known by file


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
    return "generator and sink" if function.startswith(OTHER_PROGRAM) else function


def sample(bench, side, flows, places, options):
    """Nanoseconds of each packet by place."""
    path = os.path.join(WORK, "looks")
    words = ["perf", "record", "-q", "-C", str(options.core), "-e", "cpu-clock", "-F", str(LOOKS), "-o", path]
    try:
        perf = subprocess.Popen([*words, "sleep", str(options.seconds)], stderr=subprocess.PIPE, text=True)
    except OSError as error:
        raise BenchError(f"start perf: {error.strerror}") from error
    with perf:
        answer = bench.rate(side, flows, options.seconds + STARTS_WITHIN)
        if perf.wait():
            raise BenchError(f"perf: {perf.stderr.read().strip()}")
    looks = Counter(whose(address, function, places) for address, function in looks_at(path))
    os.unlink(path)
    each = ns_each(answer)
    return {place: count / looks.total() * each for place, count in looks.items()}


def both_ways(bench, flows, options):
    bench.establish(flows)
    places = Places(bench.agent, costs.attached(bench))
    return [sample(bench, side, flows, places, options) for side in SIDES.values()]


def mean(samples):
    total = sum((Counter(places) for places in samples), Counter())
    return {place: ns / len(samples) for place, ns in total.items()}


def take(rows, options, say):
    """({(row, flows): {place: nanoseconds}}, {row: problem}): means over both directions and the repetitions."""
    found, problems = {}, {}
    for flows in options.flows:
        measure = in_a_new_lab(options, Setting(flows=table_room(flows)), lambda bench, flows=flows: both_ways(bench, flows, options))
        answers, failed = series(rows, options, say, f"stages, {flows} flows", measure)
        found |= {(row, flows): mean([one for both in samples for one in both]) for row, samples in answers.items()}
        problems |= failed
    return found, problems
