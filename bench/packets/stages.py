# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the time of a packet goes: the generator's core is looked at many times a second (perf), and each look counts for the
source file of the BPF programs, or for the function of the kernel, that it met.

The program is the one that carries traffic, without a switch for stages that are left out: those that stay would meet other
caches and branches.
"""

import os
import select
import signal
import subprocess
from bisect import bisect
from collections import Counter
from contextlib import contextmanager

import costs
from bench import table_room
from figures import ns_each
from gateways import Setting
from private import WORK
from rates import SIDES
from series import in_a_new_lab, series
from shell import BenchError, run

LOOKS = 3_000   # a second
STARTS_WITHIN = 10   # seconds, of perf
OTHER_PROGRAM = "bpf_prog_"   # what the kernel calls programs by; the gateway's are known by file
NEW = 0   # as a number of flows: first packets


class Places:
    """The file for an address in one of these programs; and the line, if that is wanted."""

    def __init__(self, agent, programs, lines):
        rows = sorted(row for number in programs for row in agent.ask("places", id=number)["places"])
        self._starts = [start for start, _, _ in rows]
        self._names = [f"{file}:{line}" if lines and file else file for _, file, line in rows]

    def name_at(self, address):
        at = bisect(self._starts, address) - 1
        return self._names[at] if at >= 0 else ""


def looks_at(path, process):
    """(address, function) of each look that met the generator: by its number, for perf may not know the names of new threads."""
    for line in run("perf", "script", "-i", path, "--pid", str(process), "-F", "ip,sym").splitlines():
        address, _, function = line.strip().partition(" ")
        if address:
            yield int(address, 16), function


def whose(address, function, places):
    name = places.name_at(address)
    if name:
        return name
    return "generator and sink" if function.startswith(OTHER_PROGRAM) else function


@contextmanager
def looking(options, path):
    """Until the block ends, from its beginning: perf looks when it is told to, and says that it does."""
    told, tell = os.pipe()
    answers, answer = os.pipe()
    words = ["perf", "record", "-q", "-C", str(options.core), "-e", "cpu-clock", "-F", str(LOOKS), "-o", path,
             "--delay", "-1", "--control", f"fd:{told},{answer}"]
    try:
        perf = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, pass_fds=(told, answer))
    except OSError as error:
        raise BenchError(f"start perf: {error.strerror}") from error
    finally:
        os.close(told)
        os.close(answer)
    with perf, os.fdopen(tell, "wb", buffering=0) as tell, os.fdopen(answers, "rb") as answers:
        try:
            tell.write(b"enable\n")
            if not select.select([answers], [], [], STARTS_WITHIN)[0] or not answers.read1().startswith(b"ack"):
                raise BenchError("perf does not begin")
            yield
        finally:   # perf ends by nothing else
            perf.send_signal(signal.SIGINT)
        if perf.wait() not in (0, -signal.SIGINT):
            raise BenchError(f"perf: {perf.stderr.read().strip()}")


def sample(bench, send, places, options):
    """Nanoseconds of each packet by place, of those that `send()` sends."""
    path = os.path.join(WORK, "looks")
    with looking(options, path):
        each = ns_each(send())
    looks = Counter(whose(address, function, places) for address, function in looks_at(path, bench.agent.process))
    os.unlink(path)
    if not looks:
        raise BenchError("perf has not seen the generator")
    return {place: count / looks.total() * each for place, count in looks.items()}


def places_in(bench, options):
    return Places(bench.agent, costs.attached(bench), options.lines)


def both_ways(bench, flows, options):
    bench.establish(flows)
    places = places_in(bench, options)
    return [sample(bench, lambda side=side: bench.rate(side, flows, options.seconds), places, options) for side in SIDES.values()]


def first_packets(bench, options):
    return [sample(bench, lambda: bench.fresh(options.fresh), places_in(bench, options), options)]


def mean(samples):
    total = sum((Counter(places) for places in samples), Counter())
    return {place: ns / len(samples) for place, ns in total.items()}


def measures(options):
    """{number of flows: what is measured of a lab that has room for them}"""
    found = {flows: lambda bench, flows=flows: both_ways(bench, flows, options) for flows in options.flows}
    if options.fresh:
        found[NEW] = lambda bench: first_packets(bench, options)
    return found


def take(rows, options, say):
    """({(row, flows): {place: nanoseconds}}, {row: problem}): means over both directions and the repetitions."""
    found, problems = {}, {}
    for flows, measure in measures(options).items():
        in_labs = in_a_new_lab(options, Setting(flows=table_room(flows or options.fresh)), measure)
        answers, failed = series(rows, options, say, f"stages, {f'{flows} flows' if flows else 'new flows'}", in_labs)
        found |= {(row, flows): mean([one for each in samples for one in each]) for row, samples in answers.items()}
        problems |= failed
    return found, problems
