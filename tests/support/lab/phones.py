# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of a network: stock wg-quick with wireguard-go, fed with what `sluice endpoint config` prints."""

import os
import subprocess
import tempfile
from pathlib import Path

from . import servers
from .home import HomeLab
from .wait import eventually

RUNTIME = Path("/run/wireguard")
# Several of them share two cores: with one thread each they do not wait for each other's.
os.environ["GOMAXPROCS"] = "1"


def own_runtime_directory(directory=RUNTIME):
    """Control sockets of tunnels lie in one directory of the machine: a lab gets one that no other lab sees."""
    directory.mkdir(exist_ok=True)
    if not os.path.ismount(directory):
        subprocess.run(["mount", "-t", "tmpfs", "tunnels", directory], check=True)


def own_routing_directory(gateway):
    """That of the daemons that speak BGP: its name is that of the gateway's pins, which other labs may have as well."""
    directory = Path("/run") / gateway.pins.name
    own_runtime_directory(directory)
    for command in ("rmdir", "umount"):   # the last one first
        gateway.lab.defer(gateway.lab.run, command, directory, expect=None)


def home_with_servers(lab, document):
    """The home with a gateway that runs, and a TCP server at port 8000 of who may be reached or not. It is cleaned up at the end:
    the next lab's tunnels have the same names.
    """
    own_runtime_directory()
    home = HomeLab(lab)
    home.gateway.start_daemon()
    lab.defer(home.gateway.sluice, "cleanup", expect=None)
    home.gateway.apply(document)
    home.route_gateway()
    for host in (home.inside, home.second, home.outside):
        servers.tcp_peer_server(host, 8000)
    return home


class Phone:
    """An endpoint of a network, in a namespace of its own. `device` is told apart in the whole lab."""

    def __init__(self, gateway, host, network, endpoint, device):
        self.gateway, self.host, self.network, self.endpoint, self.device = gateway, host, network, endpoint, device
        self.directory = Path(tempfile.mkdtemp(dir=gateway.lab.directory))
        self.file = self.directory / f"{device}.conf"

    def take_config(self):
        self.gateway.sluice("endpoint", "config", self.network, self.endpoint, "-O", self.file)
        return self.file.read_text(encoding="utf-8")

    def up(self):
        self.take_config()
        self.host.run("wg-quick", "up", self.file)
        self.host.lab.defer(self.down, None)
        return self

    def down(self, expect=0):
        """wireguard-go ends a moment after its device, and until then nobody gets the device's socket."""
        self.host.run("wg-quick", "down", self.file, expect=expect)
        if expect == 0:
            eventually("its program has ended", lambda: not (RUNTIME / f"{self.device}.sock").exists(), within=30)

    def addresses(self):
        for line in self.file.read_text(encoding="utf-8").splitlines():
            if line.startswith("Address"):
                return [word.split("/")[0] for word in line.split("=", 1)[1].replace(" ", "").split(",")]
        return []

    def row(self):
        return next(row for row in self.gateway.show("endpoints")
                    if row["network"] == self.network and row["name"] == self.endpoint)

    def has_state(self, state):
        eventually(f"{self.endpoint} is {state}", lambda: self.row()["state"] == state)
