// SPDX-License-Identifier: GPL-2.0-or-later
// The maps of HAProxy: what sites are, and who may open them. They are changed while it runs. Pure.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "front/plan.hpp"

namespace sluice {

using FrontRows = std::map<std::string, std::string>;

// In rows of "public".
constexpr std::string_view kOwnCount = "own", kPlainPublicRow = "|||";

// "hosts": the site of a host. "sites": what site_row() says. "routes": where a path of a site leads, by
// "SITE/PREFIX/": its pool, and how many parts of the path are taken away. "public": what public_row() says,
// by "HOST/PREFIX/". "access": until when a user may
// open a site, by "SITE/USER"; 0: for ever. "challenges": what HTTP-01 of ACME is answered, by path.
// "secrets": the keys of HS256, by their number. What sources_map() says: the prefixes that may use a pool.
std::map<std::string, FrontRows> front_maps(const FrontPlan& plan, const std::vector<std::string>& secrets);

// For pools with sources.
std::string sources_map(const FrontPool& pool);

// As a file that HAProxy reads.
std::string map_text(const FrontRows& rows);

// Whether a user (empty: nobody) may have a site open at that time.
bool may_open(const FrontPlan& plan, std::string_view site, std::string_view user,
              std::chrono::system_clock::time_point now);
// Whether the service of a pool is for this address.
bool may_reach(const FrontPlan& plan, std::string_view pool, const IpAddress& client);
// What both say, but for the time: where it is another one something may be open that may not be.
struct FrontRights {
  std::vector<Site> sites;
  std::map<std::string, std::vector<Prefix>> sources;   // of pools
  std::map<std::string, std::vector<Endpoint>> carriers;
  bool operator==(const FrontRights&) const = default;
};
FrontRights rights_of(const FrontPlan& plan);
// Whether somebody's time ends between these.
bool ends_between(const FrontPlan& plan, std::chrono::system_clock::time_point before,
                  std::chrono::system_clock::time_point now);

}   // namespace sluice
