# SPDX-License-Identifier: GPL-2.0-or-later
"""What a gateway's flows take of the machine's memory, by the kernel's own account of all of it.

sluice takes its memory when the document is applied, connection tracking with each flow: so once with room and
no flow, and once with every flow established. What the harness itself takes is measured alike and taken off.
"""

import time
from statistics import median

from gateways import Setting
from rows import ROWS
from series import in_a_new_lab, series

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


def measure(bench):
    empty = settled()
    bench.establish(FLOWS)
    return {"empty": empty, "full": settled()}


def take(rows, options, say):
    """([{"row", "empty", "full", "per_flow"}], {row: problem}): bytes."""
    in_lab = in_a_new_lab(options, SETTING, measure)

    def sample(row):
        before = settled()
        return {key: after - before for key, after in in_lab(row).items()}

    answers, problems = series([NOBODY, *rows], options, say, "memory", sample)
    return [figure(row, answers) for row in rows if row.name not in problems], problems


def figure(row, answers):
    own = {key: median(each[key] for each in answers[row.name]) - median(each[key] for each in answers[NOBODY.name])
           for key in ("empty", "full")}
    return {"row": row.name, **own, "per_flow": own["full"] / FLOWS}
