// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's three doors: a packet passes when its flow was judged by the rules in force, and when it goes
// between the zones that it was judged for. Nothing else passes, whatever route the kernel takes.
#include <fmt/format.h>

#include <set>

#include "compile/nft/bridges.hpp"
#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

json of_pair(std::vector<json> devices) {
  devices.push_back(bits(ct("mark"), kMarkOfPair));
  return concat(std::move(devices));
}

json direction(std::string_view which) { return match(ct("direction"), which); }

// RFC 4459 section 3.2: the smaller of both links decides; the kernel knows the one that it goes out by.
void compile_mss(Compiler& c) {
  constexpr uint32_t kEthernet = 1500, kHeaders4 = 40, kHeaders6 = 60;
  const json option = {{"tcp option", {{"name", "maxseg"}, {"field", "size"}}}};
  NftChain& chain = c.chain("clamp_segments");
  add(chain, {set_to(option, {{"rt", {{"key", "mtu"}}}})});
  for (const auto& [index, row] : c.numbers.interfaces) {
    if (row.mtu >= kEthernet) continue;
    for (const Family family : kFamilies)
      add(chain, {match(meta("iif"), index), of_family(family),
                  set_to(option, row.mtu - (family == Family::kIpv4 ? kHeaders4 : kHeaders6))});
  }
}

// Into the class of the VRF or the pod that it came from, where it leaves; the kernel's classes are
// hexadecimal.
void sort_into_queues(Compiler& c, NftChain& chain) {
  std::vector<json> queues;
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.flags & SL_IF_QUEUED)
      queues.push_back(json::array({index, fmt::format("{:x}:{:x}", SL_QUEUE_MAJOR, row.queue)}));
  if (!queues.empty()) add(chain, {set_to(meta("priority"), lookup(meta("iif"), any_of(std::move(queues))))});
}

void compile_forwarding(Compiler& c) {
  NftChain& passed = c.chain(kPassed);
  ask_limits(c, passed);
  sort_into_queues(c, passed);
  add(passed, {match(bits(ct("mark"), kMarkObjects), at("objects"))});
  count_endpoints(c, passed, "from");
  count_endpoints(c, passed, "to");
  add(passed, {count(meta("iif"), "forwarded"), accept()});
  NftChain& hook =
      c.hook("forward", {{"type", "filter"}, {"hook", "forward"}, {"prio", 0}, {"policy", "drop"}});
  pass_frames(c, hook, {match(bits(ct("mark"), kMarkOfPair), 0)});
  const json flags = {{"&", json::array({payload("tcp", "flags"), json::array({"syn", "rst"})})}};
  add(hook, {match(flags, "syn"), jump("clamp_segments")});
  if (has_half_open(c))
    add(hook, {is_in(ct("state"), "new"), match(of_pair({meta("iif"), meta("oif")}), at("passes")),
               jump(kHandshakes)});
  add(hook, {direction("original"), match(of_pair({meta("iif"), meta("oif")}), at("passes")), go(kPassed)});
  add(hook, {direction("reply"), match(of_pair({meta("oif"), meta("iif")}), at("passes")), go(kPassed)});
  pass_frames(c, hook);   // of a flow that was routed before
  add(hook, {match(bits(ct("mark"), kMarkOfPair), 0), drop_as(SL_DROP_PAST_SLUICE)});
  add(hook, {match(meta("iif"), at("managed")), drop_as(SL_DROP_WRONG_ZONE)});
}

void compile_input(Compiler& c) {
  NftChain& reached = c.chain(kReachedHost);
  ask_limits(c, reached);
  add(reached, {match(bits(ct("mark"), kMarkObjects), at("objects"))});
  count_endpoints(c, reached, "from");
  add(reached, {count(meta("iif"), "to_host"), accept()});
  NftChain& hook =
      c.hook("input", {{"type", "filter"}, {"hook", "input"}, {"prio", 0}, {"policy", "accept"}});
  add(hook, {unlike(meta("iif"), at("managed")), accept()});
  add(hook, {direction("original"), match(of_pair({meta("iif")}), at("reaches_host")), go(kReachedHost)});
  add(hook, {direction("reply"), match(of_pair({meta("iif")}), at("leaves")), go(kReachedHost)});
  pass_own_copies(hook);
  add(hook, {jump(kEssential)});
  add(hook, {drop_as(SL_DROP_WRONG_ZONE)});
}

// The gateway's own packets never leave with an address that a masquerade hides.
void refuse_inside_sources(NftChain& chain) {
  for (const Family family : kFamilies)
    add(chain, {match(concat({meta("oif"), source(family)}), at(named("hidden", family))),
                drop_own_as(SL_DROP_INSIDE_SOURCE)});
}

