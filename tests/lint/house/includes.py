# SPDX-License-Identifier: GPL-2.0-or-later
"""The law of includes, and of the rooms of bpf/."""
import re

from house.tree import Complaint

# What each folder is linked with. CMake makes a breach not compile; this table makes a change of the law visible.
# docs/architecture.md tells it.
LAW = {
    "base": {"maps"},
    "maps": set(),
    "model": {"base"},
    "seal": {"base"},
    "config": {"model"},
    "compile": {"model", "maps"},
    "plan": {"compile"},
    "kernel": {"plan", "maps"},
    "engine": {"kernel", "plan", "maps"},
    "frr": {"kernel", "network"},
    "front": {"kernel"},
    "vrrp": {"kernel"},
    "errand": {"kernel"},
    "talk": {"kernel"},
    "acme": {"errand"},
    "ddns": {"dns", "errand"},
    "health": {"talk"},
    "dns": {"model"},
    "resolver": {"dns", "talk"},
    "pcp": {"model"},
    "mapper": {"pcp", "resolver"},
    "stun": {"model"},
    "path": {"model", "stun"},
    "reach": {"path", "pcp", "stun", "talk"},
    "relay_tcp": {"stun", "talk"},
    "capture": {"talk", "maps"},
    "scrape": {"talk"},
    "web": {"talk"},
    "ipfix": {"talk"},
    "cluster": {"talk"},
    "sync": {"talk"},
    "store": {"model"},
    "network": {"model"},
    "pod": {"network"},
    "relay": {"network"},
    "ssh": {"network"},
    "api": {"base"},
    "explain": {"engine"},
    "gateway": {"acme", "config", "ddns", "engine", "front", "frr", "vrrp", "store", "network", "path", "pod", "relay", "ssh"},
    "show": {"gateway", "explain", "api"},
    "doctor": {"show"},
    "connect": {"network", "path", "reach"},
    "bundle": {"doctor"},
    "daemon": {"bundle", "capture", "cluster", "connect", "health", "ipfix", "mapper", "reach", "relay_tcp", "scrape", "sync", "web"},
    "cli": {"api", "config", "network", "seal"},
    "cni": {"api"},
}
# The rooms of bpf/: what the headers of each may include, beside maps/ (docs/style.md).
ROOMS = {
    "base": set(),
    "proto": {"base"},
    "state": {"proto"},             # tables of flows, and what TCP says of one
    "output": {"proto"},            # routes, neighbours, link headers, answers
    "tunnel": {"output"},
    "host": {"state"},
    "capture": {"state"},          # packets as they come and go, to who captures
    "syn": {"state", "output"},
    "nat": {"state", "tunnel"},
    "policy": {"nat"},
    "limit": {"policy"},
    "fragment": {"policy"},
    "flow": {"limit", "fragment", "syn", "capture"},
    "family": {"state", "output"},  # headers and errors of the other family
    "icmp": {"flow", "family"},
    "path": {"icmp", "host", "capture"},
}
# The one file of cli that reaches the machine: plans, checks and cleans up without a daemon.
EXCEPTIONS = {"cli/main.cpp": {"doctor"}}

# Libraries that stop at these folders' public functions.
LIBRARIES = {
    "libmnl/": {"loader/kernel"},
    "nftables/": {"loader/kernel"},
    "xdp/": {"loader/kernel"},
    "bpf/": {"loader/kernel", "loader/engine/ebpf", "bpf"},
    "sqlite3.h": {"loader/store"},
    "sodium.h": {"loader/cluster", "loader/model", "loader/path", "loader/seal", "loader/sync"},
    "ldns/": {"loader/ddns", "loader/dns"},
    "pcap/": {"loader/capture"},
    "qrencode.h": {"loader/network"},
    "miniupnpc/": {"loader/reach"},
    "png.h": {"loader/network"},
    "ncurses.h": {"cli"},
    "zlib.h": {"cli"},
    "openssl/": {"loader/acme", "loader/ddns", "loader/front", "loader/health", "loader/relay_tcp"},
    "systemd/": {"loader/bundle", "loader/daemon"},
    "spdlog/": {"loader/daemon", "loader/gateway"},
    "boost/beast": {"loader/api", "loader/cluster", "loader/ddns", "loader/health", "loader/scrape", "loader/web"},
    "boost/asio": {"loader/api", "loader/cluster", "loader/connect", "loader/daemon", "loader/ddns", "loader/health", "loader/ipfix", "loader/mapper", "loader/reach", "loader/relay_tcp", "loader/resolver", "loader/scrape", "loader/sync", "loader/talk", "loader/web"},
    "boost/program_options": {"loader/daemon", "cli"},
}

