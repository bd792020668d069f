// SPDX-License-Identifier: GPL-2.0-or-later
// What is open and may not be any more is closed, in the workers of before too.
#include <fmt/format.h>

#include <set>

#include "front/front_end.hpp"

namespace sluice {
namespace {

// A request may have been let in by what maps said before, and be written down a moment later.
constexpr int kLooksThatClose = 3;

// Who has open what he may not. A key is "ADDRESS:PORT/SITE/USER".
std::set<std::string> denied_clients(std::string_view table, const FrontPlan& plan) {
  std::set<std::string> clients;
  const auto now = std::chrono::system_clock::now();
  for (const std::string& key : parse_table_keys(table)) {
    const size_t user = key.rfind('/'), site = key.rfind('/', user - 1);
    if (user == std::string::npos || site == std::string::npos || site >= user) continue;
    if (!may_open(plan, std::string_view(key).substr(site + 1, user - site - 1), key.substr(user + 1), now))
      clients.insert(key.substr(0, site));
  }
  return clients;
}

bool reaches_its_pool(const RunningStream& stream, const FrontPlan& plan) {
  const auto client = IpAddress::parse(std::string_view(stream.client).substr(0, stream.client.rfind(':')));
  return !client || may_reach(plan, stream.pool, *client);
}

// What has no server yet gets one that may have it.
bool is_carried(const RunningStream& stream, const FrontPlan& plan) {
  return !is_pool(stream.pool) || stream.server.starts_with('<') || carries(plan, stream.pool, stream.server);
}

}   // namespace

void FrontEnd::close_in_next_looks() { closes_ = kLooksThatClose; }

// What a change of rights or of backends, or the end of somebody's time, does not allow any more.
Result<> FrontEnd::close_denied(const FrontPlan& plan) {
  const auto now = std::chrono::system_clock::now();
  if (ends_between(plan, std::exchange(looked_, now), now)) close_in_next_looks();
  if (closes_ == 0) return {};
  for (const int worker : TRY(find_workers(master_))) TRY(close_denied_of(worker, plan));
  --closes_;
  return {};
}

// Streams know their pools and servers themselves.
Result<> FrontEnd::close_denied_of(int worker, const FrontPlan& plan) {
  const auto denied = denied_clients(TRY(master_.ask(fmt::format("@!{} show table open", worker))), plan);
  for (const RunningStream& stream : parse_streams(TRY(master_.ask(fmt::format("@!{} show sess", worker)))))
    if (denied.contains(stream.client) || !reaches_its_pool(stream, plan) || !is_carried(stream, plan))
      (void)TRY(master_.ask(fmt::format("@!{} shutdown session {}", worker, stream.id)));
  return {};
}

}   // namespace sluice
