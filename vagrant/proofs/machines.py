# SPDX-License-Identifier: GPL-2.0-or-later
"""The machines of the lab, over ssh. One connection per machine: under emulation a handshake takes seconds."""

import json
import shlex
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
NAMES = ("gateway", "inside1", "inside2", "outside", "site2")


class CommandFailed(Exception):
    """A command in a machine ended with another status than was expected."""


class Machine:
    """One machine, or a namespace in it; `run` answers what a command wrote."""

    def __init__(self, name, ssh, namespace=None):
        self.name, self.ssh = name, ssh
        self.prefix = f"ip netns exec {namespace} " if namespace else ""

    def inside(self, namespace):
        return Machine(self.name, self.ssh, namespace)

    def command(self, script):
        """The words for subprocess: a shell as root in the machine runs the script."""
        return [*self.ssh, self.name, f"sudo {self.prefix}bash -c {shlex.quote(script)}"]

    def attempt(self, script, timeout=300):
        return subprocess.run(self.command(script), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout, check=False)

    def run(self, script, timeout=300):
        done = self.attempt(script, timeout)
        if done.returncode != 0:
            raise CommandFailed(f"{self.name}: {script}: status {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def start(self, script):
        """In the background."""
        return subprocess.Popen(self.command(script), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def json(self, script):
        return json.loads(self.run(script))


class Lab:
    """The machines by their names. Leaving it ends the connections."""

    def __init__(self, names, ssh_config):
        self.directory = tempfile.TemporaryDirectory(prefix="sv-")   # short: it holds the names of sockets
        place = Path(self.directory.name)
        config = place / "config"
        config.write_text(ssh_config, encoding="utf-8")
        self.ssh = ["ssh", "-F", str(config), "-o", "ControlMaster=auto", "-o", f"ControlPath={place}/%C",
                    "-o", "ControlPersist=yes", "-o", "ConnectTimeout=60", "-o", "LogLevel=ERROR"]
        self.machines = {name: Machine(name, self.ssh) for name in names}

    def __getattr__(self, name):
        try:
            return self.machines[name]
        except KeyError:
            raise AttributeError(name) from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in self.machines:
            subprocess.run([*self.ssh, "-O", "exit", name], capture_output=True, check=False)
        self.directory.cleanup()


def ask_vagrant(names):
    """`vagrant ssh-config` of the machines."""
    done = subprocess.run(["vagrant", "ssh-config", *names], cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"vagrant ssh-config: {done.stderr.strip()}; name the machines that are up, or give --ssh-config")
    return done.stdout
