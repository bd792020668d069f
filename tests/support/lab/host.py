# SPDX-License-Identifier: GPL-2.0-or-later
"""A host is a network namespace with a name."""

import fcntl
import json
import socket
import struct
import subprocess
from pathlib import Path

from . import commands, namespaces
from .pace import patience
from .packets import Injector, Sniffer
from .process import Process

# Without these a host waits for duplicate address detection, talks when nobody asked it to, and keeps
# back ICMP errors (one a second to the same host), which would make one test disturb the next.
SETTINGS = {
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/all/accept_ra": "0",
    "net/ipv6/conf/default/accept_ra": "0",
    "net/ipv6/conf/default/router_solicitations": "0",
    "net/ipv4/icmp_ratemask": "0",
    "net/ipv6/icmp/ratelimit": "0",
    "net/ipv4/ip_local_port_range": "50200 59999",   # ports that the kernel chooses; tests bind others
}
SIOCGIFHWADDR = 0x8927


class Host:
    """Commands, sockets, servers and sniffers in one network namespace."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.namespace = f"{lab.prefix}-{name}"
        self.path = f"/run/netns/{self.namespace}"
        lab.run("ip", "netns", "add", self.namespace)
        lab.defer(lab.run, "ip", "netns", "del", self.namespace, expect=None)
        self.ip("link set lo up")
        for path, value in SETTINGS.items():
            self.sysctl(path, value)

    def __repr__(self):
        return self.name

    def entered(self):
        return namespaces.entered(self.path)

    def run(self, *argv, **keywords):
        with self.entered():
            return commands.run(self.lab.log, self.name, argv, **keywords)

    def start(self, *argv, **keywords):
        """A process that is ended with the lab."""
        self.lab.log.say(f"[{self.name}] {commands.words(argv)} &")
        log_file = self.lab.directory / f"{self.name}-{Path(str(argv[0])).name}-{len(self.lab.log.lines)}.log"
        with self.entered(), open(log_file, "w", encoding="utf-8") as output:
            popen = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=output,
                                     stderr=subprocess.STDOUT, start_new_session=True, **keywords)
        process = Process(popen, log_file)
        self.lab.defer(process.end)
        return process

    def ip(self, *text):
        """ip("addr add 192.0.2.1/24 dev", device): the words of one command of iproute2."""
        argv = " ".join(str(part) for part in text).split()
        return self.lab.run("ip", "-n", self.namespace, *argv)

    def sysctl(self, path, value=None):
        file = Path("/proc/sys") / path
        with self.entered():
            if value is not None:
                self.lab.log.say(f"[{self.name}] {path} = {value}")
                file.write_text(value, encoding="ascii")
            return file.read_text(encoding="ascii").strip()

    def addresses(self, device, *addresses):
        for address in addresses:
            self.ip("addr add", address, "dev", device, "nodad" if ":" in address else "")
        return self

    def routes(self, *routes):
        for route in routes:
            self.ip("-6" if ":" in route else "-4", "route add", route)
        return self

    def has_address(self, device, address):
        shown = json.loads(self.ip("-json addr show dev", device).stdout)
        return any(f"{found['local']}/{found['prefixlen']}" == address
                   for link in shown for found in link.get("addr_info", []))

    def mac(self, device):
        with self.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            request = fcntl.ioctl(asked, SIOCGIFHWADDR, struct.pack("40s", device.encode()))
        return request[18:24].hex(":")

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM, protocol=0, timeout=patience(5.0)):
        """A socket of this host, which the test can use like any other; closed with the lab."""
        with self.entered():
            made = socket.socket(family, kind, protocol)
        made.settimeout(timeout)
        self.lab.defer(made.close)
        return made

    def sniff(self, device):
        sniffer = Sniffer(self, device)
        self.lab.sniffers.append(sniffer)
        self.lab.defer(self.lab.end_sniffer, sniffer)
        return sniffer

    def injector(self, device, neighbour_mac):
        made = Injector(self, device, neighbour_mac)
        self.lab.defer(made.close)
        return made
