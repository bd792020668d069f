# SPDX-License-Identifier: GPL-2.0-or-later
"""What a gateway's flows take of the machine's memory, by the kernel's own account of all of it.

sluice takes its memory when the document is applied, connection tracking with each flow: so once with room and
no flow, and once with every flow established. What the harness itself takes is measured alike and taken off.
"""

import time
from statistics import median

from bench import Bench
from gateways import ROWS, Setting
from series import LABS
from rates import rotated
from shell import BenchError

FLOWS = 1_000_000
CALM = 2 << 20   # bytes in three seconds
SETTING = Setting(flows=FLOWS)
NOBODY = next(row for row in ROWS if row.direct)


def used():
    """Bytes that nobody can have before somebody gives them back."""
    with open("/proc/meminfo", encoding="ascii") as file:
        kib = {line.split(":")[0]: int(line.split()[1]) for line in file}
    return 1024 * (kib["MemTotal"] - kib["MemFree"] - kib["Buffers"] - kib["Cached"] - kib["SReclaimable"])


def settled():
    """The kernel gives large tables back some time after their end."""
    readings = [used()]
    for _ in range(60):
        time.sleep(0.5)
        readings.append(used())
        if len(readings) > 5 and max(readings[-6:]) - min(readings[-6:]) < CALM:
            break
    return readings[-1]


def sample(row, options):
    before = settled()
    bench = Bench(row, options, name=f"{row.name}-memory{next(LABS)}", setting=SETTING)
    try:
        empty = settled()
        bench.establish(FLOWS)
        return {"empty": empty - before, "full": settled() - before}
    finally:
        bench.stop()


def take(rows, options, say):
    """([{"row", "empty", "full", "per_flow"}], {row: problem}): bytes."""
    answers, problems = {row.name: [] for row in (NOBODY, *rows)}, {}
    for repetition in range(options.repeat):
        for row in rotated([NOBODY, *rows], repetition):
            if row.name in problems:
                continue
            try:
                answers[row.name].append(sample(row, options))
            except BenchError as error:
                problems[row.name] = str(error)
                say(f"{row.title}, memory: {error}")
        say(f"memory: repetition {repetition + 1} of {options.repeat} done")
    return [figure(row, answers) for row in rows if row.name not in problems], problems


def figure(row, answers):
    own = {key: median(each[key] for each in answers[row.name]) - median(each[key] for each in answers[NOBODY.name])
           for key in ("empty", "full")}
    return {"row": row.name, **own, "per_flow": own["full"] / FLOWS}
