// SPDX-License-Identifier: GPL-2.0-or-later
// What HAProxy is to serve, as the document and the health of backends say. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/document.hpp"

namespace sluice {

enum class ServerState : uint8_t { kReady, kDrain, kMaint };   // as HAProxy calls them

struct FrontServer {
  std::string name;   // it has the address in it: another address is another server
  Endpoint address;
  std::string vrf, device;   // that it is reached by; empty: as the main routes say
  uint32_t weight = 1;
  ServerState state = ServerState::kReady;
  bool operator==(const FrontServer&) const = default;
};

struct FrontPool {
  std::string name, balance;   // of HAProxy
  bool proxy_protocol = false;
  std::vector<FrontServer> servers;
  std::optional<std::vector<Prefix>> sources;   // who may use the service; none: everybody
  bool operator==(const FrontPool&) const = default;
};

inline constexpr std::string_view kChallengePath = "/.well-known/acme-challenge/";   // of RFC 8555

// A name that a certificate is asked for.
struct OrderedName {
  std::string name;   // "*.DOMAIN" too
  bool by_dns = false;
  bool operator==(const OrderedName&) const = default;
};

struct FrontPlan {
  std::optional<Front> front;   // none: no HAProxy
  std::vector<Site> sites;
  std::vector<FrontPool> pools;   // by their names
  std::vector<OrderedName> ordered;
  std::map<std::string, std::string> challenges;   // what HTTP-01 is answered, by path
  // By service, sites or not: the addresses whose connections go on. As for the service's own ports, a time
  // that is over, or a reset of what is down, ends them.
  std::map<std::string, std::vector<Endpoint>> carriers;
  bool operator==(const FrontPlan&) const = default;
};

// Of a settled document.
FrontPlan front_plan(const Document& document);

// The pool of a service, as sites ask for it.
std::string pool_name(std::string_view service, bool proxy_protocol);
bool is_pool(std::string_view backend);   // of HAProxy

// Whether connections to a server of a pool go on. By its address, as packets are judged: another name for it
// ends nothing.
bool carries(const FrontPlan& plan, std::string_view pool, std::string_view server);

// The times that limits of users, and of sites by themselves, are counted over, each once, in order.
std::vector<std::chrono::seconds> limit_periods(const FrontPlan& plan);

}   // namespace sluice
