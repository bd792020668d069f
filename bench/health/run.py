#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What asking backends costs, and how soon new flows leave one that is down. Needs root; SLUICE_BIN_DIR says which build
(made with -DSLUICE_BENCH=ON).

Times of processors are those of the daemon and of the process that asks, with what the kernel does in their names: that is where a
packet of the lab is carried to the other end of the wire, and answered there. So that next to nothing of it is the other end's, the
targets are answered for by a program at the end of the wire (bpf/answer.bpf.c). With `--host` they are addresses of a host behind a
bridge, which listens on all of them: a third of the time is theirs then, as `--perf` tells. What the kernel puts off is done by its own
threads (ksoftirqd), whose time is told as well. Without the right to raw sockets (`--connect`, which needs the host) checks are whole
connections, as they were before. `--silent` of the targets do not answer.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support")]

from lab import HomeLab, Lab, clients, eventually  # noqa: E402  needs the path
from lab.helper_process import children_of, processor_times  # noqa: E402
from lab.home import INSIDE4, WAN4  # noqa: E402

ANSWER = Path(os.environ["SLUICE_BIN_DIR"]) / "health-answer.bpf.o"
PORT, ONE = 8080, 9999   # of all targets; of the backend that is measured


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["tc", "nftables"], default="tc")
    parser.add_argument("--targets", type=int, default=10_000)
    parser.add_argument("--silent", type=int, default=0)
    parser.add_argument("--unchecked", type=int, default=0, help="services of 100 backends that nobody asks")
    parser.add_argument("--interval", default="2s")
    parser.add_argument("--type", default="tcp", help="tcp or icmp")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--host", action="store_true", help="targets are addresses of a host")
    parser.add_argument("--connect", action="store_true", help="ask by whole connections, of a host")
    parser.add_argument("--perf", action="store_true", help="tell what the time is used for")
    chosen = parser.parse_args()
    chosen.host = chosen.host or chosen.connect or chosen.type != "tcp"
    return chosen


def address(number):
    return f"10.77.{number // 250}.{number % 250 + 1}"


def pool(number, first, count, port, health=None):
    rows = [{"name": f"vm{at}", "near": f"{address(first + at)}:{port}"} for at in range(count)]
    made = {"listen": WAN4, "ports": 10_000 + number, "backends": rows}
    return made | ({"health": health} if health else {})


def document(chosen):
    health = {"type": chosen.type, "interval": chosen.interval}
    services = {}
    for first in range(0, chosen.targets, 100):
        at_most = min(100, chosen.targets - first)
        silent = first + at_most <= chosen.silent
        made = pool(len(services), first, at_most, PORT, health)
        if silent:
            for row in made["backends"]:
                row["near"] = row["near"].replace("10.77.", "10.78.")
        services[f"asked{first}"] = made
    for number in range(chosen.unchecked):
        services[f"quiet{number}"] = pool(len(services), (number % 100) * 100, 100, PORT)
    services["one"] = {"listen": WAN4, "ports": ONE, "backends": [{"name": f"vm{port}", "near": f"{INSIDE4}:{port}"} for port in (ONE, ONE + 1)],
                       "health": {"type": "tcp", "interval": "100ms", "timeout": "50ms", "rise": 1, "fall": 1}}
    hook = {"hook": "tc"} if chosen.engine == "tc" else {}
    return {"version": 1, "engine": "ebpf" if chosen.engine == "tc" else "nftables",
            "interfaces": {"wan": {"zone": "internet", "addresses": ["203.0.113.1/24"], **hook},
                           "lan": {"zone": "lan", "addresses": ["192.168.10.1/24"], **hook}},
            "underlays": {"near": {"zone": "lan"}}, "services": services,
            **({"tables": {"flows": 524_288}} if chosen.engine == "tc" else {})}


def accept_all(listener):
    while True:
        try:
            listener.accept()[0].close()
        except OSError:
            return


def listen(host, port):
    listener = host.socket(timeout=None)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", port))
    listener.listen(4096)
    threading.Thread(target=accept_all, args=(listener,), daemon=True).start()
    return listener


def states(gateway):
    return [row["state"] for row in gateway.get("/v1/show/services")["services"]]


def tcp_counts(gateway):
    with gateway.entered():
        names, values = (line.split() for line in Path("/proc/thread-self/net/snmp").read_text(encoding="ascii").splitlines()
                         if line.startswith("Tcp:"))
    return {name: int(value) for name, value in zip(names[1:], values[1:])}


def kernel_threads():
    """That do what was put off."""
    return [int(file.parent.name) for file in Path("/proc").glob("[0-9]*/comm")
            if file.read_text(encoding="ascii").startswith("ksoftirqd/")]


