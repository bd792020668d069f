# SPDX-License-Identifier: GPL-2.0-or-later
"""What a new flow costs while the ports of the outside address run out.

No inside port lies in the range that is given out, so that every flow needs a search.
"""

from statistics import median

from figures import ns_each
from gateways import Setting
from series import in_a_new_lab, series

FIRST, SIZE = 45000, 20480
BATCH = SIZE // 20
USES = (0, 0.5, 0.8, 0.9, 0.95)   # of the range, before the batch that is measured
SETTING = Setting(ports=f"{FIRST}-{FIRST + SIZE - 1}")


def measure(bench):
    """[{"use", "ns", "found"}], one for each of USES."""
    samples, opened = [], 0
    for use in USES:
        wanted = round(use * SIZE)
        if wanted > opened:
            bench.fresh(wanted - opened, first=opened)
        answer = bench.fresh(BATCH, first=wanted)
        opened = wanted + BATCH
        samples.append({"use": use, "ns": ns_each(answer),
                        "found": answer["received"] / BATCH})
    return samples


def take(rows, options, say):
    """([figures], {row: problem}); a figure has "row", "use", "ns", "ns_min", "ns_max" and "found"."""
    answers, problems = series(rows, options, say, "ports", in_a_new_lab(options, SETTING, measure))
    return [figure(row, [samples[i] for samples in each])
            for row, each in answers.items() if row not in problems for i in range(len(USES))], problems


def figure(row, samples):
    times = [sample["ns"] for sample in samples]
    return {"row": row, "use": samples[0]["use"], "ns": median(times), "ns_min": min(times),
            "ns_max": max(times), "found": median(sample["found"] for sample in samples)}
