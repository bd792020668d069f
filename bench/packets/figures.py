# SPDX-License-Identifier: GPL-2.0-or-later
"""From single measurements to medians, spreads and ratios. Pure."""

from statistics import median

from disturbance import lost, waiting


def pps(answer):
    return answer["counted"] / answer["seconds"] if answer["seconds"] else 0.0


def ns_each(answer):
    return answer["seconds"] / max(1, answer["counted"]) * 1e9


def summary(answers):
    rates = [pps(answer) for answer in answers]
    return {
        "pps": median(rates),
        "pps_min": min(rates),
        "pps_max": max(rates),
        "lost": median(lost(answer) for answer in answers),
        "wrong_address": sum(answer["received"] - answer["as_expected"] for answer in answers),
        "core_shared": median(waiting(answer) for answer in answers),
        "others_busy": median(answer["others_busy"] for answer in answers),
        "repetitions": len(rates),
    }


def add_ratios(cells, rows):
    """Ratios of medians, and the gateway's own time per packet: the time per packet less the harness's.

    `cells` maps (row, kind, flows) to a summary, `rows` a name to a row; what a ratio needs may be missing."""
    for (name, kind, flows), cell in cells.items():
        if not cell["pps"]:
            continue
        row = rows[name]
        for peer, key in ((row.peer, "of_nft"), ("redirect", "of_ceiling")):
            other = cells.get((row.of_its_family(peer), kind, flows))
            cell[key] = cell["pps"] / other["pps"] if other and other["pps"] else None
        harness = None if row.direct else cells.get((row.of_its_family("harness"), kind, flows))
        cell["net_ns"] = 1e9 / cell["pps"] - 1e9 / harness["pps"] if harness and harness["pps"] else None
