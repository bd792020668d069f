# SPDX-License-Identifier: GPL-2.0-or-later
"""Two sites of which one has a plain kernel device, as somebody without sluice has it."""

import contextlib

from documents import two_sites
from lab import Lab, servers
from lab.sites import PORT, REMOTE4, REMOTE6, ROOM, SITE4, VNI, WAN4, Sites, by


class KernelSites(Sites):
    """The other end is such a device, `vx`."""

    def __init__(self, lab, way):
        super().__init__(lab, way)
        self.remote.addresses("eth0", f"{REMOTE4}/24", f"{REMOTE6}/64")
        self.tunnel(self.remote)
        servers.tcp_peer_server(self.stranger, 8080)

    def document(self, *ends, **vxlan):
        return by(self.way, two_sites(*ends, **vxlan))

    def tunnel(self, host, vni=VNI, local=REMOTE4, remote=WAN4, address=SITE4, port=PORT, mtu=ROOM):
        """Another one takes its place, with the MAC address that the gateway knows."""
        host.run("ip", "link", "del", "vx", expect=None)
        host.ip(f"link add vx address {host.mac('eth0')} mtu {mtu} type vxlan id {vni}",
                f"local {local} remote {remote} dstport {port} noudp6zerocsumrx")
        host.ip("link set vx up")
        self.live_in(host, address)


@contextlib.contextmanager
def kernel_sites(way):
    """In a lab of their own, with a daemon."""
    with Lab(way[1]) as lab:
        made = KernelSites(lab, way)
        made.gateway.start_daemon()
        yield made
