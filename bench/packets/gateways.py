# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateways that are compared: one class for each kind."""

from dataclasses import dataclass, replace

import filters
import overlay
import translations
from addresses import IPV4
from lab import add_route, give_address, set_sysctl
from shell import BenchError, run
from sluice import SluiceGateway

# sluice's own default; the kernel's are 30 and 120 s and would end flows between two measurements.
UDP_TIMEOUT = 300
VLAN = 20
VRF, VRF_TABLE = "tenant", 1100


@dataclass(frozen=True)
class Setting:
    """What a measurement asks of a gateway beside its NAT; None: as the gateway does it by itself."""
    ports: str | None = None   # range that the masquerade gives out, "first-last"
    flows: int | None = None   # room in the flow table; the kernel's is set by conntrack.py
    policies: int | None = None   # how many there are; None: one, and for the kernel no filter at all
    forwards: int = 0          # that no flow uses


class NoGateway:
    """The kernel is not touched: either there is no gateway, or the agent's own program is it."""

    def __init__(self, lab, options, setting=Setting()):
        pass

    def drops(self):
        return {}   # it does not count what it drops

    def forget(self):
        """Its flows, where others would meet them afterwards."""

    def stop(self):
        pass


def forget_tracked(netns):
    """Connection tracking has one table for all namespaces of a machine, whose chains all rows walk."""
    run("conntrack", "--flush", netns=netns)


class KernelGateway(NoGateway):
    def __init__(self, lab, options, setting=Setting()):
        super().__init__(lab, options, setting)
        for device in ("all", "default", "in0", "out0"):
            set_sysctl(lab.gateway, **{f"net__ipv4__conf__{device}__rp_filter": 0})
        set_sysctl(lab.gateway, net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)


class TrackingGateway(KernelGateway):
    """NAT by connection tracking, which is there when the rules are."""

    def __init__(self, lab, options, setting=Setting()):
        super().__init__(lab, options, setting)
        self._netns = lab.gateway
        self._table, self._inside_host = lab.addresses.table, lab.addresses.inside_host
        self._put_rules(setting)
        set_sysctl(lab.gateway, net__netfilter__nf_conntrack_udp_timeout=UDP_TIMEOUT,
                   net__netfilter__nf_conntrack_udp_timeout_stream=UDP_TIMEOUT)

    def forget(self):
        forget_tracked(self._netns)


class NftGateway(TrackingGateway):
    INSIDE = "in0"
    RULES = """
        table {table} nat {{
            chain postrouting {{
                type nat hook postrouting priority srcnat
                oifname "out0" {masquerade}
            }}
        }}"""

    def _put_rules(self, setting):
        masquerade = f"meta l4proto udp masquerade to :{setting.ports}" if setting.ports else "masquerade"
        rules = self.RULES.format(table=self._table, masquerade=masquerade)
        if setting.policies:
            rules += filters.chain(setting.policies, self.INSIDE)
        if setting.forwards:
            rules += translations.table(setting.forwards, self._inside_host)
        run("nft", "-f", "-", netns=self._netns, stdin=rules)


class NftForward(TrackingGateway):
    """A firewall that follows connections and translates nothing."""

    def _put_rules(self, setting):
        run("nft", "-f", "-", netns=self._netns, stdin=f"""
            table {self._table} filter {{
                chain forward {{
                    type filter hook forward priority filter; policy drop
                    ct state established,related accept
                    iifname "in0" accept
                }}
            }}""")


class IptablesGateway(TrackingGateway):
    """The rules of before nftables, which many machines still run (ip_tables)."""

    def _put_rules(self, setting):
        ports = f"-p udp -j MASQUERADE --to-ports {setting.ports}" if setting.ports else "-j MASQUERADE"
        rules = f"*nat\n-A POSTROUTING -o out0 {ports}\nCOMMIT\n"
        run("iptables-legacy-restore", netns=self._netns,
            stdin=rules + (filters.iptables(setting.policies) if setting.policies else ""))


class NftVlan(NftGateway):
    """The inside host is in a VLAN of the kernel's own (8021q), made as somebody without sluice makes it."""
    INSIDE = f"in0.{VLAN}"

    def __init__(self, lab, options, setting=Setting()):
        lab.leave_inside_to_gateway()
        run("ethtool", "-K", "in0", "txvlan", "off", netns=lab.gateway)   # as InsideVlan
        set_sysctl(lab.gateway, net__ipv6__conf__default__addr_gen_mode=1)
        run("ip", "link", "add", self.INSIDE, "link", "in0", "type", "vlan", "id", VLAN, netns=lab.gateway)
        give_address(replace(lab.gateway_in, device=self.INSIDE), IPV4.gateway_in, IPV4)
        run("ip", "link", "set", self.INSIDE, "up", netns=lab.gateway)
        super().__init__(lab, options, setting)
        lab.know_inside_by(self.INSIDE)
        add_route(lab.gateway, IPV4.inside_net, IPV4.inside_host)


