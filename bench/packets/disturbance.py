# SPDX-License-Identifier: GPL-2.0-or-later
"""What else the machine did during a measurement.

Others on the generator's core, which the agent reports as `waited`, spoil a measurement. So does a receiver that
was moved to another core, which is seen from lost packets: on one core nothing is lost but what the gateway drops.
Others on the other cores share memory and the last cache level only; how busy those were is kept with the figures.
"""

import os

from machine import read

MAX_WAIT = 0.05   # share of the time for which the generator may have been without its core
MAX_LOST = 0.01   # share of the packets
TRIES = 3


def undisturbed(measure, core):
    """Measures again when it was disturbed; what was disturbed least counts."""
    answers = []
    while len(answers) < TRIES:
        before = busy_and_total(core)
        answers.append(measure())
        answers[-1]["others_busy"] = share(before, busy_and_total(core))
        if not is_disturbed(answers[-1]):
            break
    return min(answers, key=lambda answer: waiting(answer) + lost(answer))


def is_disturbed(answer):
    return waiting(answer) > MAX_WAIT or lost(answer) > MAX_LOST


def waiting(answer):
    return answer["waited"] / max(answer["seconds"], 1e-9)


def lost(answer):
    return 1 - answer["received"] / answer["sent"] if answer["sent"] else 0.0


def busy_and_total(core):
    """Ticks of all cores but this one. A single core has no others, which are never busy."""
    busy = total = 0
    for line in read("/proc/stat").splitlines():
        name, *ticks = line.split()
        if name.startswith("cpu") and name not in ("cpu", f"cpu{core}"):
            ticks = [int(tick) for tick in ticks[:8]]
            total += sum(ticks)
            busy += sum(ticks) - ticks[3] - ticks[4]   # idle and waiting for a disk
    return busy, total


def share(before, after):
    total = after[1] - before[1]
    return (after[0] - before[0]) / total if total else 0.0


def warning(answers):
    """A sentence when the figures are not to be taken at their word, otherwise nothing."""
    disturbed = sum(is_disturbed(answer) for answer in answers)
    if disturbed * 10 < len(answers):
        return None
    return (f"{disturbed} of {len(answers)} measurements were disturbed (others took the core, or packets were "
            f"lost): rates are too low, and ratios are rough. Load average now: {os.getloadavg()[0]:.1f}.")
