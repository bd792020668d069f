// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/etcd_steps.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "cluster/etcd_client.hpp"

namespace sluice {

using nlohmann::json;

int64_t number_in(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || !at->is_string()) return 0;
  const auto& text = at->get_ref<const std::string&>();
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string text_in(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

namespace {

// The least key that does not begin like this one.
std::string end_of(std::string prefix) {
  ++prefix.back();
  return prefix;
}

}   // namespace

json range_of(const std::string& prefix) { return range_from(prefix, prefix); }

json range_from(const std::string& first, const std::string& prefix) {
  return range_before(first, end_of(prefix));
}

json range_before(const std::string& first, const std::string& behind) {
  return {{"key", base64_of(first)}, {"rangeEnd", base64_of(behind)}};
}

int64_t revision_of_etcd(const json& answer) {
  return number_in(answer.value("header", json::object()), "revision");
}

json putting(const std::string& key, const std::string& value, const std::string& lease) {
  json put = {{"key", base64_of(key)}, {"value", base64_of(value)}};
  if (!lease.empty()) put["lease"] = lease;
  return put;
}

json put_step(const std::string& key, const json& value, const std::string& lease) {
  return {{"requestPut", putting(key, value.dump(-1, ' ', false, json::error_handler_t::replace), lease)}};
}

json delete_step(const std::string& key) { return {{"requestDeleteRange", {{"key", base64_of(key)}}}}; }

json is_of(const std::string& key, int64_t mod) {
  return {
      {"key", base64_of(key)}, {"target", "MOD"}, {"result", "EQUAL"}, {"modRevision", std::to_string(mod)}};
}

namespace {

std::optional<KeyValue> row_of(const json& row) {
  if (!row.is_object()) return std::nullopt;
  auto key = bytes_of_base64(text_in(row, "key"));
  auto value = bytes_of_base64(text_in(row, "value"));
  if (!key || !value) return std::nullopt;
  return KeyValue{std::move(*key), std::move(*value), text_in(row, "lease"), number_in(row, "mod_revision")};
}

}   // namespace

std::vector<KeyValue> rows_of(const json& answer) {
  std::vector<KeyValue> rows;
  const auto list = answer.find("kvs");
  if (list == answer.end() || !list->is_array()) return rows;
  for (const json& one : *list)
    if (auto row = row_of(one)) rows.push_back(std::move(*row));
  return rows;
}

std::vector<KeyEvent> events_of(const json& result) {
  std::vector<KeyEvent> events;
  const auto list = result.find("events");
  if (list == result.end() || !list->is_array()) return events;
  for (const json& one : *list) {
    if (!one.is_object()) continue;
    if (auto row = row_of(one.value("kv", json())))
      events.push_back({std::move(*row), text_in(one, "type") == "DELETE"});
  }
  return events;
}

}   // namespace sluice
