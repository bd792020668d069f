#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a gateway takes to carry traffic, and what it costs while nothing changes. Needs root; SLUICE_BIN_DIR says which build.

Stores a document with so many forwards, then starts sluiced on another machine (namespace) with that state, as after a
reboot, while a host inside sends a datagram each half millisecond. Then it looks at the processor time of the first daemon.
"""

import argparse
import select
import shutil
import socket
import sys
import time

from paths import find_modules

find_modules()

from changes import report, timed  # noqa: E402  needs the path
from translations import forwards  # noqa: E402
from lab import HomeLab, Lab  # noqa: E402
from lab.home import INSIDE4, OUTSIDE4  # noqa: E402

PORT = 7000
GIVE_UP = 60   # seconds


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["tc", "xdp", "nftables"], default="tc")
    parser.add_argument("--forwards", type=int, default=0)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--idle", type=int, default=30, help="seconds")
    return parser.parse_args()


def document(chosen):
    hook = {} if chosen.engine == "nftables" else {"hook": chosen.engine}
    return {
        "version": 1,
        "engine": "nftables" if chosen.engine == "nftables" else "ebpf",
        "interfaces": {"wan": {"zone": "internet", "addresses": ["203.0.113.1/24"], **hook},
                       "lan": {"zone": "lan", "addresses": ["192.168.10.1/24"], **hook}},
        "policies": [{"name": "out", "from": "lan", "to": "internet", "action": "accept"}],
        "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}],
                "forwards": list(forwards(chosen.forwards, INSIDE4))},
    }


class House:
    """A machine that has never seen sluice, with the state of one that has."""

    def __init__(self, lab, state=None):
        self.home = HomeLab(lab)
        self.gateway = self.home.gateway
        if state:
            shutil.copytree(state, self.gateway.state)
        self.home.inside.ip("neigh replace 192.168.10.1 lladdr", self.gateway.mac("lan"), "dev eth0 nud permanent")
        self.gateway.ip("neigh replace", OUTSIDE4, "lladdr", self.home.outside.mac("eth0"), "dev wan nud permanent")
        self.sender = self.home.inside.socket(kind=socket.SOCK_DGRAM)
        self.sink = self.home.outside.socket(kind=socket.SOCK_DGRAM)
        self.sink.bind((OUTSIDE4, PORT))

    def first_packet(self):
        """Milliseconds from the start of sluiced to the first datagram that arrives at the outside host."""
        self.sink.setblocking(False)
        while select.select([self.sink], [], [], 0)[0]:
            self.sink.recv(100)
        began = time.monotonic()
        self.gateway.start_daemon(ready=False)
        while time.monotonic() < began + GIVE_UP:
            self.sender.sendto(b"?", (OUTSIDE4, PORT))
            if select.select([self.sink], [], [], 0.0005)[0]:
                return (time.monotonic() - began) * 1000
        sys.exit(f"no packet within {GIVE_UP} s; sluiced wrote:\n{self.gateway.daemon.output()}")


def after_reboot(chosen, hook, state):
    with Lab(hook) as lab:
        return House(lab, state).first_packet()


def main():
    chosen = options()
    hook = "tc" if chosen.engine == "nftables" else chosen.engine
    with Lab(hook) as lab:
        house = House(lab)
        house.gateway.start_daemon()
        report("apply, the first time", [timed(house.gateway.apply, document(chosen))])
        report("after a reboot, to the first packet",
               [after_reboot(chosen, hook, house.gateway.state) for _ in range(chosen.repeat)])
        time.sleep(2)
        before = house.gateway.processor_seconds()
        time.sleep(chosen.idle)
        print(f"idle: {(house.gateway.processor_seconds() - before) / chosen.idle:.2%} of a core over {chosen.idle} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
