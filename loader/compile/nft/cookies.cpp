// SPDX-License-Identifier: GPL-2.0-or-later
// SYN cookies by the kernel's synproxy: it answers a SYN beyond a limit, and of whoever comes back with the
// cookie it makes a SYN of the gateway's own, which goes through the output hook as if it were for the
// gateway and is translated there. Its window says by which pair of zones the client was judged: the kernel
// takes that field from the client's packet, and nothing else of it that a rule may write.
#include <fmt/format.h>
#include <netinet/in.h>

#include "compile/common/places.hpp"
#include "compile/nft/context.hpp"

namespace sluice::nft {
namespace {

constexpr std::string_view kNoBeginning = "no_beginning", kCameBack = "came_back", kGoesBack = "goes_back";

// Before connection tracking (-200) reads the window.
constexpr int kBeforeTracking = -300;
// The class that says the pair of zones between there and the translation; nobody's queue has it.
constexpr uint16_t kClassOfPairs = 0x51cd;
// As much as a server sends at first (RFC 6928), until the client's next packet says its own.
constexpr uint32_t kFirstWindow = 10 * 1460;

const json kBegins = {
    {"&", json::array({payload("tcp", "flags"), json::array({"syn", "ack", "rst", "fin"})})}};

uint32_t mark_of(size_t number) { return static_cast<uint32_t>(number) << kMarkObjectBits; }
std::string class_of(size_t number) { return fmt::format("{:x}:{:x}", kClassOfPairs, number); }

std::vector<size_t> numbers_of_pairs(const Compiler& c) {
  std::vector<size_t> numbers;
  for (size_t number = 1; number < c.rules.pairs.size(); ++number)
    if (may_have_cookies(c, c.rules.pairs[number])) numbers.push_back(number);
  return numbers;
}

// A row for each pair of zones.
template <class Row>
json by_pair(const Compiler& c, Row row) {
  std::vector<json> rows;
  for (const size_t number : numbers_of_pairs(c)) rows.push_back(row(number));
  return any_of(std::move(rows));
}

std::vector<Family> families_of(const Compiler& c) {
  std::vector<Family> families;
  for (const Family family : kFamilies)
    if (c.has_set(named(kCookieForwards, family))) families.push_back(family);
  return families;
}

void compile_listeners(Compiler& c, Family family) {
  NftSet set{.name = named(kCookieForwards, family), .kind = {{"type", {type_of(family), "inet_service"}}}};
  const Places places(c.document, c.links);
  for (const Forward& forward : c.document.forwards) {
    if (!forward.syn_cookies || forward.to.family() != family) continue;
    for (const Places::Listener& listen : places.listeners_of(forward))
      for (const PortRange& ports : listen.vrf == SL_MAIN_VRF ? forward.ports : std::vector<PortRange>{})
        for (uint32_t port = ports.first; port <= ports.last; ++port)
          put(set, concat({listen.address.to_string(), port}));
  }
  if (!set.elements.empty()) c.rules.sets.push_back(std::move(set));
}

// Whatever the target takes: what fits the narrowest device, and no more than Ethernet carries.
uint32_t segment_size(const Compiler& c, Family family) {
  uint32_t mtu = 1500;
  for (const auto& [index, row] : c.numbers.interfaces)
    if (row.mtu) mtu = std::min<uint32_t>(mtu, row.mtu);
  return mtu - (family == Family::kIpv4 ? 40 : 60);
}

// The cookie is made of the addresses that the client knows, and the target's SYN is to have them as well.
void compile_proxy(Compiler& c, Family family) {
  NftChain& chain = c.chain(cookie_chain(family));
  const json window = lookup(bits(ct("mark"), kMarkOfPair), by_pair(c, [](size_t number) {
                               return json::array({mark_of(number), number});
                             }));
  add(chain, {set_to(payload("tcp", "window"), window),
              set_to(destination(family), ct_address("original", "daddr", family)),
              set_to(payload("tcp", "dport"), ct("proto-dst", "original")),
              {{"synproxy", {{"mss", segment_size(c, family)}}}}});
  add(chain, {drop()}, "who is in another VRF");
  NftChain& over = c.chain(over_limit(family));
  add(over, {count(meta("iif"), "dropped_target_half_open")});
  add(over, {go(cookie_chain(family))});
}

// The kernel's SYN in a client's name: nobody else sends from here with an address of others to the gateway.
void compile_returning(Compiler& c) {
  NftChain& hook =
      c.hook("cookie_returning",
             {{"type", "filter"}, {"hook", "output"}, {"prio", kBeforeTracking}, {"policy", "accept"}});
  add(hook,
      {match(kBegins, "syn"), unlike(fib("type", "saddr"), "local"), match(fib("type", "daddr"), "local"),
       set_to(meta("priority"),
              lookup(payload("tcp", "window"), by_pair(c,
                                                       [](size_t number) {
                                                         return json::array({number, class_of(number)});
                                                       }))),
       set_to(payload("tcp", "window"), kFirstWindow)});
}

json came_back(const Compiler& c) {
  return match(meta("priority"), by_pair(c, [](size_t number) { return json(class_of(number)); }));
}

// The kernel's packets to the target are routed anew where they are translated, and then in its VRF.
void compile_ways_there(Compiler& c) {
  NftChain& hook =
      c.hook("cookie_way", {{"type", "filter"}, {"hook", "output"}, {"prio", -110}, {"policy", "accept"}});
  const auto vrf_of_target = [&](size_t number) { return vrf_mark(c.vrf_of(c.rules.pairs[number].to)); };
  add(hook, {came_back(c),
             set_to(meta("mark"), lookup(meta("priority"), by_pair(c, [&](size_t number) {
                                           return json::array({class_of(number), vrf_of_target(number)});
                                         })))});
  add(hook,
      {is_in(ct("status"), "dnat"), match(ct("direction"), "original"), unlike(fib("type", "saddr"), "local"),
       set_to(meta("mark"), lookup(bits(ct("mark"), kMarkOfPair), by_pair(c, [&](size_t number) {
                                     return json::array({mark_of(number), vrf_of_target(number)});
                                   })))});
}

void compile_destination(Compiler& c) {
  if (c.has_vrfs()) compile_ways_there(c);
  NftChain& chain = c.chain("cookie_destination");
  for (const Family family : families_of(c)) add_forward_rules(c, chain, family, bits(meta("mark"), 0));
  add(c.hook("cookie_destination_nat",
             {{"type", "nat"}, {"hook", "output"}, {"prio", -100}, {"policy", "accept"}}),
      {came_back(c), go("cookie_destination")});
}

// Judged as the client's first packet was, by the same chain.
void compile_judgement(Compiler& c) {
  NftChain& chain = c.chain(kCameBack);
  add(chain, {jump(kTimeouts)});
  add(chain, {set_to(ct("mark"), lookup(meta("priority"), by_pair(c, [](size_t number) {
                                          return json::array({class_of(number), mark_of(number)});
                                        })))});
  add(chain, {set_to(meta("priority"), "0:0")});
  add(chain, {branch(bits(ct("mark"), kMarkOfPair), by_pair(c, [&](size_t number) {
                       return json::array({mark_of(number), go(c.chain_of(c.rules.pairs[number]))});
                     }))});
  add(c.hook("cookie_arrival", {{"type", "filter"}, {"hook", "output"}, {"prio", -90}, {"policy", "accept"}}),
      {came_back(c), go(kCameBack)});
}

void compile_ways_back(Compiler& c) {
  NftSet& set = c.set(kGoesBack, {{"type", {"iface_index", "mark"}}});
  for (const size_t number : numbers_of_pairs(c))
    for (const uint32_t device : c.devices_of(c.rules.pairs[number].from))
      put(set, concat({device, mark_of(number)}));
}

}   // namespace

bool has_cookies(const Compiler& c) { return !families_of(c).empty(); }

void refuse_no_beginning(Compiler& c, NftChain& chain) {
  std::vector<json> none{is_in(ct("state"), "new"), unlike(kBegins, "syn")};
  if (!has_cookies(c)) {
    none.push_back(drop_as(SL_DROP_NO_FLOW));
    return add(chain, none);
  }
  none.push_back(jump(kNoBeginning));
  add(chain, none);
  NftChain& refused = c.chain(kNoBeginning);
  for (const Family family : families_of(c)) {
    std::vector<json> cookie{
        is_in(ct("status"), "dnat"), match(kBegins, "ack"),
        match(concat({ct_address("original", "daddr", family), ct("proto-dst", "original")}),
              at(named(kCookieForwards, family)))};
    if (c.has_vrfs()) cookie.push_back(match(ct("zone", "original"), SL_MAIN_VRF));   // where it came in
    cookie.push_back(leave());
    add(refused, cookie);
  }
  add(refused, {drop_as(SL_DROP_NO_FLOW)});
}

void pass_cookies(const Compiler& c, NftChain& chain) {
  if (!has_cookies(c)) return;
  add(chain, {match(ct("direction"), "reply"), is_in(ct("status"), "dnat"),
              match(concat({meta("oif"), bits(ct("mark"), kMarkOfPair)}), at(kGoesBack)), accept()});
}

void compile_cookies(Compiler& c) {
  if (numbers_of_pairs(c).empty()) return;
  for (const Family family : kFamilies) compile_listeners(c, family);
  if (!has_cookies(c)) return;
  for (const Family family : families_of(c)) compile_proxy(c, family);
  compile_returning(c);
  compile_destination(c);
  compile_judgement(c);
  compile_ways_back(c);
}

}   // namespace sluice::nft
