#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How many packets a second a capture takes without loss, and what it costs those that pass. Needs root; SLUICE_BIN_DIR says which build.

Datagrams go through the gateway in frames of 128 bytes, sent by processes on the CPUs of --senders; the capture, and who writes its file,
run on the CPU --reader. Each row is one kind of capture, `none` is without one.
"""

import argparse
import signal
import socket
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for folder in ("support", "net"):
    sys.path.insert(0, str(ROOT / "tests" / folder))

import documents  # noqa: E402  needs the path
from lab import HomeLab, Lab, eventually  # noqa: E402
from lab.gateway import binaries  # noqa: E402
from lab.helper_process import children_of, processor_seconds  # noqa: E402
from lab.home import OUTSIDE4  # noqa: E402

PAYLOAD = 128 - 14 - 20 - 8
SENDER = """
import ctypes, os, socket, sys, time
cpu, address, port, payload, rate, seconds = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
os.sched_setaffinity(0, {int(cpu)})
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
made.connect((address, port))
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("bytes", ctypes.c_size_t)]
class Message(ctypes.Structure):   # struct mmsghdr
    _fields_ = [("name", ctypes.c_void_p), ("name_bytes", ctypes.c_uint), ("pieces", ctypes.POINTER(Piece)),
                ("count", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_bytes", ctypes.c_size_t), ("flags", ctypes.c_int),
                ("sent", ctypes.c_uint)]
data = Piece(bytes(payload), payload)
batch = (Message * 64)(*[Message(pieces=ctypes.pointer(data), count=1) for _ in range(64)])
send, sent, start = ctypes.CDLL(None).sendmmsg, 0, time.monotonic()
while (now := time.monotonic() - start) < seconds:
    due = min(int(now * rate) - sent, 64) if rate else 64
    if due > 0:
        sent += max(send(made.fileno(), batch, due, 0), 0)
print(sent, time.monotonic() - start)
"""
KINDS = {"none": None, "all": [], "filtered out": ["udp port 9"], "64 bytes of each": ["--snaplen", "64"]}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hook", default="tc")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rate", type=int, default=0, help="packets a second of each sender; 0: as many as it can")
    parser.add_argument("--senders", default="0", help="their CPUs")
    parser.add_argument("--reader", type=int, default=1)
    return parser.parse_args()


def pour(home, chosen):
    cpus, silent = chosen.senders.split(","), []
    for number in range(len(cpus)):   # else each is answered by an error
        silent.append(home.outside.socket(kind=socket.SOCK_DGRAM))
        silent[-1].bind(("", 9000 + number))
    running = [home.inside.start(sys.executable, "-c", SENDER, cpu, OUTSIDE4, 9000 + number, PAYLOAD, chosen.rate, chosen.seconds)
               for number, cpu in enumerate(cpus)]
    results = []
    for one in running:
        one.wait(chosen.seconds + 30)
        results.append([float(word) for word in one.output().split()])
    for one in silent:
        one.close()
    return sum(sent for sent, _ in results), sum(sent / lasted for sent, lasted in results)


def begin(home, chosen, words):
    started = home.gateway.start("taskset", "-c", chosen.reader, binaries() / "sluice", "--socket", home.gateway.socket_path,
                                 "capture", "-w", "/dev/null", "--size", 1 << 20, *words)
    eventually("it has begun", lambda: "it has begun" in started.output())
    for helper in children_of(home.gateway.daemon.pid):
        home.lab.run("taskset", "-p", "-c", str(chosen.reader), helper)
    return started


def measure(home, chosen, words):
    if words is None:
        sent, rate = pour(home, chosen)
        return f"{rate:,.0f} | | |"
    started = begin(home, chosen, words)
    pids = [started.pid, *children_of(home.gateway.daemon.pid)]
    before = [processor_seconds(pid) for pid in pids]
    sent, rate = pour(home, chosen)
    used = " + ".join(f"{(processor_seconds(pid) - was) / chosen.seconds:.0%}" for pid, was in zip(pids, before))
    time.sleep(0.2)   # what waits in the rings
    started.signal(signal.SIGINT)
    started.wait()
    return f"{rate:,.0f} | {started.output().splitlines()[-1].split(': ', 1)[1].split(';')[0]} of {sent:.0f} | {used} |"


def main():
    chosen = options()
    with Lab(chosen.hook) as lab:
        lab.memory = 2048
        home = HomeLab(lab)
        home.gateway.start_daemon()
        home.gateway.apply(documents.home(chosen.hook))
        home.route_gateway()
        print("| capture | packets/s that were sent | captured | of a CPU: who writes + the capture |\n| --- | ---: | ---: | ---: |", flush=True)
        for name, words in KINDS.items():
            print(f"| {name} |", measure(home, chosen, words), flush=True)


main()
