# SPDX-License-Identifier: GPL-2.0-or-later
"""FRR as somebody else's router: its daemons in the namespace of a host, with a folder of their own."""

import json
import os
import shutil
import signal
import tempfile
from pathlib import Path

PROGRAMS = Path("/usr/lib/frr")
USER = "frr"


class FrrRouter:
    """zebra and another daemon. `config` is what both read."""

    def __init__(self, host, config, daemon="bgpd"):
        self.host, self.daemon = host, daemon
        self.folder = Path(tempfile.mkdtemp(prefix="router-", dir="/run"))   # a name that sockets can have
        self.file = self.folder / "frr.conf"
        self.file.write_text(config, encoding="utf-8")
        (self.folder / "vtysh.conf").touch()   # that there is none it says each time
        for path in (self.folder, self.file):
            shutil.chown(path, USER, USER)
        host.lab.defer(self.end)
        self._start("zebra")
        self._start(daemon)

    def _start(self, program):
        own = ["-z", self.folder / "zserv.api", "-u", USER, "-g", USER, "-P", 0, "--vty_socket", self.folder]
        self.host.run(PROGRAMS / program, "-d", "-f", self.file, "-i", self.folder / f"{program}.pid", *own)

    def ask(self, *commands):
        words = [word for command in commands for word in ("-c", command)]
        return self.host.run("vtysh", "--vty_socket", self.folder, "--config_dir", self.folder, *words).stdout

    def configure(self, *lines):
        self.ask("configure terminal", *lines)

    def json(self, command):
        return json.loads(self.ask(command + " json"))

    def session(self, neighbour, family="ipv4Unicast"):
        return self.json("show bgp summary")[family]["peers"][neighbour]

    def routes(self, family="ipv4"):
        """Prefixes that bgpd knows."""
        return set(self.json(f"show bgp {family} unicast")["routes"])

    def end(self):
        for file in self.folder.glob("*.pid"):
            try:
                os.kill(int(file.read_text(encoding="ascii")), signal.SIGTERM)
            except (ProcessLookupError, ValueError):
                pass
        shutil.rmtree(self.folder, ignore_errors=True)
