# SPDX-License-Identifier: GPL-2.0-or-later
"""A way out without link headers (PPP, a tunnel): what is told by it of packets that nobody has answered yet."""

import time
from contextlib import ExitStack

import pytest
from documents import forward, policy
from lab import Lab, clients
from lab.documents import masquerade
from lab.point_to_point import point_to_point

WAN4, PROVIDER4, FAR4, NOBODY4 = "203.0.113.51", "203.0.113.1", "198.51.100.7", "198.51.100.99"
LAN4, INSIDE4 = "192.168.1.1", "192.168.1.2"
WAN6, PROVIDER6, FAR6 = "2001:db8:f::51", "2001:db8:f::1", "2001:db8:a::7"
LAN6, INSIDE6 = "fd00:1::1", "fd00:1::2"
FORWARDED, SMALLEST = 7777, 1400


class Site:
    def __init__(self, lab, stack):
        self.gateway, self.provider = lab.gateway("gw"), lab.host("provider")
        self.far, self.inside = lab.host("far"), lab.host("inside")
        lab.wire((self.gateway, "lan"), (self.inside, "eth0"))
        lab.wire((self.provider, "up0"), (self.far, "eth0"))
        stack(point_to_point((self.gateway, "ppp0"), (self.provider, "ppp0")))
        self.gateway.addresses("ppp0", f"{WAN4}/24", f"{WAN6}/64").routes(f"default via {PROVIDER4}", f"default via {PROVIDER6}")
        self.provider.addresses("ppp0", f"{PROVIDER4}/24", f"{PROVIDER6}/64").addresses("up0", "198.51.100.1/24", "2001:db8:a::1/64")
        self.provider.sysctl("net/ipv4/ip_forward", "1")
        self.provider.sysctl("net/ipv6/conf/all/forwarding", "1")
        self.provider.ip(f"link set dev up0 mtu {SMALLEST}")
        self.far.addresses("eth0", f"{FAR4}/24", f"{FAR6}/64").routes("default via 198.51.100.1", "default via 2001:db8:a::1")
        self.inside.addresses("eth0", f"{INSIDE4}/24", f"{INSIDE6}/64").routes(f"default via {LAN4}", f"default via {LAN6}")
        self.gateway.start_daemon()

    def document(self, engine):
        return {
            "version": 1, "engine": engine,
            "interfaces": {"ppp0": {"zone": "internet"}, "lan": {"zone": "lan", "addresses": [f"{LAN4}/24", f"{LAN6}/64"]}},
            "policies": [policy("out", "lan", "internet")],
            "nat": {"masquerade": [masquerade("out", "lan", "internet", family="both")],
                    "forwards": [forward("closed", WAN4, FORWARDED, f"{INSIDE4}:{FORWARDED}", protocol="udp")]}}


@pytest.fixture(scope="module", params=["ebpf", "nftables"])
def site(request):
    with Lab("tc") as lab, ExitStack() as stack:
        made = Site(lab, stack.enter_context)
        made.gateway.apply(made.document(request.param))
        yield made


@pytest.mark.parametrize("far, hops", [(FAR4, [LAN4, PROVIDER4, FAR4]), (FAR6, [LAN6, PROVIDER6, FAR6])])
def test_a_traceroute_shows_who_is_on_the_way(site, far, hops):
    done = site.inside.run("traceroute", "-n", "-q", 1, "-w", 2, "-m", 4, far)
    assert [line.split()[1] for line in done.stdout.splitlines()[1:]] == hops


@pytest.mark.parametrize("far", [FAR4, FAR6])
def test_a_closed_port_is_reported_inside(site, far):
    assert clients.udp_outcome(site.inside, far, 9, timeout=2) == "refused"


def test_a_host_that_is_not_there_is_reported_inside(site):
    began = time.monotonic()
    assert clients.tcp_outcome(site.inside, NOBODY4, 80, timeout=20) != "silence"
    assert time.monotonic() - began < 19


@pytest.mark.parametrize("far, size", [(FAR4, 1440), (FAR6, 1420)])
def test_what_is_too_big_is_reported_by_the_first_packet(site, far, size):
    site.inside.run("ping", "-c", 2, "-W", 1, "-M", "do", "-s", size, far, expect=None)
    assert f"mtu {SMALLEST}" in site.inside.ip(f"route get {far}").stdout


def test_and_outside_what_is_closed_inside(site):
    assert clients.udp_outcome(site.far, WAN4, FORWARDED, timeout=2) == "refused"
