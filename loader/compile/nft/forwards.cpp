// SPDX-License-Identifier: GPL-2.0-or-later
// Forwards as maps by address, protocol and port: where they lead, who may use them, what they are counted
// as.
#include <fmt/format.h>

#include <map>
#include <memory>

#include "compile/ebpf/context.hpp"
#include "compile/nft/context.hpp"
#include "compile/nft/services.hpp"
#include "model/routing.hpp"

namespace sluice::nft {
namespace {

// The ports of ranges that are spoken for. Two forwards can meet where one names an interface and the other
// an address that the interface got later (DHCP), and nf_tables refuses ranges that overlap.
class TakenPorts {
 public:
  // What is left of these, which is taken from now on.
  std::vector<PortRange> take(const PortRange& ports) {
    std::vector<PortRange> left;
    uint32_t next = ports.first;
    auto at = taken_.upper_bound(ports.first);
    if (at != taken_.begin() && std::prev(at)->second >= ports.first) --at;
    for (; at != taken_.end() && at->first <= ports.last; ++at) {
      if (at->first > next)
        left.push_back({static_cast<uint16_t>(next), static_cast<uint16_t>(at->first - 1)});
      next = at->second + 1u;
    }
    if (next <= ports.last) left.push_back({static_cast<uint16_t>(next), ports.last});
    for (const PortRange& range : left) taken_.emplace(range.first, range.last);
    return left;
  }

 private:
  std::map<uint16_t, uint16_t> taken_;   // first -> last; they do not overlap
};

// The rows of one family, by what they are keyed with: the first forward that claims a place has it.
class ForwardRows {
 public:
  ForwardRows(Compiler& c, ServiceChains& services, Family family)
      : c_(c), services_(services), family_(family) {}

  void add(const Forward& forward, const Places::Listener& listen, uint32_t object,
           const std::string& sources) {
    if (forward.service) return add_service(forward, listen, sources);
    const uint16_t vrf = vrf_number(c_.document, forward.vrf);
    uint32_t offset = 0;
    for (const PortRange& ports : forward.ports) {
      const uint32_t to = forward.to_port ? *forward.to_port + offset : ports.first;
      offset += ports.size();
      for (const uint8_t protocol : forward.protocols) {
        const Place place{
            listen.vrf, listen.address.to_string(), protocol, vrf, forward.to.to_string(), object, sources};
        if (to == ports.first && ports.size() > 1)
          add_range(place, ports);
        else
          for (uint32_t i = 0; i < ports.size(); ++i) add_port(place, ports.first + i, to + i);
      }
    }
  }

  // A chain chooses the backend; a flow that goes to any of them is admitted, and counted as its.
  void add_service(const Forward& forward, const Places::Listener& listen, const std::string& sources) {
    const json leads = services_.leads(forward, sources);
    for (const PortRange& wanted : forward.ports)
      for (const uint8_t protocol : forward.protocols)
        for (const PortRange& ports :
             taken_[{listen.vrf, listen.address.to_string(), protocol}].take(wanted)) {
          const json both = ports.size() == 1 ? json(ports.first) : range(ports.first, ports.last);
          const json key = c_.in_view(listen.vrf, {listen.address.to_string(), protocol, both});
          put_row(services_.serves(forward) ? service_ : refused_, key, leads);
          put_row(leads_range_, key, vrf_mark(vrf_number(c_.document, forward.vrf)));
          if (!sources.empty()) put_row(source_range_, key, jump(sources));
          add_members(forward, listen, protocol, both);
        }
  }

  void finish() {
    const json key = c_.type_in_view({type_of(family_), "inet_proto", "inet_service"});
    const json flow = {type_of(family_), "inet_proto", "inet_service", type_of(family_), "inet_service"};
    make("forward_to", key, type_of(family_), to_);
    make("forward_port", key, "inet_service", port_);
    make("forward_range", key, type_of(family_), range_);
    make("service_range", key, "verdict", service_);
    make("service_refused_range", key, "verdict", refused_);
    for (auto& [view, rows] : object_)
      make_map(objects_of_view("forward_object", family_, view), flow, "mark", rows);
    for (auto& [view, rows] : object_range_)
      make_map(objects_of_view("forward_object_range", family_, view), flow, "mark", rows);
    make("forward_source", key, "verdict", source_);
    make("forward_source_range", key, "verdict", source_range_);
    if (!c_.has_vrfs()) return;
    make("forward_leads", key, "mark", leads_);
    make("forward_leads_range", key, "mark", leads_range_);
  }

 private:
  using Rows = std::map<std::string, std::string>;   // what it is keyed with -> the element
  struct Place {
    uint16_t view;   // the VRF that it listens in
    std::string listen;
    uint8_t protocol;
    uint16_t vrf;   // of the address that it leads to
    std::string to;
    uint32_t object;
    std::string sources;
  };

  void add_members(const Forward& forward, const Places::Listener& listen, uint8_t protocol,
                   const json& ports) {
    for (const Member& member : forward.service->members)
      if (!ends_flows(*forward.service, member, protocol))
        put_row(object_range_[listen.vrf],
                concat({listen.address.to_string(), protocol, ports, member.to.to_string(),
                        member.port ? json(member.port) : ports}),
                services_.number_of(forward, member));
  }

  static void put_row(Rows& rows, const json& key, json data) {
    rows.try_emplace(key.dump(), json::array({key, std::move(data)}).dump());
  }

