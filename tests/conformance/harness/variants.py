# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways of carrying traffic. A scenario does not know which of them it runs on."""

import dataclasses

SMALL_TABLES = {"flows": 8192, "half_open": 8192}   # made and read in no time


@dataclasses.dataclass(frozen=True)
class Variant:
    """`outside` and `inside` are the hooks of `wan` and of every other device; None: the engine has none."""

    name: str
    engine: str
    outside: str | None = None
    inside: str | None = None

    def hook(self, device):
        return self.outside if device == "wan" else self.inside

    def wire_hook(self, device):
        """How a wire is prepared: without a program of ours it is one like any other."""
        return self.hook(device) or "tc"

    def dressed(self, document):
        """The document with what scenarios leave out: the engine, its tables, and the hook of each interface."""
        tables = {"tables": SMALL_TABLES} if self.engine == "ebpf" else {}
        made = tables | document | {"engine": self.engine, "interfaces": {}}
        for device, interface in document["interfaces"].items():
            # Devices that sluice makes take no native XDP.
            is_made = any(kind in interface for kind in ("bridge", "vlan", "vxlan"))
            hook = "tc" if self.hook(device) and is_made else self.hook(device)
            made["interfaces"][device] = interface | ({"hook": hook} if hook else {})
        return made


VARIANTS = {variant.name: variant for variant in (
    Variant("xdp", "ebpf", "xdp", "xdp"),
    Variant("tc", "ebpf", "tc", "tc"),
    Variant("mixed", "ebpf", "xdp", "tc"),
    Variant("nftables", "nftables"),
)}
