// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/name_book.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "model/domains.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr const char* kNames = "names.json";
constexpr size_t kMostOfNames = size_t{64} << 20;
constexpr seconds kLiveFor{60};   // while flows are there

int64_t number_of(system_clock::time_point time) {
  return std::chrono::duration_cast<seconds>(time.time_since_epoch()).count();
}

// Until when the address is open: by names that the policy means now.
std::optional<system_clock::time_point> end_of(const Policy& policy,
                                               const std::map<std::string, system_clock::time_point>& names) {
  std::optional<system_clock::time_point> end;
  for (const auto& [name, until] : names)
    if (means_name(policy, name) && (!end || *end < until)) end = until;
  return end;
}

// Pods, which are strangers to each other, open addresses for themselves.
bool opens_for(const Document& document, const Policy& policy, const LookUp& look_up) {
  if (policy.domains.empty() || policy.from.front() != look_up.zone) return false;
  if (!look_up.client || policy.source.any()) return true;
  return std::ranges::any_of(policy.source.sets, [&](const std::string& name) {
    const auto set = document.sets.find(name);
    return set != document.sets.end() &&
           std::ranges::any_of(set->second, [&](const Prefix& one) { return one.contains(*look_up.client); });
  });
}

}   // namespace

NameBook::NameBook(const std::filesystem::path& state) : file_(state / kNames) {
  try {
    const auto text = read_file(file_, kMostOfNames);
    if (!text) return;
    for (const json& row : json::parse(*text)) {
      const auto address = IpAddress::parse(row.at("address").get_ref<const std::string&>());
      const system_clock::time_point until{seconds(row.at("until").get<int64_t>())};
      if (address) opened_[{row.at("policy"), row.at("zone")}][*address][row.at("name")] = until;
    }
  } catch (const std::exception&) {
    spdlog::warn("what names have opened is not known any more: {} is damaged", file_.string());
    opened_.clear();
  }
}

void NameBook::erase(const std::filesystem::path& state) {
  std::error_code ignored;   // what stays is told with the folder
  std::filesystem::remove(state / kNames, ignored);
}

const NameBook::Addresses* NameBook::of(const Policy& policy) const {
  if (policy.domains.empty()) return nullptr;
  const auto at = opened_.find({policy.name, policy.from.front()});
  return at == opened_.end() ? nullptr : &at->second;
}

bool NameBook::note(const Document& document, const LookUp& look_up, Time now) {
  bool opened = false;
  for (const Policy& policy : document.policies) {
    if (!opens_for(document, policy, look_up) || !means_name(policy, look_up.name)) continue;
    Addresses& addresses = opened_[{policy.name, look_up.zone}];
    for (const auto& [address, lives] : look_up.addresses) {
      const bool is_new = !addresses.contains(address);
      if (is_new && addresses.size() >= kMostOfPolicy) continue;
      Names& names = addresses[address];
      opened |= !end_of(policy, names).has_value();
      if (names.size() >= kMostNamesOfAddress && !names.contains(look_up.name))
        names.erase(std::ranges::min_element(names, {}, &Names::value_type::second));
      Time& until = names[look_up.name];
      until = std::max(until, now + lives + document.resolver.grace);
      is_kept_ = false;
    }
  }
  return opened;
}

void NameBook::settle(Document& document) const {
  for (const Policy& policy : document.policies) {
    if (policy.domains.empty()) continue;
    std::vector<Prefix>& set = document.sets[set_of_domains(policy.name)];
    set.clear();
    if (const Addresses* addresses = of(policy))
      for (const auto& [address, names] : *addresses)
        if (end_of(policy, names)) set.push_back(Prefix::of_host(address));
  }
}

std::set<OpenedBy> NameBook::over(const Document& document, Time now) const {
  std::set<OpenedBy> over;
  for (const Policy& policy : document.policies)
    if (const Addresses* addresses = of(policy))
      for (const auto& [address, names] : *addresses)
        if (const auto end = end_of(policy, names); end && *end <= now) over.emplace(policy.name, address);
  return over;
}

bool NameBook::close(const Document& document, const std::set<OpenedBy>& over, const std::set<OpenedBy>& live,
                     Time now) {
  bool closed = false;
  std::set<PolicyInZone> meant;
  for (const Policy& policy : document.policies) {
    if (policy.domains.empty()) continue;
    meant.emplace(policy.name, policy.from.front());
    const auto at = opened_.find({policy.name, policy.from.front()});
    if (at == opened_.end()) continue;
    for (auto one = at->second.begin(); one != at->second.end();) {
      auto& [address, names] = *one;
      const OpenedBy key{policy.name, address};
      const bool ends = !end_of(policy, names) || (over.contains(key) && !live.contains(key));
      closed |= ends && over.contains(key);
      if (!ends && over.contains(key))
        for (auto& [name, until] : names) until = std::max(until, now + kLiveFor);
      one = ends ? at->second.erase(one) : std::next(one);
    }
  }
  std::erase_if(opened_, [&](const auto& one) { return !meant.contains(one.first); });
  is_kept_ = false;
  return closed;
}

std::optional<NameBook::Time> NameBook::next(const Document& document) const {
  std::optional<Time> next;
  for (const Policy& policy : document.policies)
    if (const Addresses* addresses = of(policy))
      for (const auto& [address, names] : *addresses)
        if (const auto end = end_of(policy, names); end && (!next || *end < *next)) next = end;
  return next;
}

std::vector<NameBook::Row> NameBook::rows(const Document& document) const {
  std::vector<Row> rows;
  for (const Policy& policy : document.policies)
    if (const Addresses* addresses = of(policy))
      for (const auto& [address, names] : *addresses)
        for (const auto& [name, until] : names)
          if (means_name(policy, name))
            rows.push_back({policy.name, policy.from.front(), name, address, until});
  return rows;
}

void NameBook::keep() {
  if (std::exchange(is_kept_, true)) return;
  json rows = json::array();
  for (const auto& [policy, addresses] : opened_)
    for (const auto& [address, names] : addresses)
      for (const auto& [name, until] : names)
        rows.push_back({{"policy", policy.first},
                        {"zone", policy.second},
                        {"address", address.to_string()},
                        {"name", name},
                        {"until", number_of(until)}});
  const std::string text = rows.dump(-1, ' ', false, json::error_handler_t::replace);
  if (const auto kept = write_file_atomically(file_, text, 0600); !kept)
    spdlog::warn("what names have opened is not kept: {}", kept.error().message);
}

}   // namespace sluice
