# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP gets what a limit of bits gives: not more, and nearly all of it although what exceeds is dropped.

Headers are 3.5 % of the rate, for engines that see each packet. A packet merged of many is up to 2.6 % of what 10 Mbit/s
are in two seconds. What was saved up passes in the time that is omitted.
"""

import pytest
from harness import limit, limits
from lab import services
from lab.home import OUTSIDE4

RATES = {10: 5210, 100: 5211}   # Mbit/s: port


def document(home):
    limits(home, *[limit(f"bits-{rate}", f"{rate}mbit", burst=f"{rate * 125}kB", protocol="tcp", ports=port)
                   for rate, port in RATES.items()])


@pytest.mark.parametrize("rate", RATES)
def scenario(house, rate):
    services.iperf_server(house.outside, RATES[rate])
    received = services.iperf(house.inside, OUTSIDE4, 2, RATES[rate], streams=4, omit=1.5)
    share = received * 1000 / rate
    assert 0.85 <= share <= 1.06, f"TCP had {share:.3f} of the rate"
