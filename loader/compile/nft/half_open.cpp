// SPDX-License-Identifier: GPL-2.0-or-later
// Limits of half-open connections: a set for each target, of the size of its limit, with an element for each
// connection whose handshake goes on. Such a flow carries a generation that is not in force, so all of its
// packets come this way until the handshake is over, and those of others never do. The sets stand in nft's
// own language: libnftables' JSON knows whole seconds for collecting what was deleted from a set.
#include <fmt/format.h>
#include <netinet/in.h>

#include "compile/common/places.hpp"
#include "compile/nft/context.hpp"
#include "model/routing.hpp"

namespace sluice::nft {
namespace {

constexpr std::string_view kSettled = "settled", kWaiting = "waiting", kBegun = "begun";

// What ended counts until the set has collected it.
constexpr std::string_view kCollect = "50ms";

uint32_t number_of_forward(const Compiler& c, const std::string& name) {
  for (const ObjectRow& row : c.numbers.objects)
    if (row.kind == SL_OBJECT_FORWARD && row.name == name) return row.number;
  return 0;
}

bool is_limited(const Forward& forward) {
  return forward.half_open && std::ranges::find(forward.protocols, IPPROTO_TCP) != forward.protocols.end();
}

template <class Visit>
void for_each_target_port(const Forward& forward, Visit visit) {
  uint32_t offset = 0;
  for (const PortRange& ports : forward.ports) {
    const uint32_t first = forward.to_port ? *forward.to_port + offset : ports.first;
    for (uint32_t i = 0; i < ports.size(); ++i) visit(static_cast<uint16_t>(first + i));
    offset += ports.size();
  }
}

// nft's own language has no colons in names.
std::string name_of(const IpAddress& address) {
  std::string text = address.to_string();
  std::ranges::replace(text, ':', '_');
  return text;
}

class HalfOpen {
 public:
  explicit HalfOpen(Compiler& c) : c_(c) {}

  void compile() {
    for (const Forward& forward : c_.document.forwards)
      if (is_limited(forward)) find_targets(forward);
    if (limits_.empty()) return;
    compile_shared();
    for (const auto& [target, limit] : limits_) make_set(target, limit);
    for (const Forward& forward : c_.document.forwards)
      if (is_limited(forward)) add_forward(forward);
    for (auto& [name, rows] : rows_) make_map(name, std::move(rows));
  }

 private:
  using Target = std::tuple<uint16_t, IpAddress, uint16_t>;   // VRF, address, port

  // Of several forwards to one target the smallest limit is that of all: a set has one size.
  void find_targets(const Forward& forward) {
    for_each_target_port(forward, [&](uint16_t port) {
      auto [at_, is_new] =
          limits_.try_emplace({vrf_number(c_.document, forward.vrf), forward.to, port}, *forward.half_open);
      at_->second = std::min(at_->second, *forward.half_open);
    });
  }

  // What the set holds is in its name: with another limit it is another set.
  std::string name_of_target(const Target& target) const {
    const auto& [vrf, address, port] = target;
    const std::string of_vrf = vrf == SL_MAIN_VRF ? "" : fmt::format("{}/", vrf);
    return fmt::format("{}{}/{}/{}/{}", of_vrf, name_of(address), port, limits_.at(target),
                       c_.document.timeouts.tcp_transitory.count());
  }
  std::string set_of(const Target& target) const { return "half_open/" + name_of_target(target); }

  void make_set(const Target& target, uint32_t limit) {
    const auto& [vrf, address, port] = target;
    c_.rules.text.push_back(
        fmt::format("add set inet sluice {} {{ type {} . inet_service; size {}; flags dynamic,timeout; "
                    "timeout {}s; gc-interval {}; }}",
                    set_of(target), type_of(address.family()), limit,
                    c_.document.timeouts.tcp_transitory.count(), kCollect));
    c_.rules.half_open.push_back({address, port, vrf, set_of(target)});
  }

  void rule(const std::string& chain, std::string_view text) {
    c_.rules.text.push_back(fmt::format("add rule inet sluice {} {}", chain, text));
  }
  // The chain is written once, whoever leads to it.
  bool begin_chain(const std::string& name) {
    if (!c_.rules.text_chains.insert(name).second) return false;
    c_.chain(name);
    return true;
  }
  std::string change(std::string_view verb, const Target& target) const {
    const std::string_view ip = protocol_of(std::get<1>(target).family());
    return fmt::format("meta l4proto tcp {} @{} {{ ct original {} saddr . ct original proto-src }}", verb,
                       set_of(target), ip);
  }

