# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line."""

import argparse
import os

from rows import ROWS

EXAMPLES = """examples:
  ./run bench                                    everything, about six minutes
  ./run bench --rows nft,sluice-xdp --flows 1000 --repeat 3 --fresh 0
  ./run bench --tcp --json figures.json
  ./run bench --measure ports,flood --repeat 3   the cost of a search for a port, and what a flood does
  ./run bench --measure policies --repeat 3      the first packet among 1 to 10,000 policies
  ./run bench --rows nft,nft-vrf,sluice-tc,vlan-tc,vrf-tc,sluice-xdp,vlan-xdp,vrf-xdp   what a tag and a VRF cost
  ./run bench --rows nft,nft-vlan,vlan-tc,vlan-xdp   beside the kernel's own VLAN, where it has one
  ./run bench --rows nft,nft-vxlan,sluice-tc,vxlan-tc,sluice-xdp,vxlan-xdp   what a VXLAN costs
  ./run bench --rows kernel,kernel-v6,nft,nft-v6,sluice-xdp-forward,sluice-xdp-v6   what IPv6 costs
  ./run bench --rows nft,sluice-tc,sluice-xdp --flows 1000 --forwards 100000   what forwards cost that are not used
  ./run bench --measure requests --repeat 5      requests per second and their latency, of a real client and server
  ./run bench --measure services --repeat 5      ports that lead to several servers, beside nft numgen and HAProxy
  ./run bench --rows nft,sluice-xdp --flows 1000,60000 --measure stages   where the time of a packet goes, and of a first one
  ./run bench --measure memory --repeat 2        what a million flows take
  ./run bench --flows 1000000 --fresh 0 --repeat 2   a million

others, which ./run bench has built:
  SLUICE_BIN_DIR=build-bench/bin python3 bench/tunnels/run.py   through a WireGuard tunnel, beside wg-quick and nft by hand
  SLUICE_BIN_DIR=build-bench/bin python3 bench/limits/run.py    what TCP gets of a limit"""

MEASUREMENTS = ("rates", "tcp", "ports", "flood", "memory", "policies", "requests", "services", "stages")
MOST_FRESH = 61440        # one outside address has no ports for more
MOST_FORWARDS = 100_000   # two addresses neither (translations.py)


def numbers(text):
    values = [int(part.replace("_", "")) for part in text.split(",")]
    if not values or min(values) < 1 or max(values) > 1 << 20:
        raise argparse.ArgumentTypeError("numbers from 1 to 1048576")
    return values


def up_to(most):
    def convert(text):
        value = int(text)
        if not 0 <= value <= most:
            raise argparse.ArgumentTypeError(f"a number up to {most}, or 0")
        return value
    return convert


def core_number(text):
    value = int(text)
    if value not in os.sched_getaffinity(0):
        raise argparse.ArgumentTypeError(f"one of the cores {sorted(os.sched_getaffinity(0))}")
    return value


def row_names(text):
    known = [row.name for row in ROWS]
    wrong = [name for name in text.split(",") if name not in known]
    if wrong:
        raise argparse.ArgumentTypeError(f"no row is called {wrong[0]}; there are {', '.join(known)}")
    return text.split(",")


def measurements(text):
    wrong = [name for name in text.split(",") if name not in MEASUREMENTS]
    if wrong:
        raise argparse.ArgumentTypeError(f"nothing is called {wrong[0]}; there are {', '.join(MEASUREMENTS)}")
    return text.split(",")


def positive(kind):
    def convert(text):
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError("more than 0 is needed")
        return value
    return convert


def parse(arguments=None):
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Packets per second through sluice and its peers, in a lab of its own.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--flows", type=numbers, default=[1, 1000, 100000], metavar="N,...",
        help="numbers of flows (1,1000,100000)")
    add("--repeat", type=positive(int), default=5, metavar="N",
        help="repetitions, interleaved over the rows (5)")
    add("--seconds", type=positive(float), default=1.0, metavar="S", help="of each measurement (1)")
    add("--fresh", type=up_to(MOST_FRESH), default=60000, metavar="N",
        help="flows of the new-flows rows (60000); 0: leave them out")
    add("--forwards", type=up_to(MOST_FORWARDS), default=0, metavar="N",
        help="so many forwards as well, which no flow uses; of nft a map, rows of others have none (0)")
    add("--rows", type=row_names, default=[row.name for row in ROWS if row.usual], metavar="NAME,...",
        help=f"which rows (of {', '.join(row.name for row in ROWS)}; "
             "not those of VLANs, VRFs, VXLANs and IPv6, nor sluice without NAT)")
    add("--json", metavar="FILE", help="write everything measured to FILE, too")
    add("--picture", metavar="FILE", type=os.path.abspath, help="draw the rates into FILE, as SVG")
    add("--measure", type=measurements, default=["rates"], metavar="WHAT,...",
        help=f"what to measure ({', '.join(MEASUREMENTS)}; rates)")
    add("--tcp", action="store_const", const="tcp", help="bulk TCP as well")
    add("--lines", action="store_true", help="stages: by line of the sources, and not by file")
    add("--no-costs", action="store_true", help="leave out time and instructions of the BPF programs")
    add("--core", type=core_number, default=max(os.sched_getaffinity(0)), metavar="N", help="that generates (the last)")
    add("--build", default="build-bench", metavar="DIR", help="where the programs were built (build-bench)")
    options = parser.parse_args(arguments)
    if options.tcp:
        options.measure.append(options.tcp)
    if "flood" in options.measure and {"rates", "memory"} & set(options.measure):
        parser.error("a flood wants connection tracking to be small, and the others want it large: "
                     "measure them one after the other")
    if options.forwards and any(row.ipv6 for row in ROWS if row.name in options.rows):
        parser.error("the forwards are of IPv4, and so have to be the rows")
    options.bin = os.path.abspath(os.path.join(options.build, "bin"))
    return options