# Functions that only the other end of the wire, or the bridge before a host, has in its way.
OF_THE_LAB = {
    "the program that answers": re.compile(r"bpf_prog_[0-9a-f]+_answer"),
    "the host that answers": re.compile(r"tcp_v[46]_conn_request|tcp_conn_request|tcp_check_req|tcp_rcv_state_process|inet_csk_reqsk|reqsk_"),
    "its bridge": re.compile(r"br_handle_frame|br_forward|br_pass_frame"),
}
OF_THE_GATEWAY = {
    "programs of the gateway": re.compile(r"bpf_prog_"),
    "raw sockets that hear": re.compile(r"raw_local_deliver|raw_v4_input|rawv6|raw_rcv"),
    "resets": re.compile(r"tcp_v[46]_send_reset"),
}


def measure_parts(pid, seconds):
    """By the call chains of its samples. A sample is of the first kind that fits."""
    file = "/tmp/sluice-health.perf"
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "2000", "-g", "-p", str(pid), "-o", file, "--", "sleep", str(seconds)],
                   check=True, capture_output=True)
    chains = subprocess.run(["perf", "script", "-i", file, "-F", "ip,sym"], check=True, capture_output=True, text=True).stdout.split("\n\n")
    Path(file).unlink()
    chains = [chain for chain in chains if chain.strip()]
    kinds = {**OF_THE_LAB, **OF_THE_GATEWAY}
    counts = dict.fromkeys([*kinds, "all else"], 0)
    for chain in chains:
        counts[next((kind for kind, words in kinds.items() if words.search(chain)), "all else")] += 1
    return {kind: count / len(chains) for kind, count in counts.items()}


def measure_cost(gateway, chosen):
    pids = {"daemon": [gateway.daemon.pid], "asks": [children_of(gateway.daemon.pid)[0]], "threads of the kernel": kernel_threads()}

    def spent():
        return {name: [sum(times) for times in zip((0, 0), *map(processor_times, of))] for name, of in pids.items()}
    counted, before, began = tcp_counts(gateway), spent(), time.monotonic()
    time.sleep(chosen.seconds)   # the time that is measured
    lasted, after, counts = time.monotonic() - began, spent(), tcp_counts(gateway)
    for what, name in (("connections", "ActiveOpens"), ("answers to a SYN alone", "OutRsts")):
        print(f"{(counts[name] - counted[name]) / lasted:.0f} {what} a second")
    return {name: [(late - early) / lasted for late, early in zip(after[name], before[name])] for name in pids}


def outcome(home):
    """From a port that nobody has used: who connects from that of a connection that is over goes where it went. Not so often that a
    client has all flows that are his."""
    time.sleep(0.005)
    return clients.tcp_outcome(home.outside, WAN4, ONE, source=clients.unused_source())


def measure_leaving(home, listener):
    """From the end of its socket until the last client that was led to it; the check comes up to an interval later."""
    times = []
    for _ in range(5):
        eventually("both are up", lambda: [row["state"] for row in home.gateway.get("/v1/show/services")["services"]
                                           if row["service"] == "one"] == ["up", "up"], within=30)
        eventually("both serve", lambda: [outcome(home) for _ in range(20)] == 20 * ["answered"])
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        began, last = time.monotonic(), 0
        while time.monotonic() - began < 1.5:
            if outcome(home) != "answered":
                last = time.monotonic() - began
        times.append(last)
        listener = listen(home.inside, ONE)
    return times


def answer_on_the_wire(home):
    home.switch.run(*"tc qdisc add dev gw clsact".split())
    home.switch.run(*"tc filter add dev gw ingress bpf direct-action object-file".split(), ANSWER, "section", "tc")


def main():
    chosen = options()
    with Lab("tc") as lab:
        lab.memory = 2048
        home = HomeLab(lab)
        gateway = home.gateway
        home.inside.ip("route add local 10.77.0.0/16 dev lo")
        listen(home.inside, PORT)
        if not chosen.host:
            answer_on_the_wire(home)
        one = listen(home.inside, ONE)
        listen(home.inside, ONE + 1)
        if chosen.connect:
            gateway.launcher = ("setpriv", "--bounding-set=-net_raw")
        gateway.start_daemon()
        file = gateway.write(json.dumps(document(chosen)))
        began = time.monotonic()
        gateway.sluice("apply", file, timeout=300)
        print(f"applied in {time.monotonic() - began:.2f} s")
        gateway.ip(f"route replace 10.77.0.0/16 via {INSIDE4} dev lan")
        gateway.ip("route replace 10.78.0.0/16 via 192.168.10.222 dev lan")
        wanted = chosen.targets - chosen.silent // 100 * 100 + 2
        eventually("they are up", lambda: states(gateway).count("up") >= wanted, within=120)
        print({state: states(gateway).count(state) for state in set(states(gateway))})
        for name, (own, kernel) in measure_cost(gateway, chosen).items():
            print(f"{name}: {own:.1%} of a core, and {kernel:.1%} in the kernel")
        if chosen.perf:
            for kind, part in measure_parts(children_of(gateway.daemon.pid)[0], chosen.seconds).items():
                print(f"of who asks: {part:.0%} {kind}")
        print(f"{sum(1 for _ in gateway.get('/v1/show/flows')['flows'])} flows in the table")
        print("left within", ", ".join(f"{time * 1000:.0f} ms" for time in measure_leaving(home, one)))


main()
