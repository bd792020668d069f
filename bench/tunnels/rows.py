# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateways that are compared, each in a lab of its own:

    client, wg-quick -- line [gateway] wan -- server

The client sends all it has into the tunnel, and the gateway masquerades what comes out of it. Nothing else is masqueraded, and
the server has no route but to `wan`: whoever it sees at that address came through the tunnel.
"""

import sys
import tempfile
from pathlib import Path

from lab import Lab, clients, phones, servers, services

LINE4, CLIENT4, WAN4, SERVER4 = "192.0.2.1", "192.0.2.7", "203.0.113.1", "203.0.113.9"
SUBNET4, TUNNEL4, OWN4, OWN6 = "10.100.0.0/29", "10.100.0.1", "10.100.0.2", "fd00:100::2"
PORT, PROOF, IPERF, ASKED = 51820, 8000, 5201, 7000
ECHO = Path(__file__).with_name("echo.py")

# What wg-quick of the gateway made by hand is told; the client's is what `sluice endpoint config` prints for the others.
AT_GATEWAY = """[Interface]
PrivateKey = {own}
ListenPort = {port}
Address = {address}/29
[Peer]
PublicKey = {other}
AllowedIPs = {client4}/32, {client6}/128
"""
AT_CLIENT = """[Interface]
PrivateKey = {own}
Address = {client4}/32, {client6}/128
[Peer]
PublicKey = {other}
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = {line}:{port}
PersistentKeepalive = 25
"""
# The cheapest that does the same: no filter.
MASQUERADE = """table ip by_hand {{
    chain postrouting {{
        type nat hook postrouting priority srcnat
        ip saddr {subnet} oifname "wan" masquerade
    }}
}}
"""


class Rig:
    """One row. `plain`: client and server compute checksums themselves and segment nothing, as XDP on their wires wants it."""

    title, plain, peer = "", False, None

    def __init__(self, name):
        self.name = name
        self.lab = Lab("xdp" if self.plain else "tc")
        self.lab.memory = 2048   # MiB: several gateways with full tables are on one machine

    def __enter__(self):
        self.lab.__enter__()
        try:
            phones.own_runtime_directory()
            self._build()
            self._start_gateway()
            self._start_client()
            self._prove()
        except BaseException:
            self.lab.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *exception):
        return self.lab.__exit__(*exception)

    def _build(self):
        self.client, self.gateway, self.server = self.lab.host("client"), self.lab.gateway("gw"), self.lab.host("server")
        self.lab.wire((self.gateway, "line"), (self.client, "eth0"))
        self.lab.wire((self.gateway, "wan"), (self.server, "eth0"))
        self.client.addresses("eth0", f"{CLIENT4}/24").routes(f"default via {LINE4}")
        self.server.addresses("eth0", f"{SERVER4}/24")
        servers.tcp_peer_server(self.server, PROOF)
        services.iperf_server(self.server, IPERF)
        self.server.start(sys.executable, "-B", ECHO, "serve", SERVER4, ASKED)
        self.directory = Path(tempfile.mkdtemp(dir=self.lab.directory))

    def _prove(self):
        seen = clients.tcp_peer(self.client, SERVER4, PROOF).address
        if seen != WAN4:
            raise AssertionError(f"{self.title}: the server saw {seen} and not {WAN4}")


class ByHand(Rig):
    """wg-quick, a masquerade of nftables and the kernel's forwarding: what people make of a machine without sluice."""

    title = "wg-quick and nft by hand"

    def _start_gateway(self):
        self.gateway.addresses("line", f"{LINE4}/24").addresses("wan", f"{WAN4}/24")
        self.gateway.sysctl("net/ipv4/ip_forward", "1")
        self.gateway.run("nft", "-f", "-", stdin=MASQUERADE.format(subnet=SUBNET4))
        self.keys = [self._key(), self._key()]
        self._up(self.gateway, f"{self.name}-gw", AT_GATEWAY.format(own=self.keys[0], other=self._public(self.keys[1]), port=PORT,
                                                                    address=TUNNEL4, client4=OWN4, client6=OWN6))

    def _start_client(self):
        self._up(self.client, f"{self.name}-c", AT_CLIENT.format(own=self.keys[1], other=self._public(self.keys[0]), port=PORT,
                                                                line=LINE4, client4=OWN4, client6=OWN6))

    def _key(self):
        return self.lab.run("wg", "genkey", quiet=True).stdout.strip()

    def _public(self, key):
        return self.lab.run("wg", "pubkey", stdin=key, quiet=True).stdout.strip()

    def _up(self, host, device, text):
        file = self.directory / f"{device}.conf"
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        host.run("wg-quick", "up", file)
        self.lab.defer(host.run, "wg-quick", "down", file, expect=None)

    def backend(self):
        """Whose end of the tunnel is the gateway's: wg-quick takes the kernel's where it can, as sluice does."""
        link = self.gateway.ip("-details link show", f"{self.name}-gw").stdout
        return "kernel" if "wireguard" in link else "userspace"


class ByHandPlain(ByHand):
    title, plain = "wg-quick and nft by hand, no offloads", True


class Sluice(Rig):
    """A secure-internet network of a document, and the client's configuration as `sluice endpoint config` prints it."""

    peer, engine, hook, line_hook = "hand", "ebpf", "tc", None

    def _start_gateway(self):
        self.gateway.start_daemon()
        # Before the lab's files go, and not with the daemon: tunnels outlive it.
        self.lab.defer(self.gateway.sluice, "cleanup", expect=None)
        self.gateway.apply(self._document())

    def _start_client(self):
        phones.Phone(self.gateway, self.client, self.name, "client", f"{self.name}-c").up()

    def _document(self):
        def interface(zone, address, hook):
            return {"zone": zone, "addresses": [f"{address}/24"]} | ({"hook": hook} if self.engine == "ebpf" else {})
        return {"version": 1, "engine": self.engine,
                "interfaces": {"wan": interface("internet", WAN4, self.hook), "line": interface("line", LINE4, self.line_hook or self.hook)},
                "networks": {self.name: {"type": "secure-internet", "subnet": SUBNET4, "port": PORT, "endpoint": LINE4,
                                         "internet": "internet", "endpoints": {"client": {"type": "mobile"}}}}}

    def backend(self):
        return self.gateway.show("networks")[0]["backend"]


class SluiceNftables(Sluice):
    title, engine = "sluice nftables", "nftables"


class SluiceTc(Sluice):
    title = "sluice eBPF, tc"


class SluiceXdp(Sluice):
    title, peer, hook, plain = "sluice eBPF, XDP, no offloads", "hand-plain", "xdp", True


class SluiceXdpInside(SluiceXdp):
    """Outer packets come by tc: on their way to the gateway itself XDP can only be in their way."""

    title, line_hook = "sluice eBPF, XDP but where tunnels come in, no offloads", "tc"


ROWS = {"hand": ByHand, "nftables": SluiceNftables, "tc": SluiceTc, "hand-plain": ByHandPlain, "xdp": SluiceXdp,
        "xdp-inside": SluiceXdpInside}
