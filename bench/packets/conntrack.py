# SPDX-License-Identifier: GPL-2.0-or-later
"""Room for the flows that the nft row is to have; the only setting outside the benchmark's namespaces."""

import contextlib

MAXIMUM = "/proc/sys/net/netfilter/nf_conntrack_max"


@contextlib.contextmanager
def room_for(flows, say):
    """Raises the machine's limit while a benchmark with more flows runs, and puts it back."""
    try:
        with open(MAXIMUM, encoding="ascii") as file:
            before = int(file.read())
    except FileNotFoundError:
        before = None
    wanted = 2 * flows
    if before is None or before >= wanted:
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
