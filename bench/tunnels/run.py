#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client of a WireGuard tunnel gets of the internet behind its gateway: sluice on each of its ways, and beside it a gateway
made by hand of wg-quick, an nftables masquerade and the kernel's forwarding. Needs root; SLUICE_BIN_DIR says which build.

All ends of tunnels are of one kind: the kernel's WireGuard, or wireguard-go where the kernel has none. Client, gateway and server
share the machine's cores, so only ratios say something of a gateway. Rows take turns, and a ratio is to the peer's figure of the
same round.
"""

import argparse
import contextlib
import json
import os
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "tests" / "support"), str(ROOT / "bench" / "packets")]

import machine  # noqa: E402  needs the path, as the others
from measures import MEASURES  # noqa: E402
from private import is_private, run_privately  # noqa: E402
from rows import ROWS  # noqa: E402


def names_of(known):
    def read(text):
        wrong = [name for name in text.split(",") if name not in known]
        if wrong:
            raise argparse.ArgumentTypeError(f"nothing is called {wrong[0]}; there are {', '.join(known)}")
        return text.split(",")
    return read


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=names_of(ROWS), default=list(ROWS), help=f"of {', '.join(ROWS)}")
    parser.add_argument("--measure", type=names_of(MEASURES), default=list(MEASURES), help=f"of {', '.join(MEASURES)}")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement, after one that does not count")
    parser.add_argument("--json", metavar="FILE", help="write every figure to FILE, too")
    return parser.parse_args()


def rotated(rigs, by):
    """Each round begins with another, so that none is always first after a pause."""
    by %= len(rigs)
    return rigs[by:] + rigs[:by]


def all_go_first():
    """Where the kernel groups processes by session, each session here has the best nice level: wireguard-go is in the bench's own
    by hand, and in that of sluiced where sluice starts it. All processes are the bench's own (private.py).
    """
    for group in Path("/proc").glob("[0-9]*/autogroup"):
        with contextlib.suppress(OSError):   # no such groups, or it ended
            group.write_text("-20", encoding="ascii")


def take(rigs, options):
    """{(measure, row): a figure for each round}"""
    figures = {}
    for number in range(options.rounds):
        for what in options.measure:
            for rig in rotated(rigs, number):
                figures.setdefault((what, rig.name), []).append(MEASURES[what][1](rig, options.seconds))
        print(f"round {number + 1} of {options.rounds} done, load average {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    return figures


def ratios(figures, what, rig):
    """To the peer, round by round; none where the peer is not among the rows."""
    peers = figures.get((what, rig.peer), [])
    return [own / max(other, 1e-9) for own, other in zip(figures[what, rig.name], peers)]


def spread(values, form):
    return f"{median(values):{form}} ({min(values):{form}} - {max(values):{form}})" if values else "-"


def table(rigs, figures, options):
    for what in options.measure:
        yield f"\n| {MEASURES[what][0]} | median (least - most) | of the peer |\n| --- | ---: | ---: |"
        for rig in rigs:
            yield f"| {rig.title} | {spread(figures[what, rig.name], '.0f')} | {spread(ratios(figures, what, rig), '.2f')} |"


def sentence(rigs):
    backends = sorted({rig.backend() for rig in rigs})
    return (f"{machine.cpu_model()}, {os.cpu_count()} cores, kernel {os.uname().release}; WireGuard by {' and '.join(backends)}; "
            f"load average {os.getloadavg()[0]:.1f}")


def main():
    options = parse()
    if not is_private():
        return run_privately()
    with contextlib.ExitStack() as stack:
        rigs = [stack.enter_context(ROWS[name](name)) for name in options.rows]
        all_go_first()
        print(sentence(rigs), flush=True)
        figures = take(rigs, options)
        print("\n".join(table(rigs, figures, options)))
    if options.json:
        rows = [{"measure": what, "row": row, "figures": values} for (what, row), values in figures.items()]
        Path(options.json).write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
