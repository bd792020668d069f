# SPDX-License-Identifier: GPL-2.0-or-later
"""Which part of a rate iperf3 gets. A busy machine makes what it had no time for again, and for longer."""

import json

from .wait import eventually

PORT = 5201
LEAST, MOST = 0.85, 1.1   # of a rate: headers are 4 % of what passes, and iperf3 does not count them
SHORT, LONG, AGAIN = (4, 1), (10, 2), 3   # seconds that count, and those before them; how often the long one
CUBIC = ("-C", "cubic")


def answer(host, address, time, *options):
    """None while the server is still busy with the one before."""
    said = json.loads(host.run("iperf3", "-c", address, "-p", PORT, "-t", time[0], "-O", time[1], "-J", *options,
                               expect=None, quiet=True).stdout)
    host.lab.log.say(f"iperf3: {said.get('error', 'done')}")
    return said["end"].get("sum_received")


def part(host, address, rate, time, *options):
    """What arrived, as a part of the rate in Mbit/s."""
    received = eventually("iperf3 measures", lambda: answer(host, address, time, *options), within=60)
    return received["bits_per_second"] / 1e6 / rate


def gets(host, address, rate, *options):
    """Nothing, or what it got instead in each try."""
    seen = []
    for time in (SHORT, *[LONG] * AGAIN):
        seen.append(part(host, address, rate, time, *options))
        host.lab.log.say(f"iperf3 {' '.join(map(str, options))}: {seen[-1]:.2f} of the rate")
        if LEAST <= seen[-1] <= MOST:
            return []
    return seen
