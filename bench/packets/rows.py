# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of the table."""

from dataclasses import dataclass

import gateways
import overlay
from addresses import IPV4, IPV6


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    gateway: type
    translated: bool = False   # packets leave with the gateway's address
    hops: int = 1              # by which the TTL falls
    direct: bool = False       # no gateway at all
    ceiling: bool = False      # the agent's bare redirect is the gateway
    vlan: int = 0              # tag of the inside host's frames; 0: none
    tunnel: overlay.Tunnel | None = None   # that the inside host's frames are in
    ipv6: bool = False         # its packets are of IPv6
    peer: str = "nft"          # what `of nft` is of: the row by nftables that does the same
    usual: bool = True         # measured unless rows are chosen

    @property
    def addresses(self):
        return IPV6 if self.ipv6 else IPV4

    def of_its_family(self, name):
        """The row of its packets' family for one of IPv4."""
        return f"{name}-v6" if self.ipv6 else name


ROWS = (
    Row("harness", "the harness alone, no gateway", gateways.NoGateway, hops=0, direct=True),
    Row("kernel", "kernel forwarding, no NAT", gateways.KernelGateway),
    Row("nft-forward", "nft forward, no NAT", gateways.NftForward),
    Row("nft", "nft masquerade", gateways.NftGateway, translated=True),
    Row("iptables", "iptables masquerade (legacy)", gateways.IptablesGateway, translated=True),
    Row("sluice-nftables", "sluice nftables, masquerade", gateways.SluiceNftables, translated=True),
    Row("sluice-tc", "sluice tc, masquerade", gateways.SluiceTc, translated=True),
    Row("sluice-xdp", "sluice XDP, masquerade", gateways.SluiceXdp, translated=True),
    Row("nft-vlan", "nft, kernel's VLAN to masquerade", gateways.NftVlan, translated=True, vlan=gateways.VLAN, usual=False),
    Row("vlan-tc", "sluice tc, VLAN to masquerade", gateways.VlanTc, translated=True, vlan=gateways.VLAN, usual=False),
    Row("vlan-xdp", "sluice XDP, VLAN to masquerade", gateways.VlanXdp, translated=True, vlan=gateways.VLAN, usual=False),
    Row("nft-vrf", "nft, kernel's VRF to masquerade", gateways.NftVrf, translated=True, usual=False),
    Row("vrf-tc", "sluice tc, VRF to masquerade", gateways.VrfTc, translated=True, usual=False),
    Row("vrf-xdp", "sluice XDP, VRF to masquerade", gateways.VrfXdp, translated=True, usual=False),
    Row("nft-vxlan", "nft, kernel's VXLAN to masquerade", gateways.NftVxlan, translated=True,
        tunnel=overlay.Tunnel(sums_by_device=True), usual=False),
    Row("vxlan-tc", "sluice tc, VXLAN to masquerade", gateways.VxlanTc, translated=True,
        tunnel=overlay.Tunnel(sums_by_device=True), usual=False),
    Row("vxlan-xdp", "sluice XDP, VXLAN to masquerade", gateways.VxlanXdp, translated=True,
        tunnel=overlay.Tunnel(sums_by_device=False), usual=False),
    Row("sluice-tc-forward", "sluice tc forward, no NAT", gateways.RoutedTc, peer="nft-forward", usual=False),
    Row("sluice-xdp-forward", "sluice XDP forward, no NAT", gateways.RoutedXdp, peer="nft-forward", usual=False),
    Row("harness-v6", "the harness alone, IPv6", gateways.NoGateway, hops=0, direct=True, ipv6=True, usual=False),
    Row("kernel-v6", "kernel forwarding of IPv6, no NAT", gateways.KernelGateway, ipv6=True, usual=False),
    Row("nft-forward-v6", "nft forward of IPv6, no NAT", gateways.NftForward, ipv6=True, usual=False),
    Row("nft-v6", "nft masquerade of IPv6", gateways.NftGateway, translated=True, ipv6=True, usual=False),
    Row("sluice-tc-v6", "sluice tc forward of IPv6, no NAT", gateways.RoutedTc, ipv6=True, peer="nft-forward",
        usual=False),
    Row("sluice-xdp-v6", "sluice XDP forward of IPv6, no NAT", gateways.RoutedXdp, ipv6=True, peer="nft-forward",
        usual=False),
    Row("sluice-tc-nat66", "sluice tc, masquerade of IPv6", gateways.SluiceTc, translated=True, ipv6=True, usual=False),
    Row("sluice-xdp-nat66", "sluice XDP, masquerade of IPv6", gateways.SluiceXdp, translated=True, ipv6=True,
        usual=False),
    Row("redirect-v6", "XDP bare redirect of IPv6", gateways.NoGateway, hops=0, ceiling=True, ipv6=True, usual=False),
    Row("redirect", "XDP bare redirect: the ceiling", gateways.NoGateway, hops=0, ceiling=True),
)

# Bulk TCP is carried for real hosts, so there are no rows without a gateway.
TCP_ROWS = (
    Row("kernel", "kernel forwarding, no NAT", gateways.KernelGateway),
    Row("nft", "nft masquerade", gateways.NftGateway, translated=True),
    Row("sluice-auto", "sluice auto, masquerade", gateways.SluiceAuto, translated=True),
)
