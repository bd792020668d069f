# SPDX-License-Identifier: GPL-2.0-or-later
"""A host with IPv6 alone uses names and servers of IPv4: NAT64 by sluice, DNS64 by unbound on the gateway, as docs/nat64.md has it."""

import documents
import pytest
from lab import clients, eventually, servers
from lab.home import INSIDE4, LAN4, LAN6, OUTSIDE4, WAN4

ZONE = """server:
  directory: "{directory}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  interface: {address}
  access-control: 2001:db8:10::/64 allow
  module-config: "dns64 iterator"
  dns64-prefix: 64:ff9b::/96
  do-not-query-localhost: no
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: {upstream}@5300
"""


@pytest.fixture(scope="module", params=["tc", "xdp"])
def hook(request):
    return request.param


@pytest.fixture(scope="module")
def document(hook):
    made = documents.home(hook)
    made["nat"]["nat64"] = [{"name": "six-only", "from": "lan", "to": "internet"}]
    made["policies"].append({"name": "dns", "from": "lan", "to": "host", "protocol": "udp", "ports": 53, "action": "accept"})
    return made


@pytest.fixture
def six_only(home):
    """The inside host without IPv4, and with a resolver that is the gateway's."""
    file = home.lab.directory / "unbound.conf"
    file.write_text(ZONE.format(directory=home.lab.directory, address=LAN6, upstream=OUTSIDE4), encoding="ascii")
    upstream = home.outside.start("/usr/sbin/dnsmasq", "-k", "-C", "/dev/null", "-p", 5300, "--no-resolv", "--no-hosts",
                                  "--pid-file=", f"--address=/old.example/{OUTSIDE4}")
    home.inside.ip("addr del", f"{INSIDE4}/24", "dev eth0")
    resolver = home.gateway.start("/usr/sbin/unbound", "-d", "-c", file)
    eventually("the resolver answers", lambda: answer(home.inside))
    yield home.inside
    resolver.end()
    upstream.end()
    home.inside.addresses("eth0", f"{INSIDE4}/24").routes(f"default via {LAN4}")


def answer(host):
    """The address; without one nothing, whatever dig has to complain of."""
    told = host.run("dig", "+short", "+time=1", "+tries=1", "AAAA", "old.example.", f"@{LAN6}", expect=None).stdout
    return "".join(line for line in told.splitlines() if not line.startswith(";"))


def test_a_host_with_ipv6_alone_reaches_a_name_of_ipv4(home, six_only):
    servers.http_server(home.outside, 8088)
    address = answer(six_only)
    assert address == "64:ff9b::cb00:7109"
    assert clients.http_peer(six_only, address, 8088).address == WAN4
    clients.ping(six_only, address, count=3)
    done = six_only.run("traceroute", "-6", "-n", "-q", 1, "-w", 2, "-m", 4, address)
    assert [line.split()[1] for line in done.stdout.splitlines()[1:]] == [LAN6, address]


def test_many_hosts_share_a_pool(home, six_only):
    """Ports are had for each destination, from the addresses of the pool."""
    made = documents.home(home.lab.hook)
    made["nat"]["nat64"] = [{"name": "six-only", "from": "lan", "to": "internet", "addresses": "203.0.113.64/30"}]
    made["policies"].append({"name": "dns", "from": "lan", "to": "host", "protocol": "udp", "ports": 53, "action": "accept"})
    home.gateway.apply(made)
    servers.tcp_peer_server(home.outside, 7100)
    seen = {clients.tcp_peer(six_only, f"64:ff9b::{OUTSIDE4}", 7100).address for _ in range(3)}
    assert len(seen) == 1 and seen <= {f"203.0.113.{n}" for n in range(64, 68)}   # paired (RFC 4787 REQ-2)


def test_what_is_wrong_is_said_and_changes_nothing(home):
    for rule, sentence in (({"prefix": "64:ff9b::/64"}, "not a unicast IPv6 prefix of 96 bits"),
                           ({"addresses": "2001:db8::1"}, "is IPv6"), ({"name": "out"}, "is that of the masquerade"),
                           ({"to": "nowhere"}, "nowhere")):
        made = documents.home(home.lab.hook)
        made["nat"]["nat64"] = [{"name": "six-only", "from": "lan", "to": "internet", **rule}]
        before = home.gateway.json("status")["revision"]
        refused = home.gateway.apply(made, expect=3)
        assert sentence in refused.stderr
        assert home.gateway.json("status")["revision"] == before