// An error about a packet that went into another VRF goes back where that came from, and nowhere else.
void keep_errors_apart(Compiler& c, NftChain& chain) {
  NftSet back{.name = "errors_back", .kind = {{"type", {"iface_index", "mark"}}}};
  NftSet there{.name = "errors_there", .kind = back.kind};
  for (size_t number = 1; number < c.rules.pairs.size(); ++number) {
    const auto [from, to] = c.rules.pairs[number];
    const auto mark = static_cast<uint32_t>(number << kMarkObjectBits);
    for (const uint32_t device : c.devices_of(from)) put(back, concat({device, mark}));
    for (const uint32_t device : c.devices_of(to)) put(there, concat({device, mark}));
  }
  for (const auto& [direction_, set] : {std::pair{"reply", &back}, {"original", &there}})
    add(chain,
        {is_in(ct("state"), "related"), direction(direction_), unlike(bits(ct("mark"), kMarkOfPair), 0),
         unlike(of_pair({meta("oif")}), at(set->name)), drop_own_as(SL_DROP_WRONG_ZONE)});
  c.rules.sets.push_back(std::move(back));
  c.rules.sets.push_back(std::move(there));
}

// An address of the gateway in one VRF leaves by no other, for example where a service that knows nothing of
// VRFs answers. The zone is that of the way out (compile_own_zones).
void keep_sources_apart(Compiler& c, NftChain& chain) {
  for (const Family family : kFamilies) {
    NftSet inside{.name = named("vrf_sources", family), .kind = {{"type", type_of(family)}}};
    std::set<std::string> right;
    for (const auto& [key, local] : c.numbers.local_addr) {
      const IpAddress address = address_of(key.address);
      if (address.family() != family) continue;
      right.insert(concat({key.tag, address.to_string()}).dump());
      if (key.tag != SL_MAIN_VRF && !address.is_link_local()) put(inside, address.to_string());
    }
    if (inside.elements.empty()) continue;
    std::vector<json> rows;
    for (const std::string& row : right) rows.push_back(json::parse(row));
    add(chain, {match(source(family), at(inside.name)),
                unlike(concat({ct("zone", "original"), source(family)}), any_of(std::move(rows))),
                drop_own_as(SL_DROP_INSIDE_SOURCE)});
    c.rules.sets.push_back(std::move(inside));
  }
}

void compile_leaving(Compiler& c) {
  NftChain& left = c.chain(kLeft);
  ask_limits(c, left);
  add(left, {is_in(ct("state"), "new"), match(bits(ct("mark"), kMarkObjects), at("flows"))});
  add(left, {match(bits(ct("mark"), kMarkObjects), at("objects"))});
  count_endpoints(c, left, "to", {unlike(ct("state"), "related")});   // errors are no packets of anybody
  add(left, {count(meta("oif"), "from_host"), accept()});
  add(c.chain(kOwnAdmitted), {c.judged(), go(kLeft)});
  NftChain& leaving = c.chain(kLeaving);
  if (c.has_vrfs()) keep_errors_apart(c, leaving);
  // Errors about a packet that came in: of the gateway itself, and about a flow that was judged or refused.
  add(leaving, {is_in(ct("state"), "related"), go(kLeft)});
  refuse_inside_sources(leaving);
  if (c.has_vrfs()) keep_sources_apart(c, leaving);
  add(leaving, {match(ct("direction"), "reply"), branch(meta("oif"), at("towards_host"))});
  add(leaving, {branch(meta("oif"), at("out_of_host"))});
  add(leaving, {drop_own_as(SL_DROP_WRONG_ZONE)});
}

// The device is the one that the kernel chose before the answer was sent into the VRF of its question: no
// other rule knows the way. So what was judged by earlier rules goes as well; the flows that the new ones do
// not allow are ended.
void pass_moved_answers(Compiler& c, NftChain& hook) {
  std::vector<json> marks;
  for (const Vrf& vrf : c.document.vrfs) marks.push_back(vrf_mark(vrf.table));
  std::vector<json> inside = c.devices_of_vrfs();
  if (inside.empty()) return;
  add(hook, {match(meta("l4proto"), "udp"), match(meta("mark"), any_of(std::move(marks))),
             unlike(meta("oif"), any_of(std::move(inside))), unlike(bits(ct("mark"), kMarkOfGeneration), 0),
             direction("reply"), go(kLeft)});
}

void compile_output(Compiler& c) {
  compile_leaving(c);
  NftChain& hook =
      c.hook("output", {{"type", "filter"}, {"hook", "output"}, {"prio", 0}, {"policy", "accept"}});
  const json in_force = c.in_force();
  add(hook, {unlike(meta("oif"), at("managed")), accept()});
  add(hook, {in_force, direction("reply"), match(of_pair({meta("oif")}), at("reaches_host")), go(kLeft)});
  pass_moved_answers(c, hook);
  add(hook, {in_force, direction("original"), match(of_pair({meta("oif")}), at("leaves")), go(kLeft)});
  pass_cookies(c, hook);
  add(hook, {jump(kOwnEssential)});
  add(hook, {match(source(Family::kIpv4), "0.0.0.0"), accept()}, "the DHCP client has no address yet");
  add(hook, {match(source(Family::kIpv6), prefix(*Prefix::parse("::/128"))), accept()});
  add(hook, {is_in(ct("state"), "new"), jump(kTimeouts)});
  add(hook, {go(kLeaving)});
}

}   // namespace

void compile_guards(Compiler& c) {
  compile_mss(c);
  compile_forwarding(c);
  compile_input(c);
  compile_output(c);
}

}   // namespace sluice::nft
