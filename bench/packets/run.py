# SPDX-License-Identifier: GPL-2.0-or-later
"""Packet rates: sluice against the kernel, nftables and the bare redirect. docs/performance.md explains."""

import json
import os
import sys

import costs
import flood
import machine
import memory
import options as command_line
import picture
import policies
import ports
import report
import requests
import services
import stages
from bench import lab_of
from conntrack import limit, room_for
from private import is_private, run_privately, settle_in
from rates import Rates
from rows import ROWS, TCP_ROWS
from shell import BenchError
from tcp import Tcp


def say(text):
    print(text, file=sys.stderr, flush=True)


def costs_of(rows, options):
    found = {}
    for row in rows:
        with lab_of(row, options) as bench:
            found[row.name] = costs.of(bench)
    return {name: programs for name, programs in found.items() if programs}


def measure_rates(options, result):
    rates = Rates([row for row in ROWS if row.name in options.rows], options, say)
    rates.take()
    programs = {} if options.no_costs else costs_of([row for row in rates.rows if not row.direct], options)
    result["drops"] = rates.drops
    cells = rates.cells()
    print(report.rate_table(ROWS, cells))
    if options.picture:
        picture.draw(ROWS, cells, options.picture, machine.title(result["machine"]))
    if programs:
        print(report.cost_table(programs))
    result["rates"] = [{"row": row, "kind": kind, "flows": flows, **cell,
                        "samples": rates.answers[row, kind, flows]}
                       for (row, kind, flows), cell in cells.items()]
    result["programs"] = programs
    result["problems"].update(rates.problems)
    result["warning"] = rates.warning()


def measure_tcp(options, result):
    bench = Tcp(TCP_ROWS, options, say)
    try:
        bench.take()
    finally:
        bench.stop()
    cells = bench.cells()
    print(report.tcp_table(TCP_ROWS, cells))
    result["tcp"] = [{"row": row, "streams": streams, **cell} for (row, streams), cell in cells.items()]
    result["problems"].update({f"{name}, TCP": text for name, text in bench.problems.items()})


def translating(options):
    """Rows that say something where ports and flows are counted, of IPv4."""
    return [row for row in ROWS if row.translated and not row.ipv6 and row.name in options.rows]


def measure_ports(options, result):
    result["ports"], problems = ports.take(translating(options), options, say)
    print(report.ports_table(ROWS, result["ports"]))
    result["problems"].update({f"{name}, ports": text for name, text in problems.items()})


def measure_flood(options, result):
    result["flood"], problems = flood.take(translating(options), options, say)
    print(report.flood_table(ROWS, result["flood"]))
    result["problems"].update({f"{name}, flood": text for name, text in problems.items()})


def measure_memory(options, result):
    result["memory"], problems = memory.take(translating(options), options, say)
    print(report.memory_table(ROWS, result["memory"]))
    result["problems"].update({f"{name}, memory": text for name, text in problems.items()})


def measure_requests(options, result):
    rows = [row for row in ROWS if row.name in options.rows and not (row.direct or row.ceiling or row.ipv6)]
    result["requests"], problems = requests.take(rows, options, say)
    print(report.requests_table(ROWS, result["requests"]))
    result["problems"].update({f"{name}, requests": text for name, text in problems.items()})


def measure_services(options, result):
    result["services"], problems = services.take(options, say)
    print(report.services_table(services.ROWS, result["services"]))
    result["problems"].update({f"{name}, services": text for name, text in problems.items()})


def measure_stages(options, result):
    rows = [row for row in ROWS if row.name in options.rows and not (row.direct or row.ceiling)]
    found, problems = stages.take(rows, options, say)
    print(report.stages_table(ROWS, found))
    result["stages"] = [{"row": row, "flows": flows, "ns": places} for (row, flows), places in found.items()]
    result["problems"].update({f"{name}, stages": text for name, text in problems.items()})


def measure_policies(options, result):
    result["policies"], problems = policies.take(translating(options), options, say)
    print(report.policies_table(ROWS, result["policies"]))
    result["problems"].update({f"{name} policies": text for name, text in problems.items()})


MEASURES = {"rates": measure_rates, "tcp": measure_tcp, "ports": measure_ports, "flood": measure_flood,
            "memory": measure_memory, "policies": measure_policies, "requests": measure_requests, "services": measure_services,
            "stages": measure_stages}


def room_of(options):
    """What connection tracking may hold: the same as sluice where that is what is compared."""
    if "flood" in options.measure:
        return limit(flood.ROOM, say)
    return room_for(max(*options.flows, memory.FLOWS if "memory" in options.measure else 1), say)


def measure(options):
    result = {"schema_version": 1, "machine": machine.describe(options), "options": vars(options),
              "problems": {}, "drops": {}, "warning": None}
    print(machine.sentence(result["machine"]), flush=True)
    for what in options.measure:
        MEASURES[what](options, result)
    result["machine"]["load_at_end"] = os.getloadavg()[0]
    return result


def conclude(options, result):
    for row, drops in result["drops"].items():
        print(f"\n{row} itself dropped: " + ", ".join(f"{count:,} {reason}" for reason, count in drops.items()))
    if result["warning"]:
        print(f"\n{result['warning']}")
    for row, problem in result["problems"].items():
        print(f"\nnot measured: {row}: {problem}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    return 1 if result["problems"] else 0


def main():
    options = command_line.parse()
    if not is_private():
        with room_of(options):
            return run_privately()
    settle_in()
    return conclude(options, measure(options))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        say(f"bench: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("bench: interrupted; everything it made went with it")
        sys.exit(130)
