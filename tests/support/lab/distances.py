# SPDX-License-Identifier: GPL-2.0-or-later
"""client -- lan [gateway] wan -- router -- (a link that takes time) -- a server for each round trip."""

import json
import subprocess

from .gateway import binaries
from .wait import eventually

LAN4, CLIENT4, WAN4, ROUTER4 = "192.168.10.1", "192.168.10.2", "203.0.113.1", "203.0.113.9"
WAITING = 20_000   # packets that wait on a link
ROOM = "4096 131072 33554432"   # of a socket, in bytes: a gigabit at 50 ms must fit


def document(hook, limits, engine="ebpf"):
    def interface(zone, address):
        return {"zone": zone, "addresses": [f"{address}/24"]} | ({"hook": hook} if engine == "ebpf" else {})
    return {"version": 1, "engine": engine,
            "interfaces": {"wan": interface("internet", WAN4), "lan": interface("lan", LAN4)},
            "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
            "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}]}, "limits": limits}


class DistancesLab:
    """`servers`: by milliseconds, with the address of each in `addresses`."""

    def __init__(self, lab, milliseconds):
        self.lab = lab
        self.client, self.gateway, self.router = lab.host("client"), lab.gateway("gw"), lab.host("router")
        lab.wire((self.gateway, "lan"), (self.client, "eth0"))
        lab.wire((self.gateway, "wan"), (self.router, "eth0"))
        self.client.addresses("eth0", f"{CLIENT4}/24")
        self.client.routes(f"default via {LAN4}")
        self.router.addresses("eth0", f"{ROUTER4}/24")
        self.router.sysctl("net/ipv4/ip_forward", "1")
        self.servers, self.addresses = {}, {}
        for number, distance in enumerate(milliseconds):
            self._place(number, distance)

    def start(self):
        self.gateway.start_daemon()

    def apply(self, document):
        self.gateway.apply(document)
        self.gateway.ip("route replace default via", ROUTER4, "dev wan onlink")

    def _place(self, number, milliseconds):
        server, near, address = self.lab.host(f"server{number}"), f"far{number}", f"198.51.{100 + number}.7"
        wire_far(self.lab, self.router, near, server, milliseconds)
        self.router.addresses(near, f"198.51.{100 + number}.1/24")
        server.addresses("eth0", f"{address}/24")
        server.routes(f"default via 198.51.{100 + number}.1")
        for host in (self.client, server):
            for way in ("tcp_rmem", "tcp_wmem"):
                host.sysctl(f"net/ipv4/{way}", ROOM)
        self.servers[milliseconds], self.addresses[milliseconds] = server, address


def wire_far(lab, router, near, server, milliseconds):
    """A link of the round trip between `near` of the router and eth0 of the server."""
    if not _netem(lab, router, near, server, milliseconds):
        _line(router, near, server, milliseconds)


def _netem(lab, router, near, server, milliseconds):
    delay = ("root", "netem", "delay", f"{milliseconds * 500:.0f}us", "limit", WAITING)
    have = subprocess.run(["tc", "-n", server.namespace, "qdisc", "add", "dev", "lo", *map(str, delay)], capture_output=True, check=False)
    if have.returncode:
        return False
    lab.run("tc", "-n", server.namespace, "qdisc", "del", "dev", "lo", "root")
    lab.wire((router, near), (server, "eth0"))
    for host, device in ((router, near), (server, "eth0")):
        lab.run("tc", "-n", host.namespace, "qdisc", "add", "dev", device, *delay)
    return True


def _line(router, near, server, milliseconds):
    line = router.start(binaries() / "sluice_delay_line", near, "other", f"{milliseconds * 500:.0f}")
    eventually("the link is there", lambda: "ready" in line.output())
    router.ip("link set other netns", server.namespace, "name eth0")
    for host, device in ((router, near), (server, "eth0")):
        host.ip("link set", device, "txqueuelen", WAITING, "up")


def iperf(client, address, port, seconds, omit=1, streams=1, down=False):
    """Starts one whose answer shares() reads. CUBIC, whatever the machine prefers."""
    return client.start("iperf3", "-c", address, "-p", port, "-t", seconds, "-O", omit, "-P", streams, "-J", "-C", "cubic",
                        *(["-R"] if down else []))


def shares(running, megabits, timeout):
    """What arrived: parts of the rate that all streams had together, and the least and the largest of them."""
    running.wait(timeout)
    answer = json.loads(running.output())
    assert "end" in answer and "error" not in answer, answer.get("error", answer)
    each = [stream["receiver"]["bits_per_second"] / 1e6 / megabits for stream in answer["end"]["streams"]]
    return sum(each), min(each), max(each)