class NftVrf(NftGateway):
    """The inside host is in a VRF of the kernel's own that uses the main one's way out; answers are led back by a route."""

    def __init__(self, lab, options, setting=Setting()):
        try:
            run("ip", "link", "add", VRF, "type", "vrf", "table", VRF_TABLE, netns=lab.gateway)
        except BenchError:   # the kernel has no such device
            run("ip", "rule", "add", "iif", "in0", "lookup", VRF_TABLE, netns=lab.gateway)
        else:
            run("ip", "link", "set", VRF, "up", netns=lab.gateway)
            run("ip", "link", "set", "in0", "master", VRF, netns=lab.gateway)
        super().__init__(lab, options, setting)
        for table in (VRF_TABLE, "main"):
            run("ip", "route", "replace", IPV4.inside_net, "via", IPV4.inside_host, "dev", "in0", "onlink", "table", table,
                netns=lab.gateway)
        run("ip", "route", "add", "default", "via", IPV4.outside_host, "dev", "out0", "table", VRF_TABLE, netns=lab.gateway)
        lab.know_inside_by("in0")


class NftVxlan(NftGateway):
    """The inside host is behind the kernel's own VXLAN."""
    INSIDE = overlay.DEVICE

    def __init__(self, lab, options, setting=Setting()):
        overlay.keep_quiet(lab.gateway)
        overlay.add_device(lab.gateway)
        super().__init__(lab, options, setting)
        overlay.know_inside(lab.gateway)


class SluiceTc(SluiceGateway):
    HOOK = "tc"


class SluiceXdp(SluiceGateway):
    HOOK = "xdp"


class SluiceNftables(SluiceGateway):
    ENGINE = "nftables"

    def forget(self):
        forget_tracked(self._netns)


class SluiceAuto(SluiceGateway):
    HOOK = "auto"


class Routed:
    """Nothing is translated."""

    def _document(self, setting):
        made = super()._document(setting)
        del made["nat"]
        return made


class InsideVlan:
    """The inside host is in a VLAN of in0, which is its trunk."""
    ABOVE = (f"in0.{VLAN}",)

    def _document(self, setting):
        made = super()._document(setting)
        interfaces = made["interfaces"]
        interfaces["in0"]["zone"] = "trunk"
        interfaces[f"in0.{VLAN}"] = {"zone": "lan", "vlan": {"parent": "in0", "id": VLAN},
                                     "addresses": [f"{IPV4.gateway_in}/24"]}
        return made

    def __init__(self, lab, options, setting):
        lab.leave_inside_to_gateway()
        # A tag that tc lays beside a frame must be in it when the sink, at XDP, sees it.
        run("ethtool", "-K", "in0", "txvlan", "off", netns=lab.gateway)
        super().__init__(lab, options, setting)
        lab.know_inside_by(f"in0.{VLAN}")
        add_route(lab.gateway, IPV4.inside_net, IPV4.inside_host)


class InsideVrf:
    """The inside host is behind a VRF that uses the main one's way out."""

    def _document(self, setting):
        made = super()._document(setting)
        made["interfaces"]["in0"] |= {"vrf": VRF, "addresses": [f"{IPV4.gateway_in}/24"]}
        made["vrfs"] = {VRF: {"table": VRF_TABLE, "routes": [{"to": "0.0.0.0/0", "through": "main"},
                                                             {"to": IPV4.inside_net, "via": IPV4.inside_host}]}}
        return made

    def __init__(self, lab, options, setting):
        lab.leave_inside_to_gateway()
        super().__init__(lab, options, setting)
        lab.know_inside_by("in0")


class InsideVxlan:
    """The inside host is behind a VXLAN that in0 carries."""
    ABOVE = (overlay.DEVICE,)

    def _document(self, setting):
        made = super()._document(setting)
        made["interfaces"]["in0"]["zone"] = "underlay"
        made["interfaces"][overlay.DEVICE] = overlay.interface()
        return made

    def __init__(self, lab, options, setting):
        overlay.keep_quiet(lab.gateway)
        super().__init__(lab, options, setting)
        # The kernel chose an address. The rules have the one that the device has when a document is applied.
        run("ip", "link", "set", overlay.DEVICE, "address", overlay.GATEWAY_MAC, netns=lab.gateway)
        self._apply(setting)
        overlay.know_inside(lab.gateway)


class RoutedTc(Routed, SluiceTc):
    pass


class RoutedXdp(Routed, SluiceXdp):
    pass


class VlanTc(InsideVlan, SluiceTc):
    pass


class VlanXdp(InsideVlan, SluiceXdp):
    pass


class VrfTc(InsideVrf, SluiceTc):
    pass


class VrfXdp(InsideVrf, SluiceXdp):
    pass


class VxlanTc(InsideVxlan, SluiceTc):
    pass


class VxlanXdp(InsideVxlan, SluiceXdp):
    pass
