# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP gets what a limit of bits gives: not more, and nearly all of it although what exceeds is dropped.

Headers are 3.5 % of the rate, for engines that see each packet. A packet merged of many is up to 1.7 % of what 10 Mbit/s
are in three seconds. What the burst holds passes beside the rate, whenever TCP comes for it.
"""

import pytest
from harness import limit, limits
from lab import services
from lab.home import OUTSIDE4

RATES = {10: 5210, 100: 5211}   # Mbit/s: port
SECONDS, BURST = 3, 1           # both in time at the rate


def document(home):
    limits(home, *[limit(f"bits-{rate}", f"{rate}mbit", burst=f"{rate * 125}kB", protocol="tcp", ports=port)
                   for rate, port in RATES.items()])


@pytest.mark.parametrize("rate", RATES)
def scenario(house, rate):
    services.iperf_server(house.outside, RATES[rate])
    received = services.iperf(house.inside, OUTSIDE4, SECONDS, RATES[rate], streams=4)
    share = received * 1000 / rate
    assert 0.85 <= share <= (SECONDS + BURST) / SECONDS * 1.03, f"TCP had {share:.3f} of the rate"
