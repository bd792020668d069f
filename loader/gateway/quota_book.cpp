// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/quota_book.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "gateway/gateway.hpp"
#include "kernel/sysctl/sysctl.hpp"
#include "kernel/wireguard/wireguard.hpp"
#include "model/quota.hpp"

namespace sluice {
namespace {

using nlohmann::json;

int month_of(QuotaBook::Time now) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(now));
  return static_cast<int>(day.year()) * 12 + static_cast<int>(static_cast<unsigned>(day.month())) - 1;
}

std::string first_day_after(int month) {
  return fmt::format("{:04}-{:02}-01T00:00:00Z", (month + 1) / 12, (month + 1) % 12 + 1);
}

uint64_t quota_of(const Relay& relay, const RelayClient& client) {
  return client.quota.value_or(relay.quota);
}

bool has_quotas(const Relay& relay) {
  return std::ranges::any_of(relay.clients,
                             [&](const RelayClient& one) { return quota_of(relay, one) != kUnlimited; });
}

}   // namespace

void QuotaBook::read(const json& kept) {
  device_ = kept.at("device");
  for (const json& row : kept.at("clients")) {
    const auto key = parse_key(row.at("key").get_ref<const std::string&>());
    if (!key) throw std::invalid_argument("a key that is none");
    counts_[*key] = {row.at("month"), row.at("bytes"), row.at("seen")};
  }
}

QuotaBook::QuotaBook(const std::filesystem::path& state) : file_(kFile, state) {
  if (!file_.read([this](const json& kept) { read(kept); })) counts_.clear();
}

// A device that is another one has counted from 0, and so has a peer whose counter went back. A clock that
// was set back begins no month anew.
void QuotaBook::add(const WireguardKey& key, uint64_t counted, bool same_device, int month) {
  const auto [at, is_new] = counts_.try_emplace(key, Count{month, 0, counted});
  Count& count = at->second;
  if (is_new) file_.note_change();
  if (month > count.month) {
    count.month = month;
    count.bytes = 0;
    file_.note_change();
  }
  const uint64_t more = same_device && counted >= count.seen ? counted - count.seen : counted;
  if (!is_new) count.bytes += more;
  if (count.seen != counted || (!is_new && more != 0)) file_.note_change();
  count.seen = counted;
}

std::set<std::string> QuotaBook::over(const Relay& relay) const {
  std::set<std::string> names;
  for (const RelayClient& client : relay.clients)
    if (is_over(relay, client)) names.insert(client.name);
  return names;
}

bool QuotaBook::note(const Relay& relay, const Counters& counters, const std::string& device, Time now) {
  const bool same_device = std::exchange(device_, device) == device;
  std::set<WireguardKey> counted;
  for (const RelayClient& client : relay.clients) {
    if (quota_of(relay, client) == kUnlimited) continue;
    counted.insert(client.public_key);
    if (const auto at = counters.find(client.public_key); at != counters.end())
      add(client.public_key, at->second, same_device, month_of(now));
  }
  if (std::erase_if(counts_, [&](const auto& one) { return !counted.contains(one.first); }) != 0)
    file_.note_change();
  const auto before = std::exchange(over_, over(relay));
  for (const RelayClient& client : relay.clients) {
    const bool is = over_.contains(client.name);
    if (is && !before.contains(client.name))
      spdlog::warn("relay: client \"{}\" is over its quota of {}: its port leads nowhere until {}",
                   client.name, quota_to_string(quota_of(relay, client)),
                   first_day_after(counts_.at(client.public_key).month));
    else if (!is && before.contains(client.name))
      spdlog::info("relay: client \"{}\" is within its quota again", client.name);
  }
  return over_ != before;
}

bool QuotaBook::is_over(const Relay& relay, const RelayClient& client) const {
  const uint64_t quota = quota_of(relay, client);
  return quota != kUnlimited && bytes_of(client) >= quota;
}

uint64_t QuotaBook::bytes_of(const RelayClient& client) const {
  const auto at = counts_.find(client.public_key);
  return at == counts_.end() ? 0 : at->second.bytes;
}

// The client asks through its tunnel whether the relay is there: where it hears nothing, it tells its callers
// another relay.
void QuotaBook::settle(Document& document) const {
  if (!document.relay) return;
  Policy silence;
  silence.name = "relay over quota";
  silence.from = {std::string(kRelayZone)};
  silence.to = {std::string(kHostZone)};
  silence.action = Action::kDrop;
  silence.line = document.relay->line;
  std::set<std::string> forwards;
  for (const RelayClient& client : document.relay->clients) {
    if (!is_over(*document.relay, client)) continue;
    forwards.insert(relay_forward_name(client.name));
    std::ranges::copy(addresses_of(client), std::back_inserter(silence.source.prefixes));
  }
  if (silence.source.prefixes.empty()) return;
  std::erase_if(document.forwards, [&](const Forward& one) { return forwards.contains(one.name); });
  document.policies.insert(document.policies.begin(), std::move(silence));
}

Result<> QuotaBook::keep() {
  if (file_.is_kept()) return {};
  json rows = json::array();
  for (const auto& [key, count] : counts_)
    rows.push_back(
        {{"key", to_string(key)}, {"month", count.month}, {"bytes", count.bytes}, {"seen", count.seen}});
  return file_.keep({{"device", device_}, {"clients", std::move(rows)}});
}

// A device has a number of its own for as long as the machine runs.
Result<bool> count_relay_clients(Gateway& gateway) {
  if (!gateway.current() || !gateway.current()->document.relay) return false;
  const Relay& relay = *gateway.current()->document.relay;
  QuotaBook::Counters counters;
  std::string device;
  if (has_quotas(relay)) {
    const auto tunnel = TRY(read_tunnel(relay.device));
    if (!tunnel) return false;   // it is being made
    for (const auto& [key, state] : tunnel->states) counters[key] = state.rx_bytes + state.tx_bytes;
    device = fmt::format("{} {}", TRY(boot_id()), ::if_nametoindex(relay.device.c_str()));
  }
  const bool changed = gateway.quotas().note(relay, counters, device, std::chrono::system_clock::now());
  TRY(gateway.quotas().keep());
  return changed;
}

}   // namespace sluice
