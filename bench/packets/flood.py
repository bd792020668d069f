# SPDX-License-Identifier: GPL-2.0-or-later
"""What a flood of new flows from the inside does to the flows that are there, and to those that come after.

The table has room for an eighth of the flood. Every gateway has the same room.
"""

import time
from statistics import median

from gateways import Setting
from series import in_a_new_lab, series

ESTABLISHED, AFTER = 10_000, 1_000
ROOM, FLOOD = 131_072, 900_000
FLOOD_FIRST = 100_000   # flows with these numbers and up are nobody else's
SETTLED = 2.5           # seconds after which connection tracking calls an answered UDP flow established
SETTING = Setting(flows=ROOM)


def measure(bench):
    bench.establish(ESTABLISHED)
    time.sleep(SETTLED)
    bench.establish(ESTABLISHED)
    answer = bench.fresh(FLOOD, first=FLOOD_FIRST)
    return {
        "flood_pps": answer["sent"] / answer["seconds"],
        "replies": bench.arrivals("outside", ESTABLISHED) / ESTABLISHED,   # first: what is inside repairs nothing
        "established": bench.arrivals("inside", ESTABLISHED) / ESTABLISHED,
        "new": bench.arrivals("inside", AFTER, first=ESTABLISHED) / AFTER,
    }


def take(rows, options, say):
    """([{"row", "replies", "established", "new", "flood_pps"}], {row: problem}); shares of 1."""
    answers, problems = series(rows, options, say, "flood", in_a_new_lab(options, SETTING, measure))
    return [{"row": row, **{key: median(each[key] for each in samples) for key in samples[0]}}
            for row, samples in answers.items() if row not in problems], problems
