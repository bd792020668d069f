# SPDX-License-Identifier: GPL-2.0-or-later
"""Another site over VXLAN: a host behind a plain kernel device at `far`, and the pieces of a document for it."""

from lab import eventually, servers
from lab.documents import policy
from lab.home import FAR4, WAN4

VNI, PORT, ROOM = 7007, 4789, 1450   # ROOM: what outer packets leave of 1500 bytes
SITE4, SITE6, TUNNEL4, TUNNEL6 = "10.70.0.7", "fd00:70::7", "10.70.0.1", "fd00:70::1"   # TUNNEL: the gateway's
SERVED = 8083   # TCP and UDP, at the site


def tunnel(vni=VNI, zone="site", addresses=(f"{TUNNEL4}/24", f"{TUNNEL6}/64"), **more):
    """The interface of a VXLAN to `far`."""
    return {"vxlan": {"vni": vni, "local": WAN4, "remotes": [FAR4]}, "zone": zone, "addresses": list(addresses), **more}


def site(home):
    """The document has the site as a zone that may ping the gateway, and nothing else."""
    home["interfaces"]["vx7"] = tunnel()
    home["policies"].append(policy("site-ping", "site", "host", protocol=["icmp", "icmpv6"]))


def other_site(house, name="site", vni=VNI, addresses=(f"{SITE4}/24", f"{SITE6}/64"), gateways=(TUNNEL4, TUNNEL6)):
    """A host of which everything goes through the tunnel, its outer packets through `far`."""
    made = house.lab.host(name)
    mac = f"02:00:5e:00:{vni >> 8:02x}:{vni & 0xff:02x}"   # the gateway remembers it from one scenario to the next
    house.far.ip(f"link add {name} address {mac} mtu {ROOM} type vxlan id {vni} local {FAR4} remote {WAN4} dstport {PORT}")
    house.far.ip(f"link set {name} netns {made.namespace} name eth0")
    # Gone when the next scenario makes one of that number; that of a namespace takes a while.
    house.lab.defer(made.ip, "link del eth0")
    made.ip("link set eth0 up")
    made.addresses("eth0", *addresses).routes(*(f"default via {gateway}" for gateway in gateways))
    servers.tcp_peer_server(made, SERVED)
    servers.udp_peer_server(made, SERVED)
    eventually("the way to the remote is known", lambda: all(
        row["mtu"] == ROOM for row in house.show("interfaces") if row["name"].startswith("vx")))
    return made


def into(house, host, *packets):
    """Sends packets made with scapy from that host through the tunnel."""
    host.injector("eth0", house.gateway.mac("vx7")).send(*packets)
