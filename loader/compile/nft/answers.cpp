// SPDX-License-Identifier: GPL-2.0-or-later
// Answers of UDP services that are bound to no device: the kernel looks for their way in the main table, and
// takes a source there. Who asked where is remembered in sets that the kernel fills; an answer gets the mark
// of that VRF before anything else sees it, by which the kernel looks for its way again, and the address that
// was asked. A set for each address, and in nft's own language: libnftables 1.0.6 has no registers for maps
// from an IPv6 endpoint to anything.
#include <fmt/format.h>

#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

constexpr int kBehindInputTranslation = 110, kBeforeZones = kBeforeFragments - 10;
constexpr std::string_view kAnswer = "answer_in_vrf";

class Answers {
 public:
  explicit Answers(Compiler& c) : c_(c) {}

  void compile() {
    begin_chain(std::string(kAnswer));
    begin_chain(note_chain(SL_MAIN_VRF));
    for (const Vrf& vrf : c_.document.vrfs) begin_chain(note_chain(vrf.table));
    for (const Family family : kFamilies) {
      make_askers(SL_MAIN_VRF, family);
      for (const Vrf& vrf : c_.document.vrfs) make_askers(vrf.table, family);
      for (const Vrf& vrf : c_.document.vrfs) find(vrf.table, family);
      refuse_contested(SL_MAIN_VRF, family);
      rule(kAnswer, fmt::format("meta mark . {} saddr @{} accept", protocol_of(family),
                                named("vrf_addresses", family)));
      for (const auto& [key, local] : c_.numbers.local_addr)
        if (const IpAddress address = address_of(key.address);
            key.tag != SL_MAIN_VRF && address.family() == family && may_be_asked(address, local))
          follow_address(static_cast<uint16_t>(key.tag), address);
    }
    compile_hooks();
  }

 private:
  static std::string note_chain(uint16_t vrf) { return fmt::format("note_question/{}", vrf); }
  static std::string askers(uint16_t vrf, Family family) {
    return fmt::format("udp_askers{}/{}", suffix_of(family), vrf);
  }
  // nft's own language has no colons in names.
  static std::string asked(uint16_t vrf, const IpAddress& address) {
    std::string text = address.to_string();
    std::ranges::replace(text, ':', '_');
    return fmt::format("udp_asked/{}/{}", vrf, text);
  }
  static std::string question(Family family) {
    return fmt::format("{} saddr . udp sport . udp dport", protocol_of(family));
  }
  static std::string answer(Family family) {
    return fmt::format("{} daddr . udp dport . udp sport", protocol_of(family));
  }
  static bool may_be_asked(const IpAddress& address, const sl_local& local) {
    return !address.is_link_local() && !(local.flags & SL_LOCAL_BROADCAST);
  }

  void rule(std::string_view chain, const std::string& text) {
    c_.rules.text.push_back(fmt::format("add rule inet sluice {} {}", chain, text));
  }
  void begin_chain(const std::string& name) {
    c_.rules.text_chains.insert(name);
    c_.chain(name);
  }
  void make_set(const std::string& name, Family family) {
    c_.rules.text.push_back(
        fmt::format("add set inet sluice {} {{ type {} . inet_service . inet_service; size 32768; flags "
                    "dynamic,timeout; timeout 30s; }}",
                    name, type_of(family)));
  }

  // Who is not in the set would be answered by the main table: that is right for the main VRF alone.
  void make_askers(uint16_t vrf, Family family) {
    make_set(askers(vrf, family), family);
    rule(note_chain(vrf), fmt::format("update @{} {{ {} }}", askers(vrf, family), question(family)));
    if (vrf != SL_MAIN_VRF)
      rule(note_chain(vrf),
           fmt::format("{} != @{} goto drop_half_open_full", question(family), askers(vrf, family)));
  }

  // Nobody knows whose answer it is.
  void refuse_contested(uint16_t vrf, Family family) {
    rule(kAnswer, fmt::format("meta mark != 0 {} @{} goto own_drop_flow_conflict", answer(family),
                              askers(vrf, family)));
  }

  void find(uint16_t vrf, Family family) {
    refuse_contested(vrf, family);
    rule(kAnswer, fmt::format("meta mark 0 {} @{} meta mark set {:#x}", answer(family), askers(vrf, family),
                              vrf_mark(vrf)));
  }

  // What was asked last counts. An address of the VRF that the service chose itself stays.
  void follow_address(uint16_t vrf, const IpAddress& address) {
    const Family family = address.family();
    const std::string_view ip = protocol_of(family);
    const std::string set = asked(vrf, address), text = address.to_string();
    make_set(set, family);
    rule(note_chain(vrf), fmt::format("{} daddr != {} delete @{} {{ {} }}", ip, text, set, question(family)));
    rule(note_chain(vrf), fmt::format("{} daddr {} update @{} {{ {} }}", ip, text, set, question(family)));
    rule(kAnswer,
         fmt::format("meta mark {:#x} {} @{} {} saddr set {}", vrf_mark(vrf), answer(family), set, ip, text));
  }

  // What leaves by an interface of a VRF, or has a mark, knows its way. A question has its sender's port of
  // behind all translations.
  void compile_hooks() {
    const json udp = match(meta("l4proto"), "udp");
    add(c_.hook(
            "questions",
            {{"type", "filter"}, {"hook", "input"}, {"prio", kBehindInputTranslation}, {"policy", "accept"}}),
        {udp, match(ct("direction"), "original"), branch(meta("mark"), any_of(notes()))});
    NftChain& hook = c_.hook(
        "answers", {{"type", "route"}, {"hook", "output"}, {"prio", kBeforeZones}, {"policy", "accept"}});
    if (c_.has_slaves) add(hook, {match(meta("oifname"), c_.names_of_vrfs()), accept()});
    if (std::vector<json> inside = c_.devices_of_vrfs(); !inside.empty())
      add(hook, {match(meta("oif"), any_of(std::move(inside))), accept()});
    add(hook, {match(meta("mark"), 0), udp, jump(kAnswer)});
  }

  std::vector<json> notes() const {
    std::vector<json> rows{json::array({vrf_mark(SL_MAIN_VRF), go(note_chain(SL_MAIN_VRF))})};
    for (const Vrf& vrf : c_.document.vrfs)
      rows.push_back(json::array({vrf_mark(vrf.table), go(note_chain(vrf.table))}));
    return rows;
  }

  Compiler& c_;
};

}   // namespace

void compile_answers(Compiler& c) {
  if (c.has_vrfs()) Answers(c).compile();
}

}   // namespace sluice::nft
