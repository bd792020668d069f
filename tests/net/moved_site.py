# SPDX-License-Identifier: GPL-2.0-or-later
"""Two machines for one gateway: what is backed up of the first is restored on the second, whose devices are called otherwise."""


from documents import policy
from lab.phones import Phone, own_runtime_directory
from lab.wait import eventually

WAN4, CLIENT4, LAN4 = "203.0.113.1", "203.0.113.7", "192.168.10.1"
MAP = ("--map", "wan=ens3", "--map", "lan=ens4")
FAILED, USAGE, NOT_PERMITTED = 1, 2, 5
PASSPHRASE = "a horse, a battery and a staple"


def document(**more):
    return {
        "version": 1,
        "engine": "ebpf",
        "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]},
                       "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]}},
        "policies": [policy("ping", ["internet", "home"], "host", protocol="icmp")],
        "nat": {"forwards": [{"name": "web", "listen": "wan", "ports": 80, "to": "192.168.10.2:8080"}]},
        "wireguard": {"backend": "userspace"},
        "networks": {"home": {"type": "secure-internet", "internet": "internet", "endpoint": WAN4,
                              "endpoints": {"phone": {"type": "mobile"},
                                            "box": {"type": "cpe", "key_file": "keys/box.key"}}}},
    } | more


class Machines:
    """first: wan, lan. second: ens3, ens4. The client and both machines are in one network outside."""

    def __init__(self, lab):
        own_runtime_directory()
        self.lab = lab
        self.first, self.second = lab.gateway("first"), lab.gateway("second")
        self.switch, self.client = lab.host("switch"), lab.host("client")
        self.switch.ip("link add br0 type bridge mcast_snooping 0")
        self.switch.ip("link set br0 up")
        for host, device in ((self.first, "wan"), (self.second, "ens3"), (self.client, "eth0")):
            lab.wire((host, device), (self.switch, host.name))
            self.switch.ip("link set", host.name, "master br0")
        for host, device in ((self.first, "lan"), (self.second, "ens4")):
            lab.wire((host, device), (self.switch, f"{host.name}-lan"))
        self.client.addresses("eth0", f"{CLIENT4}/24")
        self.passphrase = lab.directory / "passphrase"
        self.passphrase.write_text(PASSPHRASE + "\n", encoding="ascii")
        self.secret = lab.directory / "secret.key"
        self.public = self.first.sluice("backup", "--generate-key", self.secret).stdout.strip()

    def start(self, gateway, made=None):
        gateway.start_daemon()
        (gateway.state / "keys").mkdir(exist_ok=True, mode=0o700)
        if made:
            key = gateway.state / "keys" / "box.key"
            key.write_text(gateway.run("wg", "genkey").stdout, encoding="ascii")
            gateway.apply(made)
        return gateway

    def phone(self):
        return Phone(self.first, self.client, "home", "phone", "phone0")

    def backup(self, gateway, name):
        """For a public key, which takes no time."""
        file = self.lab.directory / name
        gateway.sluice("backup", file, "--to", self.public)
        return file

    def restore(self, gateway, file, *options, expect=0):
        return gateway.sluice("restore", file, "--key-file", self.secret, *options, expect=expect)

    def burns(self, gateway):
        """Nothing of the machine answers any more."""
        gateway.cleanup()
        for device in ("wan", "ens3"):
            gateway.run("ip", "link", "set", device, "down", expect=None)
        self.client.ip("neigh flush dev eth0")


def given(gateway):
    """All that clients rely on."""
    networks = {row["name"]: {key: row[key] for key in ("vcid", "port", "subnet", "subnet6", "zone", "vrf")}
                for row in gateway.show("networks")}
    endpoints = {row["name"]: {key: row[key] for key in ("address", "address6", "public_key", "version")}
                 for row in gateway.show("endpoints")}
    return networks, endpoints


def key_of(gateway):
    return gateway.run("wg", "show", "wg-home", "public-key").stdout.strip()


def state_of(gateway):
    return gateway.json("status")["state"]


def history(gateway):
    return [(row["rev"], row["why"], row["result"]) for row in gateway.json("history")["history"]]


def is_fresh(gateway):
    """As before the restore that was refused."""
    assert state_of(gateway) == "empty" and history(gateway) == []
    assert not (gateway.state / "network-keys").exists()
    assert "wg-" not in gateway.ip("link show").stdout
    return True


def settles(gateway, what, condition):
    eventually(f"{gateway}: {what}", condition, within=30)


def one_sentence(done):
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("sluice: "), done.stderr
    return lines[0]


def counted(gateway):
    """Packets by the names of policies and endpoints."""
    rows = [(row["name"], row["packets"]) for row in gateway.show("policies")]
    rows += [(row["name"], row["rx_packets"]) for row in gateway.show("endpoints")]
    return {name: packets for name, packets in rows if packets}