  // Connection tracking calls a connection assured from the packet on that completes its handshake. One that
  // was carried here is counted with the next answer of its target.
  std::string ends_of(const Target& target) {
    std::string chain = "handshake_ends/" + name_of_target(target);
    if (!begin_chain(chain)) return chain;
    const std::string over = change("delete", target);
    rule(chain, fmt::format("ct status assured {} goto {}", over, kSettled));
    rule(chain, fmt::format("tcp flags rst {} goto {}", over, kSettled));
    rule(chain, fmt::format("ct direction reply {}", change("update", target)));
    rule(chain, fmt::format("goto {}", kWaiting));
    return chain;
  }

  std::string begins_of(const Target& target, bool cookies) {
    const Family family = std::get<1>(target).family();
    std::string chain =
        fmt::format("handshake_begins{}/{}", cookies ? "_or_cookie" : "", name_of_target(target));
    if (!begin_chain(chain)) return chain;
    if (cookies) rule(chain, fmt::format("tcp flags & (syn | ack) == ack goto {}", cookie_chain(family)));
    rule(chain, fmt::format("{} goto {}", change("update", target), kBegun));
    rule(chain, fmt::format("goto {}", cookies ? over_limit(family) : "drop_target_half_open"));
    return chain;
  }

  // Refused for those that listen in a VRF by the capability table; an address that moves into one loses
  // them.
  bool has_cookies(const Forward& forward) const {
    if (!forward.syn_cookies || !c_.has_set(named(kCookieForwards, forward.to.family()))) return false;
    return std::ranges::all_of(Places(c_.document, c_.links).listeners_of(forward),
                               [](const auto& listen) { return listen.vrf == SL_MAIN_VRF; });
  }

  void add_forward(const Forward& forward) {
    const uint32_t object = number_of_forward(c_, forward.name);
    const uint16_t vrf = vrf_number(c_.document, forward.vrf);
    const Family family = forward.to.family();
    for_each_target_port(forward, [&](uint16_t port) {
      const Target target{vrf, forward.to, port};
      const json key = concat({object, forward.to.to_string(), port});
      rows_[named(kHalfOpenEnds, family)].push_back(json::array({key, go(ends_of(target))}).dump());
      rows_[named(kHalfOpenBegins, family)].push_back(
          json::array({key, go(begins_of(target, has_cookies(forward)))}).dump());
    });
  }

  void make_map(const std::string& name, std::vector<std::string> rows) {
    const Family family = name.ends_with('4') ? Family::kIpv4 : Family::kIpv6;
    NftSet& map = c_.set(name, {{"type", {"mark", type_of(family), "inet_service"}}, {"map", "verdict"}});
    map.elements = std::move(rows);
  }

  // A connection that the gateway itself began for a client with a cookie is counted as begun here.
  void compile_shared() {
    const json begun = match(bits(ct("mark"), kMarkObjects), at("flows"));
    const uint32_t later = pack({.generation = earlier_generation(c_.rules.generation)});
    add(c_.chain(kSettled), c_.passes({}));
    NftChain& waiting = c_.chain(kWaiting);
    add(waiting, {is_in(ct("state"), "new"), match(meta("iif"), 0), begun});
    add(waiting, {set_to(ct("mark"), {{"|", json::array({bits(ct("mark"), ~kMarkOfGeneration), later})}})});
    add(waiting, c_.passes({}));
    add(c_.chain(kBegun), {begun});
    ask_when_made();
  }
  void ask_when_made() {
    NftChain& chain = c_.chain(kHandshakes);
    for (const Family family : kFamilies)
      if (std::ranges::any_of(limits_,
                              [&](const auto& row) { return std::get<1>(row.first).family() == family; }))
        ask(chain, family, kHalfOpenBegins);
  }

 public:
  static void ask(NftChain& chain, Family family, std::string_view map) {
    add(chain, {match(meta("l4proto"), "tcp"),
                branch(concat({bits(ct("mark"), kMarkObjects), ct_address("reply", "saddr", family),
                               ct("proto-src", "reply")}),
                       at(named(map, family)))});
  }

 private:
  Compiler& c_;
  std::map<Target, uint32_t> limits_;
  std::map<std::string, std::vector<std::string>> rows_;   // of the maps
};

}   // namespace

void end_handshakes(const Compiler& c, NftChain& chain) {
  if (!has_half_open(c)) return;
  const json unassured = match({{"&", json::array({ct("status"), "assured"})}}, 0);
  add(chain, {is_in(ct("state"), "related"), unassured, go(kWaiting)},
      "an error about its SYN ends no handshake");
  for (const Family family : kFamilies)
    if (c.has_set(named(kHalfOpenEnds, family))) HalfOpen::ask(chain, family, kHalfOpenEnds);
}

void compile_half_open(Compiler& c) { HalfOpen(c).compile(); }

}   // namespace sluice::nft
