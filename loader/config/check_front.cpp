// SPDX-License-Identifier: GPL-2.0-or-later
// The front and its sites fit together, and to what else the document says.
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/port_owners.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

const PublishedService* find_service(std::string_view name, const Draft& draft) {
  for (const auto& [service, node] : draft.services)
    if (service.name == name) return &service;
  return nullptr;
}

// A backend is asked at one port.
bool has_one_port(const PublishedService& service) {
  const bool one = service.ports.size() == 1 && service.ports.front().size() == 1;
  return one || std::ranges::all_of(service.backends, [](const Backend& backend) {
           return std::ranges::all_of(backend.addresses,
                                      [](const auto& address) { return address.second.port != 0; });
         });
}

void check_service_of_site(const Node& node, Draft& draft) {
  if (node.kind != Kind::kString) return;
  const PublishedService* service = find_service(node.text, draft);
  if (!service) {
    std::vector<std::string> names;
    for (const auto& [known, at] : draft.services) names.push_back(known.name);
    draft.complaints.say(
        node, fmt::format("unknown service {}", quote(node.text)),
        draft.complaints.full() ? "" : suggest(node.text, names, "services of the document"));
  } else if (std::ranges::find(service->protocols, IPPROTO_TCP) == service->protocols.end()) {
    draft.complaints.say(node, fmt::format("service {} has no TCP", quote(node.text)), "a service of TCP");
  } else if (!has_one_port(*service)) {
    draft.complaints.say(
        node,
        fmt::format("service {} has several ports, and its backends none of their own", quote(node.text)),
        "backends with a port, or a service of one port");
  }
}

void check_services_of(const Node& site, Draft& draft) {
  if (const Node* service = site.member("service")) check_service_of_site(*service, draft);
  const Node* paths = site.member("paths");
  if (!paths || paths->kind != Kind::kList) return;
  for (const Node& path : paths->children())
    if (const Node* service = path.member("service")) check_service_of_site(*service, draft);
}

void check_hosts(Draft& draft) {
  std::map<std::string_view, const Site*> seen;
  for (const auto& [site, node] : draft.sites) {
    if (site.host.empty()) continue;
    const auto [at, is_new] = seen.try_emplace(site.host, &site);
    if (!is_new)
      draft.complaints.say(place(*node, "host"),
                           fmt::format("the host {} is that of site {} on line {}", quote(site.host),
                                       quote(at->second->name), at->second->line),
                           "a name leads to one site");
  }
}

void check_tokens(Draft& draft) {
  if (draft.front->value.tokens) return;
  for (const auto& [site, node] : draft.sites)
    if (!site.is_public && node->member("access") && !site.users.empty())
      return draft.complaints.say(*node->member("access"),
                                  "nobody can say who he is: the front knows no tokens",
                                  R"("tokens" of the front, or "access": "public")");
}

// Each has a table of HAProxy's.
void check_periods(Draft& draft) {
  std::set<std::chrono::seconds> periods{draft.front->value.public_limit.period,
                                         draft.front->value.user_limit.period};
  for (const auto& [site, node] : draft.sites) {
    if (!site.limit) continue;
    periods.insert(site.limit->period);
    if (periods.size() > kMostLimitPeriods)
      return draft.complaints.say(
          *node->member("limit"),
          fmt::format("limits of requests have more than {} different times", kMostLimitPeriods),
          "one of the times that others have");
  }
}

bool is_asked_at(const Forward& forward, uint16_t port) {
  return takes(forward, IPPROTO_TCP) && std::ranges::any_of(forward.ports, [&](const PortRange& range) {
           return port >= range.first && port <= range.last;
         });
}

bool listens_at(const Forward& forward, const IpAddress& address, const Draft& draft) {
  if (const auto* own = std::get_if<IpAddress>(&forward.listen)) return *own == address;
  const auto& name = std::get<std::string>(forward.listen);
  return std::ranges::any_of(draft.interfaces, [&](const Placed<Interface>& one) {
    return one.value.name == name &&
           std::ranges::any_of(one.value.addresses, [&](const auto& own) { return own.address == address; });
  });
}

// A forward is asked first: the front would get nothing.
void check_ports_of_front(Draft& draft) {
  const Front& front = draft.front->value;
  for (const auto& [forward, node] : draft.forwards)
    for (const IpAddress& address : front.listen)
      for (const uint16_t port : {front.http, front.https})
        if (is_asked_at(forward, port) && listens_at(forward, address, draft))
          return draft.complaints.say(place(*draft.front->node, "listen"),
                                      fmt::format("port {} of {} is that of {} on line {}", port,
                                                  address.to_string(), quote(forward.name), forward.line),
                                      "another address, or another port for one of them");
}

void check_listen_of_front(Draft& draft) {
  for (const auto& [interface, node] : draft.interfaces)
    for (const auto& own : interface.addresses)
      for (const IpAddress& address : draft.front->value.listen)
        if (own.address == address && !interface.vrf.empty())
          draft.complaints.say(place(*draft.front->node, "listen"),
                               fmt::format("{} is an address of {}, in VRF {}", address.to_string(),
                                           quote(interface.name), quote(interface.vrf)),
                               "an address in the main VRF");
}

// Not even port 80 serves them: it sends on to HTTPS.
void check_certificates(Draft& draft) {
  const auto& [front, node] = *draft.front;
  if (!draft.sites.empty() && front.certificates.empty() && !front.acme)
    draft.complaints.warn(*node, "no site can be served: the front has no certificates",
                          R"("certificates" of files, or "acme" that asks for them)");
}

}   // namespace

void check_front(Draft& draft) {
  if (!draft.front) {
    if (!draft.sites.empty())
      draft.complaints.say_about_key(*draft.sites.front().node, "sites without a front",
                                     R"("front": {"listen": ["203.0.113.1"]})");
    return;
  }
  for (const auto& [site, node] : draft.sites) check_services_of(*node, draft);
  check_hosts(draft);
  check_certificates(draft);
  check_tokens(draft);
  check_periods(draft);
  check_ports_of_front(draft);
  check_listen_of_front(draft);
}

}   // namespace sluice::config
