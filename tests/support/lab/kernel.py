# SPDX-License-Identifier: GPL-2.0-or-later
"""What the running kernel can do, found by trying. A test names what it needs: `pytest.mark.needs("freplace")`."""

import functools
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

# In a namespace of its own, so that nothing of a trial is left.
APART = ["unshare", "--net", "--mount", "--propagation", "private", "--"]
LINKS = {
    "vrf": "type vrf table 10",
    "8021q": "link base type vlan id 5",
    "wireguard": "type wireguard",
    "gre": "type gretap local 192.0.2.1 remote 192.0.2.2",
    "dummy": "type dummy",
    "vlan-filtering": "type bridge vlan_filtering 1",
}
LINK = 'ip link add base type veth && exec ip link add name tried "$0" "$@"'
# With a dispatcher, libxdp attaches that and no program directly. The object is one of xdp-tools.
DISPATCHER = """
mount -t bpf bpf /sys/fs/bpf || exit 1
ip link add one type veth peer name two && ip link set one up && xdp-loader load -m native one "$0" || exit 1
ip -json -details link show dev one
"""


def tried(*argv):
    return subprocess.run([*APART, *argv], capture_output=True, text=True, check=False)


def xdp_filter_object():
    """A program of xdp-tools that lets everything pass."""
    return next(Path("/usr/lib").glob("*/bpf/xdpfilt_alw_all.o"))


def has_dispatcher():
    done = tried("sh", "-c", DISPATCHER, str(xdp_filter_object()))
    if done.returncode:
        return False
    program = json.loads(done.stdout)[0].get("xdp", {}).get("prog", {})
    return "xdp_dispatcher" in program.get("name", "")


def leaves_bottom_halves_on():
    """While a BPF program is run by user space; no trial shows it for certain. Since 6.3 the kernel turns them off."""
    return tuple(int(part) for part in platform.release().split(".")[:2]) < (6, 3)


def has_netem():
    """Whether a device can make its packets wait, as a long way does."""
    return tried("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms").returncode == 0


def takes_printers():
    """Whether the kernel takes programs that print tables (bpf_map_elem iterators); locked down, some do not. The product tries."""
    sluice = Path(os.environ.get("SLUICE_BIN_DIR", Path(__file__).parents[3] / "build/bin")) / "sluice"
    done = tried("sh", "-c", 'mount -t bpf bpf /sys/fs/bpf; "$0" doctor --output json', str(sluice))
    return any(row["name"] == "text" and row["state"] == "ok" for row in json.loads(done.stdout)["checks"])


def has_link(words):
    return tried("sh", "-c", LINK, *words.split()).returncode == 0


TRIALS = {name: functools.partial(has_link, words) for name, words in LINKS.items()}
TRIALS["netem"] = has_netem
TRIALS["freplace"] = has_dispatcher
TRIALS["interrupted-test-runs"] = leaves_bottom_halves_on
TRIALS["map-text"] = takes_printers


@functools.cache
def has(feature):
    return TRIALS[feature]()


def lacking(features=tuple(TRIALS)):
    return [feature for feature in features if not has(feature)]


def why_not(features):
    """The reason for which a test cannot run here; empty: it can."""
    missing = lacking(features)
    return f"Linux {platform.release()} has no {', no '.join(missing)}" if missing else ""


if __name__ == "__main__":
    os.chdir(tempfile.gettempdir())
    print(",".join(lacking()))
    sys.exit(0)
