#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""draw_packet_path.py [--check]: writes docs/packet-path.svg from the sources, or compares.

Stages, steps and drop reasons are read from bpf/ and maps/drop_reasons.h. Only the sentences are here; a stage without
a sentence, or a reason that no box gives, ends the run.
"""
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs"))

from drawing.page import Page
from drawing.sources import Sources

DRAWING = ROOT / "docs" / "packet-path.svg"
COMMON = "internal"         # a kernel helper failed: said once, below
LATE = "flow-ended"         # counted by still_of_flow() alone; between revalidate() and flow() it means: judged anew
QUESTIONS = {"still_allowed"}   # judge again, but only to know yes or no

STAGES = {
    "receive": "which interface it came in by, and the rules that this packet will see",
    "parse": "network and transport headers, each cut and each length checked; offsets, no pointers",
    "admit": "addresses that no routed packet may carry",
    "solicitation": "a neighbour that asks for the gateway's address: new ones have a budget",
    "flow": "one lookup by VRF, protocol, addresses and ports: all that an established packet costs. Packets for the "
            "gateway itself end here",
    "suits_other_family": "what IPv4 and IPv6 both have",
    "routable": "TTL, size against the next link, not sent to many",
    "pieces": "fragments: no overlap with what has passed; a first one calls those that wait for it; ids (RFC 6864)",
    "limit_sent_on": "the limits that concern the flow: all have room for the packet, or it is dropped, or marked",
    "rewrite": "addresses, ports, TTL, checksums by prepared deltas; SYN: segment size",
    "transmit": "link addresses from the flow; out of the flow's interface, marked as judged",
    "still_of_flow": "the row that all of this came from has not become another flow's",
}
FIRST = {
    "judge_source": "the way back to the source leads into the zone that it comes from",
    "judge_destination": "forward, static mapping or live mapping, then: one of our own addresses, or a route",
    "filter": "sent to a mapping: who may, says the masquerade's filter; between inside hosts policies do",
    "judge_policy": "first policy that matches, by bit vectors; a forward or a filter admits by itself",
    "translate_source": "static mapping, else masquerade between these zones, also for hairpin",
    "pick_outside_address": "from the pool, or the outgoing interface's own",
    "limit_first": "limits, before anything is made",
    "grant_admission": "its host's leave, a slot, a place among those that wait for an answer; on the way it ends flows "
                 "that are dead",
    "create_flow": "claims a port (BPF_NOEXIST), then inserts both directions, or nothing",
}
OWN = {
    "receive_own": "the interface by which it leaves",
    "parse": "as at ingress",
    "answer_in_vrf": "a UDP service that knows no VRFs answers: into the VRF that asked, by the address that was asked",
    "own_packet": "flow, or the policies from zone host; a source that a masquerade hides is refused",
}
LEFT, MIDDLE, RIGHT = 30, 365, 815   # columns
NARROW, WIDE, SLOW = 275, 390, 395


class Drawing:
    def __init__(self):
        self.tc, self.xdp = Sources(ROOT, "tc"), Sources(ROOT, "xdp")
        self.page = Page(1240)
        self.given = set()
        self.borders = {*STAGES, *FIRST, *OWN, "first_packet", "revalidate", "icmp_error", "judge", "own_packet", "frag_enqueue", "send_in_pieces"} | QUESTIONS

    def drops(self, function):
        found = self.tc.drops(function, self.borders)
        self.given.update(name for _, name in found)
        return [reason for reason in found if reason[1] != COMMON and (reason[1] != LATE or function == "still_of_flow")]

    def box(self, kind, x, y, width, function, sentence):
        return self.page.box(kind, x, y, width, function, sentence, self.drops(function))

    def main_way(self, top):
        """The stages of tc, one under the other; answers (name -> (from, to)) and the end."""
        y, places = top, {}
        for stage in self.tc.stages("gateway"):
            end = self.box("stage", MIDDLE, y, WIDE, stage, STAGES[stage])
            places[stage] = (y, end)
            y = end + 24
        for upper, lower in zip(list(places.values()), list(places.values())[1:]):
            self.page.arrow((MIDDLE + WIDE / 2, upper[1]), (MIDDLE + WIDE / 2, lower[0] - 1))
        return places, y

    def accelerator(self, top):
        stages = self.xdp.stages("gateway")
        page = self.page
        end = page.box("hook", LEFT, top, NARROW, "XDP, native",
                       "where the driver can and the redirect target takes frames. The same stages: " +
                       ", ".join(stages) + ". Drops what needs no answer, and sends on by a device map.", mono=False)
        return page.box("stage", LEFT, end + 30, NARROW, "handed on, unchanged",
                        "what XDP cannot finish: ICMP errors, packets for the gateway, answers to be made, neighbours "
                        "that are not resolved, devices without XDP. Nothing in it was changed; tc starts anew.",
                        mono=False), end

    def slow_path(self, top):
        page = self.page
        y = page.box("slow", RIGHT, top, SLOW, "first_packet",
                     "no entry: judged as a whole, before anything is changed",
                     sorted({*self.drops("first_packet"), *self.drops("judge")}))
        for name, sentence in FIRST.items():
            assert self.tc.calls("first_packet", name), f"{name} is no step of first_packet any more"
            page.arrow((RIGHT + 40, y), (RIGHT + 40, y + 11))
            y = self.box("slow", RIGHT + 18, y + 12, SLOW - 18, name, sentence)
        return y

    def draw(self):
        page = self.page
        page.text(LEFT, 44, "The way of a packet", 22, weight="bold")
        page.text(LEFT, 66, "Drawn from the sources: stages, steps and numbered drop reasons are what the programs do.", 13,
                  "#54626f")
        top = 130
        tc_end = page.box("hook", MIDDLE, 86, WIDE, "tc ingress, every managed interface", "", mono=False)
        places, y = self.main_way(tc_end + 24)
        page.arrow((MIDDLE + WIDE / 2, tc_end), (MIDDLE + WIDE / 2, tc_end + 23))
        handed, xdp_end = self.accelerator(86)
        page.arrow((LEFT + NARROW / 2, xdp_end), (LEFT + NARROW / 2, xdp_end + 29))
        page.arrow((LEFT + NARROW, xdp_end + 60), (LEFT + NARROW + 30, xdp_end + 60), (LEFT + NARROW + 30, 107),
                   (MIDDLE - 1, 107))
        waiting = self.side_ways(places)
        y = max(y, self.slow_ways(places, top))
        y = max(y, waiting)
        return page.svg(self.ends(places, y))

    def side_ways(self, places):
        page = self.page
        start, end = places["admit"]
        at = max(start, 470)
        box_end = page.box("slow", LEFT, at, NARROW, "icmp_error",
                           "an error about a packet of a known flow, translated with what it quotes (tc only)",
                           self.drops("icmp_error"))
        page.arrow((MIDDLE, end - 16), (LEFT + NARROW + 15, end - 16), (LEFT + NARROW + 15, at + 24),
                   (LEFT + NARROW + 1, at + 24))
        send = places["transmit"][0] + 24
        page.arrow((LEFT + NARROW / 2, box_end), (LEFT + NARROW / 2, send), (MIDDLE - 1, send))
        return self.put_off(send + 30)

    def put_off(self, y):
        """What tc does instead of a drop."""
        end = self.box("slow", LEFT, y, NARROW, "frag_enqueue",
                       "a fragment before its first piece waits for it, 2 seconds at most (tc only)")
        return self.box("slow", LEFT, end + 12, NARROW, "send_in_pieces",
                        "too big and without DF: cut and put back where it came in (tc only)") + 24

    def slow_ways(self, places, top):
        page = self.page
        flow_top, flow_end = places["flow"]
        looked_end = page.box("slow", RIGHT, top - 44, SLOW, "revalidate",
                              "entry found, but: older than a second, rules or next hops changed, SYN / FIN / RST, "
                              "half-open. Looks up the next hop, tracks the state, judges again after a change of "
                              "rules; ends the flow when it is no longer allowed", self.drops("revalidate"))
        page.arrow((MIDDLE + WIDE, flow_top + 18), (RIGHT - 34, flow_top + 18), (RIGHT - 34, looked_end - 20),
                   (RIGHT - 1, looked_end - 20))
        first_top = looked_end + 34
        page.arrow((RIGHT + 200, looked_end), (RIGHT + 200, first_top - 1), label="ended: as if it were new",
                   at=(RIGHT + 210, looked_end + 21))
        end = self.slow_path(first_top)
        page.arrow((MIDDLE + WIDE, flow_end - 18), (RIGHT - 18, flow_end - 18), (RIGHT - 18, first_top + 22),
                   (RIGHT - 1, first_top + 22), label="")
        return end + 24

    def ends(self, places, y):
        page = self.page
        way_end = places["still_of_flow"][1]
        y = max(y, way_end + 30)
        page.arrow((MIDDLE + WIDE / 2, way_end), (MIDDLE + WIDE / 2, y - 1))
        count_end = page.box("end", LEFT, y, 1240 - 2 * LEFT, "count",
                             "the one exit: each packet is counted once, per interface and verdict; drops also by their "
                             "number, also 32 internal (a helper of the kernel failed), which any stage may give")
        y = count_end + 30
        width, gap = 180, 20
        for column, (title, sentence) in enumerate((
                ("forwarded", "redirected to the next link; the guard knows it by its mark"),
                ("to host", "the gateway's own stack"),
                ("dropped", "with its reason"),
                ("answered", "ICMP error or TCP reset sent back; counted as a drop too"),
                ("put off", "waits for its first piece, or is cut: put back at ingress, and counted then"),
                ("ignored", "not IP (ARP), or another machine's frame: left to the kernel, which forwards nothing"))):
            x = LEFT + column * (width + gap)
            page.arrow((x + width / 2, count_end), (x + width / 2, y - 1))
            end = page.box("end", x, y, width, title, sentence, height=108, mono=False)
        return self.guard(end + 38)

    def guard(self, y):
        page = self.page
        page.text(LEFT, y, "tc egress, every managed interface: the guard", 15, weight="bold")
        y += 12
        page.box("guard", LEFT, y, 280, "with sluice's mark", "passes: judged and counted where it came in; the mark is "
                 "taken off", height=96, mono=False)
        page.box("guard", LEFT + 300, y, 300, "came in by a device", "the kernel forwarded it by itself, so it was never "
                 "judged", self.drops("past"), height=96, mono=False)
        self.given.update(name for step in self.tc.stages("guard") for _, name in self.tc.drops(step, self.borders))
        for step in self.tc.stages("guard"):
            assert step in OWN, f"{step}: a new stage of guard() needs a sentence"
        page.box("guard", LEFT + 620, y, 560, "the gateway's own", ", then ".join(self.tc.stages("guard")) + ": " +
                 OWN["own_packet"], self.drops("own_packet"), height=96, mono=False)
        return y + 126

    def check_reasons(self):
        missing = {name for _, name in self.tc.reasons.values()} - self.given
        assert not missing, f"no box gives these reasons: {', '.join(sorted(missing))}"


def main():
    drawing = Drawing()
    svg = drawing.draw()
    drawing.check_reasons()
    if "--check" not in sys.argv:
        DRAWING.write_text(svg)
        return 0
    if DRAWING.exists() and DRAWING.read_text() == svg:
        return 0
    print(f"{DRAWING.relative_to(ROOT)} is not what the sources say: run {sys.argv[0]}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