  void add_port(const Place& p, uint32_t port, uint32_t to) {
    const json key = c_.in_view(p.view, {p.listen, p.protocol, port});
    if (to_.contains(key.dump())) return;
    put_row(object_[p.view], concat({p.listen, p.protocol, port, p.to, to}), p.object);
    put_row(to_, key, p.to);
    put_row(leads_, key, vrf_mark(p.vrf));
    if (to != port) put_row(port_, key, to);
    if (!p.sources.empty()) put_row(source_, key, jump(p.sources));
  }

  void add_range(const Place& p, const PortRange& wanted) {
    for (const PortRange& ports : taken_[{p.view, p.listen, p.protocol}].take(wanted)) put_range(p, ports);
  }

  void put_range(const Place& p, const PortRange& ports) {
    const json both = ports.size() == 1 ? json(ports.first) : range(ports.first, ports.last);
    const json key = c_.in_view(p.view, {p.listen, p.protocol, both});
    put_row(range_, key, p.to);
    put_row(leads_range_, key, vrf_mark(p.vrf));
    put_row(object_range_[p.view], concat({p.listen, p.protocol, both, p.to, both}), p.object);
    if (!p.sources.empty()) put_row(source_range_, key, jump(p.sources));
  }

  void make(std::string_view name, const json& type, std::string_view data, Rows& rows) {
    make_map(c_.by_view(name, family_), type, data, rows);
  }

  void make_map(const std::string& name, const json& type, std::string_view data, Rows& rows) {
    if (rows.empty()) return;
    NftSet& map = c_.set(name, {{"type", type}, {"map", data}});
    if (name.find("_range") != std::string::npos) map.kind["flags"] = {"interval"};
    map.keyed = !map.has_ranges();
    for (auto& [key, element] : rows) {
      map.elements.push_back(std::move(element));
      if (map.keyed) map.keys.push_back(key);
    }
  }

  Compiler& c_;
  ServiceChains& services_;
  Family family_;
  std::map<std::tuple<uint16_t, std::string, uint8_t>, TakenPorts>
      taken_;   // by where it listens, and protocol
  Rows leads_, leads_range_, to_, port_, range_, source_, source_range_, service_, refused_;
  std::map<uint16_t, Rows> object_, object_range_;   // by the VRF that they listen in
};

// A chain that goes on for those who may use the forward, and ends for everybody else.
class SourceChains {
 public:
  explicit SourceChains(Compiler& c) : c_(c) {}

  std::string chain_for(const Forward& forward) {
    if (forward.source.any()) return "";
    const std::vector<Prefix> members = resolve(forward.source, c_.document);
    const Family family = forward.to.family();
    auto [at_, is_new] = chains_.try_emplace({members, family});
    if (is_new) at_->second = make(members, family);
    return at_->second;
  }

 private:
  std::string make(const std::vector<Prefix>& members, Family family) {
    const std::string set = c_.prefix_set(members, family);
    NftChain& chain = c_.chain(fmt::format("forward_sources{}_{}", suffix_of(family), chains_.size()));
    if (!set.empty()) nft::add(chain, {match(ct_address("original", "saddr", family), at(set)), leave()});
    nft::add(chain, {drop_as(SL_DROP_FORWARD_SOURCE)});
    return chain.name;
  }

  Compiler& c_;
  std::map<std::pair<std::vector<Prefix>, Family>, std::string> chains_;
};

// Netfilter leads nothing into the other family: what stands by there is left out. Listeners go on to share
// what they lead to.
class OwnFamilies {
 public:
  Forward of(const Forward& declared) {
    Forward forward = declared;
    if (!forward.service) return forward;
    auto& own = known_[{declared.service.get(), declared.to.family()}];
    if (!own) own = std::make_shared<const Balancing>(within_family(*declared.service, declared.to.family()));
    forward.service = own;
    return forward;
  }

 private:
  std::map<std::pair<const Balancing*, Family>, std::shared_ptr<const Balancing>> known_;
};

std::map<std::string_view, uint32_t> numbers_of_forwards(const Compiler& c) {
  std::map<std::string_view, uint32_t> numbers;
  for (const ObjectRow& row : c.numbers.objects)
    if (row.kind == SL_OBJECT_FORWARD) numbers.emplace(row.name, row.number);
  return numbers;
}

}   // namespace

// A key has five parts at most, so the VRF is in the name.
std::string objects_of_view(std::string_view name, Family family, uint16_t view) {
  return view == SL_MAIN_VRF ? named(name, family) : fmt::format("{}/{}", named(name, family), view);
}

void compile_forwards(Compiler& c) {
  const auto numbers = numbers_of_forwards(c);
  SourceChains sources(c);
  ServiceChains services(c);
  ForwardRows rows4(c, services, Family::kIpv4), rows6(c, services, Family::kIpv6);
  OwnFamilies own;
  const Places places(c.document, c.links);
  for (const Forward& declared : c.document.forwards) {
    const Forward forward = own.of(declared);
    const auto number = numbers.find(forward.name);
    const std::string chain = sources.chain_for(forward);
    for (const Places::Listener& listen : places.listeners_of(forward))
      (listen.address.is_ipv4() ? rows4 : rows6)
          .add(forward, listen, number == numbers.end() ? 0 : number->second, chain);
  }
  rows4.finish();
  rows6.finish();
}

}   // namespace sluice::nft
