// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/change_monitor.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kChangesEach{1};
// Of the loop's time, however much there is to look at: a fifth.
constexpr int kChangesRest = 4;
constexpr int64_t kRevisions = 20;   // the newest ones: an older one settles no more

// What is told of something is its state, and these.
struct Kind {
  const char* what;
  Result<json> (*list)(Gateway&);
  const char* key;   // of the rows in what `list` answers; empty: it is the rows
  std::vector<const char*> name, more;
};

Result<json> list_backends(Gateway& gateway) { return json(backend_states(gateway)); }

Result<json> list_revisions(Gateway& gateway) {
  json rows = json::array();
  for (const Revision& one : TRY(gateway.revisions(kRevisions)))
    rows.push_back({{"name", std::to_string(one.number)},
                    {"state", to_string(one.result)},
                    {"who", one.verdict.who.empty() ? one.who : one.verdict.who},
                    {"why", one.verdict.why.empty() ? one.why : one.verdict.why}});
  return rows;
}

Result<json> list_gateway(Gateway& gateway) {
  return json::array(
      {{{"name", "gateway"}, {"state", gateway_state(gateway)}, {"revision", gateway.revision()}}});
}

Result<json> list_troubles(Gateway& gateway) {
  json rows = json::array();
  for (const std::string& text : gateway.degraded()) rows.push_back({{"name", text}, {"state", "there"}});
  return rows;
}

Result<json> list_confirmation(Gateway& gateway) {
  const json waits = TRY(show_pending_confirmation(gateway));
  if (waits.is_null()) return json::array();
  return json::array(
      {{{"name", waits["revision"].dump()}, {"state", "waits"}, {"deadline", waits["deadline"]}}});
}

Result<json> list_paths(Gateway& gateway) {
  const bool has_any = gateway.current() && gateway.current()->document.reachability;
  if (!has_any) return json::array();
  const json status = TRY(show_device(gateway));
  json rows = json::array();
  rows.push_back({{"name", "callers"}, {"state", status["path"]}, {"endpoint", status["endpoint"]}});
  for (const json& peer : status["wireguard"]["peers"])
    rows.push_back({{"name", fmt::format("{}/{}", peer["network"].get_ref<const std::string&>(),
                                         peer["name"].get_ref<const std::string&>())},
                    {"state", peer["path"]},
                    {"endpoint", peer["endpoint"]}});
  return rows;
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kAll = {
      {"gateway", list_gateway, "", {"name"}, {"revision"}},
      {"revision", list_revisions, "", {"name"}, {"who", "why"}},
      {"confirmation", list_confirmation, "", {"name"}, {"deadline"}},
      {"trouble", list_troubles, "", {"name"}, {}},
      {"interface", show_interface_states, "", {"name"}, {"zone", "hook"}},
      {"endpoint", show_endpoints, "endpoints", {"network", "name"}, {"address", "dial"}},
      {"backend", list_backends, "", {"service", "backend", "underlay"}, {"address", "reason"}},
      {"relay", show_relays, "relays", {"name"}, {"in_use", "endpoint", "reason"}},
      {"client", show_relay, "relay", {"name"}, {}},
      {"path", list_paths, "", {"name"}, {"endpoint"}},
      {"certificate", show_certificates, "certificates", {"source"}, {"names", "not_after", "error"}},
  };
  return kAll;
}

bool is_empty(const json& value) { return value.is_string() && value.get_ref<const std::string&>().empty(); }

std::string name_of(const Kind& kind, const json& row) {
  std::vector<std::string> parts;
  for (const char* field : kind.name) parts.push_back(row[field].get<std::string>());
  return join(parts, "/");
}

json told_of(const Kind& kind, const json& row) {
  json told = {{"what", kind.what}, {"name", name_of(kind, row)}, {"state", row["state"]}};
  for (const char* field : kind.more)
    if (row.contains(field) && !is_empty(row[field])) told[field] = row[field];
  return told;
}

}   // namespace

// What cannot be looked at just now is as it was.
ChangeMonitor::States ChangeMonitor::states() {
  States states;
  for (const Kind& kind : kinds()) {
    const auto listed = kind.list(gateway_);
    const std::string prefix = kind.what + std::string("/");
    if (!listed) {
      for (auto at = told_.lower_bound(prefix); at != told_.end() && at->first.starts_with(prefix); ++at)
        states.insert(*at);
      continue;
    }
    for (const json& row : *kind.key ? (*listed)[kind.key] : *listed)
      states.emplace(prefix + name_of(kind, row), told_of(kind, row));
  }
  return states;
}

Result<std::shared_ptr<Feed>> ChangeMonitor::listen(bool now) {
  const bool is_first = !listeners_.any();
  if (is_first) told_ = states();
  auto feed = TRY(listeners_.add());
  if (now)
    for (const auto& [name, row] : told_) feed->add(feed_line(row));
  if (is_first) await();
  return std::shared_ptr<Feed>(std::move(feed));
}

void ChangeMonitor::look() {
  const auto begun = Clock::now();
  States now = states();
  for (auto& [name, row] : now) {
    const auto before = told_.find(name);
    const bool is_new = before == told_.end();
    if (!is_new && before->second["state"] == row["state"]) continue;
    json line = row;
    line["before"] = is_new ? json() : before->second["state"];
    listeners_.tell(line);
  }
  for (auto& [name, row] : told_) {
    if (now.contains(name) || row["what"] == "revision") continue;   // old ones are not listed any more
    json line = {{"what", row["what"]}, {"name", row["name"]}, {"state", "gone"}, {"before", row["state"]}};
    listeners_.tell(line);
  }
  told_ = std::move(now);
  pause_ = std::max<Clock::duration>(kChangesEach, kChangesRest * (Clock::now() - begun));
}

void ChangeMonitor::await() {
  soon_.expires_after(std::max<Clock::duration>(kChangesEach, pause_));
  soon_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (!listeners_.any()) return told_.clear();
    look();
    await();
  });
}

}   // namespace sluice
