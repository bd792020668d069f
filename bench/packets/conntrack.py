# SPDX-License-Identifier: GPL-2.0-or-later
"""Room for the flows of connection tracking; the only setting outside the benchmark's namespaces."""

import contextlib

MAXIMUM = "/proc/sys/net/netfilter/nf_conntrack_max"


def current():
    try:
        with open(MAXIMUM, encoding="ascii") as file:
            return int(file.read())
    except FileNotFoundError:
        return None


def room_for(flows, say):
    """Raises the machine's limit while a benchmark with more flows runs, and puts it back."""
    return limit(max(2 * flows, current() or 0), say)


@contextlib.contextmanager
def limit(wanted, say):
    """So many flows and no more, while a benchmark runs."""
    before = current()
    if before is None or before == wanted:
        yield
        return
    say(f"nf_conntrack_max: {wanted} instead of {before} while this runs")
    write(wanted)
    try:
        yield
    finally:
        write(before)


def write(value):
    with open(MAXIMUM, "w", encoding="ascii") as file:
        file.write(str(value))
