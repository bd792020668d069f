// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/wire.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "base/hex.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// Bytes that need not be text.
std::string bytes_in(const json& text) {
  auto bytes = bytes_of_hex(text.get<std::string>());
  if (!bytes) throw std::runtime_error("hexadecimal digits that are none");
  return *std::move(bytes);
}

json json_of_check(const HealthCheck& check) {
  return {{"type", check.type},
          {"interval", check.interval.count()},
          {"timeout", check.timeout.count()},
          {"rise", check.rise},
          {"fall", check.fall},
          {"path", check.path},
          {"host", check.host},
          {"body", hex_of(check.body)},
          {"least", check.least_status},
          {"most", check.most_status},
          {"verify", check.tls_verify},
          {"ca", hex_of(check.ca_file)},
          {"send", hex_of(check.send)},
          {"receive", hex_of(check.receive)}};
}

HealthCheck check_of(const json& text) {
  HealthCheck check;
  check.type = text.at("type").get<CheckType>();
  check.interval = milliseconds(text.at("interval").get<int64_t>());
  check.timeout = milliseconds(text.at("timeout").get<int64_t>());
  check.rise = text.at("rise");
  check.fall = text.at("fall");
  check.path = text.at("path");
  check.host = text.at("host");
  check.body = bytes_in(text.at("body"));
  check.least_status = text.at("least");
  check.most_status = text.at("most");
  check.tls_verify = text.at("verify");
  check.ca_file = bytes_in(text.at("ca"));
  check.send = bytes_in(text.at("send"));
  check.receive = bytes_in(text.at("receive"));
  return check;
}

// Checks are few, and stand for all targets of a service.
class Checks {
 public:
  size_t number_of(const HealthCheck& check) {
    if (list_.empty() || !(last_ == check)) {
      list_.push_back(json_of_check(check));
      last_ = check;
    }
    return list_.size() - 1;
  }
  json take() { return std::move(list_); }

 private:
  json list_ = json::array();
  HealthCheck last_;
};

HealthTarget target_of(const json& row, const std::vector<HealthCheck>& checks) {
  const auto address = IpAddress::parse(row.at("address").get<std::string>());
  if (!address) throw std::runtime_error("an address that is none");
  return {.name = row.at("name"),
          .address = *address,
          .port = row.at("port"),
          .device = row.at("device"),
          .check = checks.at(row.at("check").get<size_t>()),
          .state = row.at("state").get<Health>()};
}

HealthChange change_of(const json& row) {
  const auto latency = row.find("latency");
  return {
      .name = row.at("name"),
      .state = row.at("state").get<Health>(),
      .reason = row.at("reason"),
      .latency = latency == row.end() ? std::nullopt : std::optional(microseconds(latency->get<int64_t>()))};
}

json json_of_latencies(const std::vector<NamedLatency>& latencies) {
  json rows = json::array();
  for (const auto& [name, latency] : latencies) rows.push_back({name, latency.count()});
  return rows;
}

std::vector<NamedLatency> latencies_of(const json& rows) {
  std::vector<NamedLatency> latencies;
  for (const json& row : rows)
    latencies.emplace_back(row.at(0).get<std::string>(), microseconds(row.at(1).get<int64_t>()));
  return latencies;
}

TrustFiles trust_of(const json& rows) {
  TrustFiles files;
  for (const json& row : rows)
    files[bytes_in(row.at(0))] = {.text = bytes_in(row.at(1)), .trouble = row.at(2)};
  return files;
}

// What stands in a message may be the text of a backend.
std::string line_of(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}   // namespace

std::string encode_targets(const std::vector<HealthTarget>& targets) {
  Checks checks;
  json rows = json::array();
  for (const HealthTarget& target : targets)
    rows.push_back({{"name", target.name},
                    {"address", target.address.to_string()},
                    {"port", target.port},
                    {"device", target.device},
                    {"check", checks.number_of(target.check)},
                    {"state", target.state}});
  return line_of({{"checks", checks.take()}, {"targets", std::move(rows)}});
}

std::string encode_trust(const TrustFiles& files) {
  json rows = json::array();
  for (const auto& [name, file] : files) rows.push_back({hex_of(name), hex_of(file.text), file.trouble});
  return line_of({{"trusted", std::move(rows)}});
}

std::string encode_signs(const HealthSigns& signs) {
  return line_of({{"in_trouble", signs.in_trouble}, {"seen", json_of_latencies(signs.latencies)}});
}

Result<HealthOrder> decode_order(std::string_view line) try {
  const json message = json::parse(line);
  if (message.contains("in_trouble"))
    return HealthSigns{message.at("in_trouble").get<std::vector<std::string>>(),
                       latencies_of(message.at("seen"))};
  if (message.contains("trusted")) return trust_of(message.at("trusted"));
  std::vector<HealthCheck> checks;
  for (const json& check : message.at("checks")) checks.push_back(check_of(check));
  std::vector<HealthTarget> targets;
  for (const json& row : message.at("targets")) targets.push_back(target_of(row, checks));
  return targets;
} catch (const std::exception& error) {
  return fail(std::string("what is asked of health checks: ") + error.what());
}

std::string encode_news(const HealthNews& news) {
  json changes = json::array();
  for (const HealthChange& change : news.changes) {
    json row = {{"name", change.name}, {"state", change.state}, {"reason", change.reason}};
    if (change.latency) row["latency"] = change.latency->count();
    changes.push_back(std::move(row));
  }
  return line_of({{"of_list", news.of_list},
                  {"changes", std::move(changes)},
                  {"latencies", json_of_latencies(news.latencies)},
                  {"remark", news.remark}});
}

Result<HealthNews> decode_news(std::string_view line) try {
  const json message = json::parse(line);
  HealthNews news{.of_list = message.at("of_list"),
                  .changes = {},
                  .latencies = latencies_of(message.at("latencies")),
                  .remark = message.at("remark")};
  for (const json& row : message.at("changes")) news.changes.push_back(change_of(row));
  return news;
} catch (const std::exception& error) {
  return fail(std::string("what health checks found out: ") + error.what());
}

}   // namespace sluice
