# SPDX-License-Identifier: GPL-2.0-or-later
"""The host that runs the real sluiced."""

import http.client
import itertools
import json
import os
import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path

from . import commands
from .helper_process import processor_seconds
from .host import Host
from .pace import patience
from .wait import eventually

RCU_SWITCH, RCU_NOTE = Path("/sys/kernel/rcu_expedited"), "rcu-expedited"   # the latter in the state, of who has set it
_BUILD = Path(__file__).resolve().parents[3] / "build" / "bin"


def binaries():
    """Where sluice and sluiced are: SLUICE_BIN_DIR, otherwise what `./run build` makes."""
    return Path(os.environ.get("SLUICE_BIN_DIR", _BUILD))


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("sluice", timeout=patience(10))
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class DaemonEnded(Exception):
    """sluiced ended while the lab waited for it; no use to wait longer."""


class Gateway(Host):
    """Starts sluiced in its namespace with its own socket, state and pins; speaks to it by sluice."""

    def __init__(self, lab, name):
        super().__init__(lab, name)
        self.socket_path = lab.directory / f"{name}.sock"
        self.state = lab.directory / f"{name}.state"
        self.pins = Path(f"/sys/fs/bpf/sluice-{self.namespace}")
        self.launcher = ()   # words before sluiced: a program that takes something away and becomes it
        self.daemon_name = "sluiced"
        self.daemon = None
        self.documents = itertools.count()
        lab.defer(self._take_down)

    def start_daemon(self, config=None, ready=True):
        options = ["--config", config] if config else []
        self.daemon = self.start(*self.launcher, binaries() / self.daemon_name, "--socket", self.socket_path, "--state", self.state,
                                 "--pins", self.pins, *options)
        if ready:
            eventually("sluiced is ready", self.is_ready, within=30)
        return self.daemon

    def is_ready(self):
        if not self.daemon.running():
            raise DaemonEnded(self.daemon.output()[-3000:])
        return "ready" in self.daemon.output() and self.json("status")

    def sluice(self, *argv, expect=0, **keywords):
        return self.run(binaries() / "sluice", "--socket", self.socket_path, *argv, expect=expect, **keywords)

    def start_sluice(self, *argv):
        """In the background, to see what happens meanwhile."""
        return self.start(binaries() / "sluice", "--socket", self.socket_path, *argv)

    def json(self, *argv):
        """The answer of a reading verb as Python values. What only passes on what the daemon says is had from the daemon, because
        conditions are asked again and again, and a process costs the machine more than the answer."""
        if argv == ("status",) or (argv[0] == "show" and len(argv) == 2):
            return self._read("/v1/" + "/".join(argv))
        return json.loads(self.sluice(*argv, "-o", "json").stdout)

    def _read(self, path):
        answer = self.get(path)
        if "error" in answer:
            raise commands.CommandFailed(f"[{self.name}] GET {path}: {answer['error']['message']}")
        return answer

    def show(self, what):
        return self.json("show", what)[what]

    def get(self, path):
        """An answer of the control socket itself (docs/api.md)."""
        with closing(UnixConnection(self.socket_path)) as connection:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())

    def write(self, document):
        """A document (a dictionary or a text) as a file."""
        text = document if isinstance(document, str) else json.dumps(document, indent=2)
        file = self.lab.directory / f"{self.name}-{next(self.documents)}.json"
        file.write_text(text, encoding="utf-8")
        self.lab.log.say(f"[{self.name}] wrote {file}: {text if len(text) < 3000 else len(text)}")
        return file

    def apply(self, document, expect=0):
        return self.sluice("apply", self.write(document), expect=expect)

    def stop_daemon(self):
        return self.daemon.terminate()

    def cleanup(self, expect=0):
        return self.sluice("cleanup", "--state", self.state, "--pins", self.pins, expect=expect)

    def processor_seconds(self):
        """What the daemon has had so far."""
        return processor_seconds(self.daemon.pid)

    def drops(self):
        """Packets by the name of the reason."""
        counts = {}
        for row in self.show("drops"):
            counts[row["reason"]] = counts.get(row["reason"], 0) + row["packets"]
        return counts

    def diagnosis(self):
        """What helps to understand a failed test; never fails itself."""
        if not self.daemon:
            return ""
        if self.daemon.running():
            said = [self._attempt(self.sluice, *verb) for verb in (["status"], ["show", "drops"], ["show", "interfaces"])]
        else:
            said = [self._attempt(self.run, *words) for words in (["ip", "neigh"], ["nft", "list", "counters"],
                                                                  ["cat", "/proc/net/stat/arp_cache"])]
        return "\n".join([*said, "sluiced wrote:", self.daemon.output()[-1500:]])

    @staticmethod
    def _attempt(run, *words):
        try:
            return run(*words, expect=None, quiet=True, timeout=10).stdout[:2500]
        except (OSError, subprocess.SubprocessError) as failure:
            return str(failure)

    def _take_down(self):
        if self.daemon:
            self.lab.log.say(f"[{self.name}] sluiced wrote:\n{self.daemon.output()[-4000:]}")
            self.daemon.end()
        if (self.state / RCU_NOTE).exists():   # it was killed in the middle of something, and nobody starts it again
            RCU_SWITCH.write_text("0", encoding="ascii")
        # The tables in it would take memory until the last lab of this process ends.
        shutil.rmtree(self.pins, ignore_errors=True)
