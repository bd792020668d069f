# SPDX-License-Identifier: GPL-2.0-or-later
"""A service whose backends are processes that a scenario can stop, on two underlays, and whose health is asked."""

from pathlib import Path

import lab
from lab import clients, eventually
from lab.home import INSIDE4, SECOND4, WAN4

from .documents import DMZ4
from .services import PORT, Led, put_service

SERVED = 8090
NEAR = {"one": f"{INSIDE4}:{SERVED}", "two": f"{SECOND4}:{SERVED}"}
FAR = f"{DMZ4}:{SERVED}"
HOSTS = {"one": "inside", "two": "second", "far": "dmz"}
QUICK = {"interval": "200ms", "timeout": "200ms", "rise": 1, "fall": 3}   # a busy machine answers late
PROGRAM = Path(lab.__file__).with_name("backend_process.py")


def checked(rows, kind="tcp", check=None, **more):
    """document() of a scenario."""
    def document(home):
        put_service(home, rows, health={"type": kind, **QUICK, **(check or {})}, **more)
    return document


def near(*names):
    return [{"name": name, "near": NEAR[name]} for name in names]


class Backend:
    """One of them; ended with the scenario."""

    def __init__(self, house, name):
        self.house, self.name = house, name
        self.host = getattr(house, HOSTS[name])
        self.file = house.lab.directory / f"status-{name}"
        self.answers(200)
        self.process = None
        self.starts()

    def starts(self):
        self.process = self.host.start("/usr/bin/python3", "-B", PROGRAM, SERVED, self.file)
        eventually(f"{self.name} listens", lambda: clients.tcp_outcome(self.host, "127.0.0.1", SERVED) == "answered")

    def stops(self):
        self.process.kill()

    def signals(self, number):
        self.process.signal(number)

    def answers(self, status):
        self.file.write_text(f"{status}\n", encoding="ascii")


def states(house):
    """{"one/near": "up"}."""
    return {f"{row['backend']}/{row['underlay']}": row["state"] for row in house.show("services")}


def await_states(house, **wanted):
    """By name, "__" for the slash: await_states(house, one__near="down")."""
    wanted = {name.replace("__", "/"): state for name, state in wanted.items()}

    def are_so():
        seen = states(house)
        assert {name: seen[name] for name in wanted} == wanted, house.show("services")
        return True
    eventually(f"backends are {wanted}", are_so)


def reason(house, name):
    return next(row["reason"] for row in house.show("services") if f"{row['backend']}/{row['underlay']}" == name)


def led_by(house, connections=4):
    """Where new connections are led. On a busy machine a check of 100 ms may find nobody up for a moment."""
    led = Led(house)
    for _ in range(connections):
        eventually("a connection is led somewhere", lambda: clients.tcp_peer(house.outside, WAN4, PORT))
    return led()


def assert_turns(house, *names):
    """Equal ones, of those alone. Where a busy machine has found one of them down meanwhile they are counted again."""
    def are_equal():
        assert led_by(house, 2 * len(names)) == dict.fromkeys(names, 2)
        return True
    eventually(f"{names} have their turns", are_equal)
