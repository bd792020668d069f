# SPDX-License-Identifier: GPL-2.0-or-later
"""Packet rates: sluice against the kernel, nftables and the bare redirect. docs/performance.md explains."""

import json
import os
import sys

import costs
import machine
import options as command_line
import report
import tcp
from conntrack import room_for
from gateways import ROWS, TCP_ROWS
from private import is_private, run_privately, settle_in
from rates import Rates
from shell import BenchError


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure_rates(options):
    rows = [row for row in ROWS if row.name in options.rows]
    rates = Rates(rows, options, say)
    try:
        rates.take()
        programs = {} if options.no_costs else {row.name: costs.of(rates.bench(row)) for row in rates.rows if not row.direct}
        return rates, {row: found for row, found in programs.items() if found}
    finally:
        rates.stop()


def measure(options):
    rates, programs = measure_rates(options)
    cells = rates.cells()
    print(report.rate_table(ROWS, cells))
    if programs:
        print(report.cost_table(programs))
    result = {"rates": [{"row": row, "kind": kind, "flows": flows, **cell, "samples": rates.answers[row, kind, flows]}
                        for (row, kind, flows), cell in cells.items()],
              "programs": programs, "problems": dict(rates.problems), "warning": rates.warning()}
    if options.tcp:
        measure_tcp(options, result)
    return result


def measure_tcp(options, result):
    bench = tcp.Tcp(TCP_ROWS, options, say)
    try:
        bench.take()
    finally:
        bench.stop()
    cells = bench.cells()
    print(report.tcp_table(TCP_ROWS, cells))
    result["tcp"] = [{"row": row, "streams": streams, **cell} for (row, streams), cell in cells.items()]
    result["problems"].update({f"{name}, TCP": text for name, text in bench.problems.items()})


def report_all(options):
    about = machine.describe(options)
    print(machine.sentence(about), flush=True)
    result = {"schema_version": 1, "machine": about, "options": vars(options), **measure(options)}
    result["machine"]["load_at_end"] = os.getloadavg()[0]
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
        with room_for(max(options.flows), say):
            return run_privately()
    settle_in()
    return report_all(options)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        say(f"bench: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("bench: interrupted; everything it made went with it")
        sys.exit(130)
