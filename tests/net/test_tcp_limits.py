# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP under limits of bits, at round trips of 0.2, 10 and 50 ms and in both directions: it gets the rate, and who shares one
shares it alike (docs/decisions/0040). At a gigabit the machine decides; bench/limits measures that.
"""

import pytest
from lab import Lab, distances, services

DISTANCES = (0.2, 10, 50)
SECONDS, OMITTED = 4, 1
TRIES = 3   # a machine that is busy carries less than it may
WAYS = ("up", "down")


def port(rate, distance, way):
    return 5000 + rate * 10 + DISTANCES.index(distance) * 2 + WAYS.index(way)


def limit(rate, distance, way, **more):
    return {"name": f"l{port(rate, distance, way)}", "rate": f"{rate}mbit", "from": "lan", "to": "internet",
            "direction": "original" if way == "up" else "reply", "protocol": "tcp", "ports": port(rate, distance, way), **more}


@pytest.fixture(scope="module")
def lab(hook):
    with Lab(hook) as made:
        yield made


@pytest.fixture(scope="module")
def far(lab):
    made = distances.DistancesLab(lab, DISTANCES)
    made.start()
    for rate in (10, 100):
        for distance, server in made.servers.items():
            for way in WAYS:
                services.iperf_server(server, port(rate, distance, way))
    return made


def together(far, rate, ways, streams):
    """The shares of the rate at each distance and in each direction, all at the same time."""
    running = {(distance, way): distances.iperf(far.client, far.addresses[distance], port(rate, distance, way), SECONDS, OMITTED,
                                                streams, way == "down") for distance in DISTANCES for way in ways}
    return {where: distances.shares(one, rate, SECONDS + OMITTED + 20) for where, one in running.items()}


def held(far, rate, ways, streams, alike=(), **more):
    """Until each has nine tenths: headers are 3.5 % of what passes, and iperf3 does not count them. And until two share alike."""
    far.apply(distances.document(far.lab.hook, [limit(rate, distance, way, **more) for distance in DISTANCES for way in ways]))
    for _ in range(TRIES):
        seen = together(far, rate, ways, streams)
        far.lab.log.say(f"{rate} Mbit/s, {streams} streams, (all, least, most): {seen}")
        if (all(0.9 <= share <= 1.02 for share, _, _ in seen.values())
                and all(least >= 0.4 * share for (distance, _), (share, least, _) in seen.items() if distance in alike)):
            return
    pytest.fail(f"{TRIES} times not what {rate} Mbit/s give: {seen}")


@pytest.mark.parametrize("streams", [1, 10])
def test_ten_megabits(far, streams):
    held(far, 10, WAYS, streams)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("streams", [1, 10])
def test_a_hundred_megabits(far, streams, way):
    held(far, 100, (way,), streams)


def test_two_share_alike(far):
    """Within 60 : 40. At 0.2 ms two packets on their way are more than the rate: there they find their way by losses."""
    held(far, 100, ("up",), 2, alike=(10, 50))


@pytest.mark.parametrize("key", ["source", "vrf"])
def test_with_a_key(far, key):
    held(far, 10, WAYS, 2, key=key)


def test_fifty_streams(far):
    held(far, 100, ("up",), 50)
