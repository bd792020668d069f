# SPDX-License-Identifier: GPL-2.0-or-later
"""What a first packet costs among so many policies, of which the last one lets it pass.

Every other policy has a source, a destination and a port of its own, and none of them is the flows'. For
nftables they are as many rules one after another.
"""

from statistics import median

import costs
from figures import ns_each
from gateways import Setting
from series import in_a_new_lab, series

NUMBERS = (1, 100, 1000, 10_000)
FLOWS = 5000


def measure(bench):
    """The time of a new flow, and what of it the BPF programs of the gateway take by the kernel's clock."""
    devices = costs.attached(bench)

    def run_ns():
        return sum(bench.agent.ask("program", id=number)["run_ns"] for number in devices)

    answer = bench.fresh(FLOWS)
    if devices:
        bench.agent.ask("stats", on=True)
    before = run_ns()
    passed = bench.fresh(FLOWS, first=FLOWS)["received"]
    took = run_ns() - before
    if devices:
        bench.agent.ask("stats", on=False)
    return {"ns": ns_each(answer), "passed": answer["received"] / FLOWS,
            "programs_ns": took / max(1, passed) if devices else None}


def take(rows, options, say):
    """([{"row", "policies", "ns", "ns_min", "ns_max", "programs_ns", "passed"}], {row: problem})"""
    answers, problems = {}, {}
    for number in NUMBERS:
        sample = in_a_new_lab(options, Setting(policies=number), measure)
        answers[number], failed = series(rows, options, say, f"{number} policies", sample)
        problems.update({f"{row}, {number}": text for row, text in failed.items()})
    return [figure(row, number, samples) for number, each in answers.items()
            for row, samples in each.items() if samples], problems


def figure(row, number, samples):
    times = [sample["ns"] for sample in samples]
    programs = [sample["programs_ns"] for sample in samples]
    return {"row": row, "policies": number, "ns": median(times), "ns_min": min(times), "ns_max": max(times),
            "programs_ns": None if None in programs else median(programs),
            "passed": median(sample["passed"] for sample in samples)}
