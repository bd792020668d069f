# SPDX-License-Identifier: GPL-2.0-or-later
"""Many who add pods, networks and endpoints at the gateways of one cluster at the same time, and who keeps killing the leader of its etcd."""

import base64
import random
import threading
import time

from cluster_history import DONE, NOTHING, UNKNOWN, Attempt
from lab import eventually
from lab.pace import patience

# Pods are namespaces in /run/netns, and tunnels sockets in /run/wireguard: all gateways of the lab share these otherwise.
OWN_NAMESPACES = ("unshare", "--mount", "--propagation", "private", "sh", "-c", 'for own in netns wireguard; do mkdir -p /run/$own && mount -t tmpfs tmpfs /run/$own; done; exec "$@"', "sh")
SAID = {0: DONE, 6: DONE, 3: NOTHING, 7: NOTHING}   # exit statuses
# Refusals before anything is tried, and what nobody waited for or could ask.
BEFORE = ("cannot change now", "another change")
THERE_ALREADY = "is already on line"
MOST_NETWORKS = 5   # each is a process of WireGuard at each gateway where the kernel has none
SECONDS_OF_ALL, SECONDS_OF_EACH = 60, 2   # as long as the lab is alone


def given_at(gateway):
    """What is allotted as the daemon has it now: {owner: {kind: value}}."""
    given = {}
    for pod in gateway.show("pods"):
        ports = tuple(service["outside_port"] for service in pod["services"] if service["outside_port"])
        given[f"pod {pod['name']}"] = {"address of a pod": pod["address"], "port": ports}
    for row in gateway.show("networks"):
        given[f"network {row['name']}"] = {"VCID": row["vcid"], "subnet": row["subnet"], "UDP port": row["port"]}
    for row in gateway.show("endpoints"):
        given[f"endpoint {row['network']} {row['name']}"] = {"address of an endpoint": row["address"]}
    return given


class Crowd:
    """`wanted` of them are added, shared out among as many threads as there are gateways; `ports`: that each pod is given."""

    def __init__(self, site, wanted, ports=1, seed=1):
        self.site, self.attempts, self.lock = site, [], threading.Lock()
        self.chance, self.ports = random.Random(seed), ports
        self.queue = [self._words(number) for number in range(wanted)]
        self.settled = threading.Semaphore(0)   # counts changes that were done
        self.deadline = time.monotonic() + patience(SECONDS_OF_ALL + SECONDS_OF_EACH * wanted)
        self.given_up, self.is_over = [], False

    def _words(self, number):
        """The owner, and the command that adds it; every fourth of the first is a network, and all endpoints are of the first document's one."""
        if number % 4 == 3 and number < 4 * MOST_NETWORKS:
            return f"network n{number}", ("network", "add", f"n{number}", "--type", "remote-resource", "--resource", "198.51.100.0/24", "--users", "2")
        if number % 4 == 1:
            key = base64.b64encode(self.chance.randbytes(32)).decode("ascii")
            return f"endpoint first e{number}", ("endpoint", "add", "first", f"e{number}", "--type", "mobile", "--public-key", key)
        services = [word for port in range(self.ports) for word in ("--service", f"web{port}:{3000 + port}", "--publish", f"web{port}")]
        return f"pod p{number}", ("pod", "add", f"p{number}", *services)

    def run(self):
        """Answers what was tried, in its order, when all is done or the time is over."""
        threads = [threading.Thread(target=self._work, args=(name,), daemon=True) for name in self.site.gateways]
        killer = threading.Thread(target=self._kill_leaders, daemon=True)
        for thread in [*threads, killer]:
            thread.start()
        for thread in threads:
            thread.join()
        self.is_over = True
        self.settled.release(3)
        killer.join()
        return self.attempts

    def undone(self):
        return [owner for owner, _ in self.queue] + self.given_up

    def _work(self, name):
        while True:
            with self.lock:
                if not self.queue or self._is_late():
                    return
                owner, words = self.queue.pop(0)
            while not self._attempt(name, owner, words):
                if self._is_late():
                    self.given_up.append(owner)
                    return
                self._await_turn(name)

    def _is_late(self):
        return time.monotonic() > self.deadline

    def _attempt(self, name, owner, words):
        gateway = self.site.gateways[name]
        ended = gateway.sluice(*words, expect=None, timeout=150)
        outcome = SAID.get(ended.returncode, NOTHING if any(word in ended.stderr for word in BEFORE) else UNKNOWN)
        is_there = THERE_ALREADY in ended.stderr
        values = given_at(gateway).get(owner, {}) if outcome == DONE else {}
        with self.lock:
            self.attempts.append(Attempt(owner, name, NOTHING if is_there else outcome, is_there, values))
            self.site.lab.log.say(f"[{name}] {owner}: {ended.returncode}, {self.attempts[-1]}: {ended.stderr[-300:]}")
        if outcome == DONE or is_there:
            self.settled.release()
        return outcome == DONE or is_there

    def _await_turn(self, name):
        """Nothing is being tried that this node knows of, or a while is over: others try as well."""
        end = time.monotonic() + patience(self.chance.uniform(0.5, 2))
        while time.monotonic() < end and not self._may_change(name):
            time.sleep(0.1)   # between two looks

    def _may_change(self, name):
        told = self.site.gateways[name].get("/v1/cluster")
        return told["in_step"] and not told["proposal"] and not told["proposes"]

    def _kill_leaders(self):
        etcd = self.site.etcd
        while not self.is_over:
            for _ in range(self.chance.randint(1, 3)):
                self.settled.acquire()   # pylint: disable=consider-using-with
            if self.is_over:
                return
            member = eventually("etcd has a leader", etcd.leader, within=30)
            etcd.kill(member[0])
            etcd.start(member[0])
