# SPDX-License-Identifier: GPL-2.0-or-later
"""Bulk both ways through a service: both connections of a client lead to one iperf3, also while the other one dies, and then to that which is left."""

from harness import eventually
from harness.health import SERVED, Backend, await_states, checked
from harness.services import PORT, Led
from lab.home import INSIDE4, SECOND4, WAN4
from lab.services import iperf, iperf_server

IPERF = 5201
ROWS = [{"name": "one", "near": f"{INSIDE4}:{IPERF}"}, {"name": "two", "near": f"{SECOND4}:{IPERF}"}]

# iperf3 takes any connection for a client's; one that comes while a test begins ends that test or hangs it.
document = checked(ROWS, check={"port": SERVED}, sticky="source")


class Measured:
    """iperf3 on a backend's host, and what its health is asked of."""

    def __init__(self, house, name):
        self.health = Backend(house, name)
        self.iperf = iperf_server(self.health.host, IPERF)

    def dies(self):
        self.iperf.kill()
        self.health.stops()

    def comes_back(self):
        self.iperf = iperf_server(self.health.host, IPERF)
        self.health.starts()


def carried_by(house, servers, **options):
    """The backend of a run, whose every byte has come."""
    led = Led(house)
    try:
        assert iperf(house.outside, WAN4, port=PORT, seconds=1, **options) > 0
    except AssertionError as told:
        raise AssertionError(f"{told}; led to {led()}; the servers said {[one.iperf.output() for one in servers.values()]}") from told
    [backend] = led()
    return backend


def scenario(house):
    servers = {f"{name}/near": Measured(house, name) for name in ("one", "two")}
    await_states(house, one__near="up", two__near="up")
    first = carried_by(house, servers)
    assert carried_by(house, servers, reverse=True, streams=4) == first, "it stays with its source"
    [other] = set(servers) - {first}
    client = house.outside.start("iperf3", "-c", WAN4, "-p", PORT, "-t", 4)
    eventually("it runs", lambda: house.outside.run("ss", "-Htn", "state", "established", f"dport = :{PORT}").stdout.count("\n") >= 2)
    servers[other].dies()
    await_states(house, **{other.replace("/", "__"): "down"})
    assert client.wait() == 0, client.output()
    servers[first].dies()
    await_states(house, **{first.replace("/", "__"): "down"})
    servers[other].comes_back()
    await_states(house, **{other.replace("/", "__"): "up"})
    assert carried_by(house, servers) == other