ARCHITECTURE = "docs/architecture.md"
FOLDER_ROW = re.compile(r"\| `(?:loader/)?(\w+)/` \|.*\|([^|]*)\|$")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def seen_by(folder, law=LAW):
    """A folder, what it is linked with, and what that is linked with."""
    seen = {folder}
    for lower in law.get(folder, ()):
        seen |= seen_by(lower, law)
    return seen


def includes_of(file):
    for number, line in file.lines:
        if found := INCLUDE.match(line):
            yield number, found[1], found[2]


def folder_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "loader" and len(parts) > 2 else parts[0]


def product_files(files):
    return [file for file in files if file.within("loader", "cli", "cni") and file.suffix in (".cpp", ".hpp")]


def check_layers(files):
    for file in product_files(files):
        permitted = set().union(*map(seen_by, {folder_of(file.path)} | EXCEPTIONS.get(file.path, set())))
        for number, kind, name in includes_of(file):
            layer = name.split("/")[0]
            if kind == '"' and "/" in name and layer not in permitted:
                yield Complaint(file.path, number, f"{folder_of(file.path)} may not include {name}")


def check_libraries(files):
    for file in product_files(files):
        for number, kind, name in includes_of(file):
            for library, homes in LIBRARIES.items():
                if kind == "<" and name.startswith(library) and not file.within(*homes):
                    yield Complaint(file.path, number, f"<{name}> is used in {', '.join(sorted(homes))} only")


def check_bpf_includes(files):
    for file in files:
        if not file.within("bpf", "maps") or file.suffix not in (".c", ".h"):
            continue
        for number, kind, name in includes_of(file):
            if not is_permitted_in_bpf(file, kind, name):
                yield Complaint(file.path, number, f"{file.path.split('/')[0]}/ may not include {name}")


def is_permitted_in_bpf(file, kind, name):
    if file.within("maps"):
        return name == "linux/types.h" if kind == "<" else "/" not in name
    if kind == "<":
        return name.startswith(("linux/", "bpf/")) or name in ("stdbool.h", "stddef.h")
    return name.startswith(("bpf/", "maps/"))


def check_rooms(files):
    """bpf/ROOM/*.h; what stands beside the rooms are programs, which see all of them."""
    for file in files:
        if not file.within("bpf") or file.suffix != ".h":
            continue
        room = file.path.split("/")[1]
        if room not in ROOMS:
            yield Complaint(file.path, 1, f"bpf/{room} is no room that the law knows (tests/lint/house/includes.py)")
            continue
        for number, kind, name in includes_of(file):
            if kind == '"' and name.startswith("bpf/") and name.split("/")[1] not in seen_by(room, ROOMS):
                yield Complaint(file.path, number, f"bpf/{room} may not include {name}")


def check_links(files):
    """CMake's links are the law of this file."""
    for file in files:
        for found in re.finditer(r"^sluice_layer\((\w+)([^)]*)\)", file.text, re.M) if is_cmake(file) else ():
            words = re.search(r"DEPENDS([^)]*?)(LIBRARIES|$)", found[2], re.S)
            linked = set(words[1].split()) if words else set()
            if linked != LAW.get(found[1]):
                line = file.text[: found.start()].count("\n") + 1
                yield Complaint(file.path, line, f"{found[1]} is linked with {sorted(linked)}, against the law")


def check_architecture_page(files):
    """The table of folders is the law of this file."""
    for file in files:
        if file.path != ARCHITECTURE:
            continue
        rows = [(number, found[1], found[2]) for number, line in file.lines if (found := FOLDER_ROW.match(line))]
        for number, folder, cell in rows:
            told = set(re.findall(r"`(\w+)`", cell))
            if folder in LAW and told != LAW[folder]:
                yield Complaint(file.path, number, f"{folder} may use {sorted(LAW[folder])}, and the page says {sorted(told)}")
        for folder in sorted(LAW.keys() - {folder for _, folder, _ in rows}):
            yield Complaint(file.path, 1, f"{folder} has no row with what it may use")


def is_cmake(file):
    return file.path.endswith("CMakeLists.txt")
