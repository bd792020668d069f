// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/ospf_answers.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::string_view kNobody = "down", kFull = "full", kMoreThanItMay = "too-many-prefixes";

// "Full/DROther" and "Full/-" are Full.
std::string word_before_role(const json& neighbour) {
  std::string state = neighbour.value("state", "");
  state.resize(std::min(state.find('/'), state.size()));
  std::ranges::transform(state, state.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return state;
}

// Of a site that calls itself by two numbers, the one that works.
std::string state_of_site(const json& answer, const std::string& address) {
  std::string state(kNobody);
  if (!answer.contains("neighbors")) return state;
  for (const auto& [number, sessions] : answer["neighbors"].items())
    for (const json& session : sessions)
      if (session.value("address", "") == address && state != kFull) state = word_before_role(session);
  return state;
}

bool leads_to(const json& route, const std::string& address) {
  const auto hops = route.find("nexthops");
  return hops != route.end() &&
         std::ranges::any_of(*hops, [&](const json& hop) { return hop.value("ip", "") == address; });
}

// What the site announces, its own or somebody else's. Routes to routers ("R") are no prefixes.
std::set<Prefix> announced_by_site(const json& answer, const std::string& address) {
  std::set<Prefix> all;
  for (const auto& [text, route] : answer.items()) {
    const auto prefix = Prefix::parse(text);
    if (prefix && route.is_object() && route.value("routeType", "").starts_with('N') &&
        leads_to(route, address))
      all.insert(*prefix);
  }
  return all;
}

}   // namespace

Result<RouterState> read_ospf_answers(const Router& router, std::string_view neighbours,
                                      std::string_view routes) try {
  const RouterNeighbour& site = router.neighbours.front();
  const std::string address = site.address->to_string();
  RouterState state;
  NeighbourState& of_site = state.neighbours[site.endpoint];
  of_site.state = state_of_site(json::parse(neighbours), address);
  if (of_site.state != kFull) return state;
  const std::set<Prefix> announced = announced_by_site(json::parse(routes), address);
  if (announced.size() > site.maximum_prefixes) {
    of_site.state = kMoreThanItMay;
    return state;
  }
  for (const Prefix& prefix : announced)
    if (std::ranges::any_of(site.routes, [&](const Prefix& route) { return route.contains(prefix); }))
      state.accepted.insert(prefix);
  for (const Prefix& route : site.routes)
    if (!route.address.is_ipv4()) state.accepted.insert(route);
  of_site.prefixes = static_cast<uint32_t>(state.accepted.size());
  return state;
} catch (const json::exception& error) {
  return fail(std::string("read what ospfd answers: ") + error.what());
}

}   // namespace sluice
