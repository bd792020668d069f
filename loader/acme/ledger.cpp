// SPDX-License-Identifier: GPL-2.0-or-later
#include "acme/ledger.hpp"

#include <nlohmann/json.hpp>

#include "base/file.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kLargestLedger = size_t{16} << 20;

int64_t seconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

WallTime time_at(const json& seconds) {
  return seconds.is_number_integer() ? WallTime(std::chrono::seconds(seconds.get<int64_t>())) : WallTime{};
}

OrdersOfName orders_of(const json& row) {
  OrdersOfName orders;
  if (!row.is_object()) return orders;
  if (const auto at = row.find("failures"); at != row.end() && at->is_number_unsigned())
    orders.failures = at->get<unsigned>();
  if (const auto at = row.find("next"); at != row.end()) orders.next = time_at(*at);
  if (const auto at = row.find("error"); at != row.end() && at->is_string())
    orders.error = at->get<std::string>();
  return orders;
}

}   // namespace

AcmeLedger read_ledger(const std::filesystem::path& file) {
  AcmeLedger ledger;
  const auto text = read_file(file, kLargestLedger);
  const json all = text ? json::parse(*text, nullptr, false) : json();
  if (!all.is_object()) return ledger;
  for (const json& time : all.value("orders", json::array())) ledger.orders.push_back(time_at(time));
  ledger.paused_until = time_at(all.value("paused_until", json()));
  const json names = all.value("names", json::object());   // items() does not keep it
  for (const auto& [name, row] : names.items()) ledger.names[name] = orders_of(row);
  return ledger;
}

Result<> write_ledger(const std::filesystem::path& file, const AcmeLedger& ledger) {
  json orders = json::array(), names = json::object();
  for (const WallTime time : ledger.orders) orders.push_back(seconds_of(time));
  for (const auto& [name, one] : ledger.names)
    names[name] = {{"failures", one.failures}, {"next", seconds_of(one.next)}, {"error", one.error}};
  const json all = {{"orders", orders}, {"paused_until", seconds_of(ledger.paused_until)}, {"names", names}};
  return write_file_atomically(file, all.dump(1, ' ', true, json::error_handler_t::replace) + "\n", 0600);
}

void note_order(AcmeLedger& ledger, WallTime now) {
  std::erase_if(ledger.orders,
                [&](WallTime before) { return before + std::chrono::hours(1) < now || before > now; });
  ledger.orders.push_back(now);
}

void note_failure(AcmeLedger& ledger, const std::string& name, std::string error, WallTime now) {
  OrdersOfName& orders = ledger.names[name];
  ++orders.failures;
  orders.next = now + pause_after(orders.failures, name);
  orders.error = std::move(error);
}

}   // namespace sluice
