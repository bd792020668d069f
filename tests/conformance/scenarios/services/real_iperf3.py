# SPDX-License-Identifier: GPL-2.0-or-later
"""Bulk both ways through a service: both connections of a client lead to one iperf3, also while the other one dies, and then to that which is left."""

from harness import eventually
from harness.health import await_states, checked
from harness.services import PORT, Led
from lab.home import INSIDE4, SECOND4, WAN4
from lab.services import iperf, iperf_server

IPERF = 5201
HOSTS = {"one/near": "inside", "two/near": "second"}

document = checked([{"name": "one", "near": f"{INSIDE4}:{IPERF}"}, {"name": "two", "near": f"{SECOND4}:{IPERF}"}], "tcp", sticky="source")


def carried_by(house, **options):
    """The backend of a run, whose every byte has come."""
    led = Led(house)
    assert iperf(house.outside, WAN4, port=PORT, seconds=1, **options) > 0
    [backend] = led()
    return backend


def scenario(house):
    servers = {backend: iperf_server(getattr(house, host)) for backend, host in HOSTS.items()}
    await_states(house, one__near="up", two__near="up")
    first = carried_by(house)
    assert carried_by(house, reverse=True, streams=4) == first, "it stays with its source"
    [other] = set(HOSTS) - {first}
    client = house.outside.start("iperf3", "-c", WAN4, "-p", PORT, "-t", 4)
    eventually("it runs", lambda: house.outside.run("ss", "-Htn", "state", "established", f"dport = :{PORT}").stdout.count("\n") >= 2)
    servers[other].kill()
    await_states(house, **{other.replace("/", "__"): "down"})
    assert client.wait() == 0, client.output()
    servers[first].kill()
    await_states(house, **{first.replace("/", "__"): "down"})
    iperf_server(getattr(house, HOSTS[other]))
    await_states(house, **{other.replace("/", "__"): "up"})
    assert carried_by(house) == other
