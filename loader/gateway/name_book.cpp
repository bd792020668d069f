// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/name_book.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.hpp"
#include "model/domains.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr seconds kLiveFor{60};   // while flows are there
// Of lines that say again what others have said: what is looked at now and then, and at any time.
constexpr size_t kSpareLines = 1'000, kMostLines = 200'000;

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
    return set != document.sets.end() && contains(set->second, *look_up.client);
  });
}

}   // namespace

NameBook::NameBook(const std::filesystem::path& state) : file_(kFile, state) {
  const auto text = file_.text();
  if (!text) return;
  std::istringstream lines(*text);
  size_t damaged = 0;
  for (std::string line; std::getline(lines, line); ++written_) damaged += !read_line(line);
  if (damaged == 0) return;
  is_whole_ = false;
  spdlog::warn("not all is known any more that names have opened: {} of {} lines of {} are damaged", damaged,
               written_, file_.path().string());
}

// A row, or a list of them. What stands behind says more than what stands before.
bool NameBook::read_line(const std::string& line) try {
  json rows = json::parse(line);
  if (rows.is_object()) rows = json::array({std::move(rows)});
  for (const json& row : rows) {
    const auto address = IpAddress::parse(row.at("address").get_ref<const std::string&>());
    const system_clock::time_point until{seconds(row.at("until").get<int64_t>())};
    if (address) add(opened_[{row.at("policy"), row.at("zone")}], *address, row.at("name"), until);
  }
  return true;
} catch (const std::exception&) {
  return false;
}

const NameBook::Addresses* NameBook::of(const Policy& policy) const {
  if (policy.domains.empty()) return nullptr;
  const auto at = opened_.find({policy.name, policy.from.front()});
  return at == opened_.end() ? nullptr : &at->second;
}

NameBook::Time& NameBook::add(Addresses& addresses, const IpAddress& address, const std::string& name,
                              Time until) {
  Names& names = addresses[address];
  if (names.size() >= kMostNamesOfAddress && !names.contains(name))
    names.erase(std::ranges::min_element(names, {}, &Names::value_type::second));
  Time& kept = names[name];
  return kept = std::max(kept, until);
}

void NameBook::note_line(const PolicyInZone& policy, const IpAddress& address, const std::string& name,
                         Time until) {
  const json row{{"policy", policy.first},
                 {"zone", policy.second},
                 {"address", address.to_string()},
                 {"name", name},
                 {"until", number_of(until)}};
  lines_ += row.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  ++written_;
}

std::vector<OpenedChange> NameBook::note(const Document& document, const LookUp& look_up, Time now) {
  std::vector<OpenedChange> opened;
  for (const Policy& policy : document.policies) {
    if (!opens_for(document, policy, look_up) || !means_name(policy, look_up.name)) continue;
    const PolicyInZone key{policy.name, look_up.zone};
    Addresses& addresses = opened_[key];
    for (const auto& [address, lives] : look_up.addresses) {
      const auto at = addresses.find(address);
      if (at == addresses.end() && addresses.size() >= kMostOfPolicy) continue;
      if (at == addresses.end() || !end_of(policy, at->second))
        opened.push_back({set_of_domains(policy.name), address});
      const Time until = add(addresses, address, look_up.name, now + lives + document.resolver.grace);
      if (next_known_ && (!next_ || until < *next_)) next_ = until;
      note_line(key, address, look_up.name, until);
    }
  }
  return opened;
}

void NameBook::settle(Document& document) {
  next_known_ = false;
  for (const Policy& policy : document.policies) {
    if (policy.domains.empty()) continue;
    std::vector<Prefix>& set = document.sets[set_of_domains(policy.name)];
    set.clear();
    if (const Addresses* addresses = of(policy))
      for (const auto& [address, names] : *addresses)
        if (end_of(policy, names)) set.push_back(Prefix::of_host(address));
  }
}

std::set<OpenedBy> NameBook::over(const Document& document, Time now) {
  next_known_ = false;
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
  is_whole_ = next_known_ = false;
  return closed;
}

std::optional<NameBook::Time> NameBook::next(const Document& document) {
  if (std::exchange(next_known_, true)) return next_;
  next_.reset();
  for (const Policy& policy : document.policies)
    if (const Addresses* addresses = of(policy))
      for (const auto& [address, names] : *addresses)
        if (const auto end = end_of(policy, names); end && (!next_ || *end < *next_)) next_ = end;
  return next_;
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

// An answer waits for it: that the disk has it as well is not waited for. Who loses what the disk did not get
// has lost his memory, and the flows in it.
void NameBook::keep() {
  if (is_whole_ && lines_.empty()) return;
  if (!is_whole_ || written_ > kMostLines || !append_to_file(file_.path(), lines_)) write_anew();
  lines_.clear();
}

bool NameBook::is_long() const {
  size_t needed = kSpareLines;
  for (const auto& [policy, addresses] : opened_)
    for (const auto& [address, names] : addresses) needed += 2 * names.size();
  return written_ > needed;
}

void NameBook::tidy() {
  if (is_long()) is_whole_ = false;
  keep();
}

void NameBook::write_anew() {
  lines_.clear();
  written_ = 0;
  for (const auto& [policy, addresses] : opened_)
    for (const auto& [address, names] : addresses)
      for (const auto& [name, until] : names) note_line(policy, address, name, until);
  const auto kept = write_file_atomically(file_.path(), lines_, 0600);
  is_whole_ = kept.has_value();
  if (!kept) spdlog::warn("what names have opened is not kept: {}", kept.error().message);
}

}   // namespace sluice
