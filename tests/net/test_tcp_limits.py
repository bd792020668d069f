# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP under limits of bits, at round trips of 0.2, 10 and 50 ms and in both directions: it gets the rate, and who shares one
shares it alike (docs/decisions/0040). bench/limits has the figures.

A pause of this machine that is longer than a bucket holds, 0.3 s, costs a connection a part of so short a run, and it may take
seconds to come back: what was short runs again, by itself and for longer, three times at most. A gigabit with other work beside
it says more of the machine than of the limit: bench/limits measures it.
"""

import itertools
from typing import NamedTuple

import pytest
from lab import Lab, distances, services
from lab.pace import EMULATED

DISTANCES = (0.2, 10, 50)
WAYS = ("up", "down")
SHORT, LONG, AGAIN = (4, 1), (10, 2), 3   # seconds that count, and those before them; how often the long one
LEAST, MOST = 0.9, 1.02   # of the rate: headers are 3.5 % of what passes, and iperf3 does not count them


class Flows(NamedTuple):
    """Connections that share a limit. `alike`: none has less than two of five parts where there are two."""

    rate: int   # Mbit/s
    streams: int
    distance: float
    way: str
    key: str = "rule"
    alike: bool = False


def each(rates=(10, 100), streams=(1,), at=DISTANCES, ways=WAYS, keys=("rule",), alike=()):
    """All of these at once."""
    return [Flows(*one, alike=one[2] in alike) for one in itertools.product(rates, streams, at, ways, keys)]


class Far:
    """The lab of distances, with an iperf3 server for each flows that were asked for, at a port of its own."""

    def __init__(self, lab):
        self.lab, self.ports, self.numbers = lab, {}, itertools.count(5000)
        self.distances = distances.DistancesLab(lab, DISTANCES)
        self.distances.start()

    def port(self, number, distance):
        """Those of one test after the other use the same ones."""
        if (number, distance) not in self.ports:
            self.ports[number, distance] = next(self.numbers)
            services.iperf_server(self.distances.servers[distance], self.ports[number, distance])
        return self.ports[number, distance]

    def limit(self, number, flows):
        port = self.port(number, flows.distance)
        return {"name": f"l{port}", "rate": f"{flows.rate}mbit", "from": "lan", "to": "internet", "key": flows.key,
                "direction": "original" if flows.way == "up" else "reply", "protocol": "tcp", "ports": port}

    def shares(self, wanted, change, time):
        """Of each, as distances.shares() has them."""
        limits = [self.limit(number, flows) for number, flows in enumerate(wanted)]
        self.distances.apply(change(distances.document(self.lab.hook, limits)))
        running = [distances.iperf(self.distances.client, self.distances.addresses[flows.distance],
                                   self.port(number, flows.distance), *time, flows.streams, flows.way == "down")
                   for number, flows in enumerate(wanted)]
        seen = [distances.shares(one, flows.rate, sum(time) + 20) for one, flows in zip(running, wanted)]
        for flows, what in zip(wanted, seen):
            self.lab.log.say(f"{flows}: (all, least, most) {what}")
        return seen

    def held(self, wanted, change=lambda document: document):
        """All at the same time."""
        found = []
        for time in (SHORT, *[LONG] * AGAIN):
            seen = self.shares(wanted, change, time)
            found = [(flows, flaw) for flows, what in zip(wanted, seen) for flaw in flaws(flows, what)]
            wanted = list(dict(found))
            if not wanted:
                return
        assert not found, "\n".join(f"{flaw}: {flows}" for flows, flaw in found)


def flaws(flows, seen):
    share, least, _ = seen
    if share < LEAST:
        yield f"{share:.2f} of the rate"
    if share > MOST:
        yield f"{share:.2f} of the rate: more than it"
    if flows.alike and least < 0.4 * share:
        yield f"one had {least:.2f} of {share:.2f}: not alike"


@pytest.fixture(scope="module")
def lab(hook):
    with Lab(hook) as made:
        yield made


@pytest.fixture(scope="module")
def far(lab):
    return Far(lab)


def test_ten_megabits(far):
    """All at once: one connection, ten, two, and two of one source. At 0.2 ms two packets on their way are more than the rate: the
    two find their way by losses."""
    far.held(each([10], [1, 10]) + each([10], [2], alike=DISTANCES) + each([10], [2], keys=["source"]))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("streams", [1, 10])
def test_a_hundred_megabits(far, streams, way):
    far.held(each([100], [streams], ways=[way]))


@pytest.mark.parametrize("way", WAYS)
def test_two_share_a_hundred_megabits_alike(far, way):
    far.held(each([100], [2], ways=[way], alike=DISTANCES))


def in_a_vrf(document):
    """The client's side is a VRF with the main one's way out: the limit's row is the VRF's."""
    document["interfaces"]["lan"]["vrf"] = "office"
    return document | {"vrfs": {"office": {"table": 1100, "routes": [{"to": "0.0.0.0/0", "through": "main"}]}}}


def test_with_a_limit_for_each_vrf(far):
    far.held(each([10], [2], keys=["vrf"]), in_a_vrf)


@pytest.mark.parametrize("way", WAYS)
def test_fifty_streams(far, way):
    far.held(each([100], [50], ways=[way]))


@pytest.mark.needs("netem")
@pytest.mark.skipif(EMULATED, reason="an emulated processor pauses for longer than a bucket holds")
def test_with_the_kernels_own_delays(far):
    """Under a stock kernel, where `far` is made with netem."""
    far.held(each([10], [2], at=(10, 50), alike=(10, 50)))
