// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/order.hpp"

#include "talk/json_values.hpp"

namespace sluice {
namespace {

using nlohmann::json;

json json_of_wish(const CaptureWish& wish) {
  return {{"filter", wish.filter},   {"rules", wish.rules},     {"zones", wish.zones},
          {"vrfs", wish.vrfs},       {"reasons", wish.reasons}, {"drops", wish.drops},
          {"packets", wish.packets}, {"snaplen", wish.snaplen}, {"seconds", wish.seconds},
          {"bytes", wish.bytes},     {"report", wish.report},   {"lines", wish.lines}};
}

CaptureWish wish_of(const json& row) {
  return {.filter = row.at("filter"),
          .rules = row.at("rules"),
          .zones = row.at("zones"),
          .vrfs = row.at("vrfs"),
          .reasons = row.at("reasons"),
          .drops = row.at("drops"),
          .report = row.at("report"),
          .lines = row.at("lines"),
          .packets = row.at("packets"),
          .snaplen = row.at("snaplen"),
          .seconds = row.at("seconds"),
          .bytes = row.at("bytes")};
}

json json_of_names(const CaptureNames& names) {
  json devices = json::array(), rules = json::array(), vrfs = json::array();
  for (const auto& [number, device] : names.devices)
    devices.push_back({number, device.name, device.zone, device.mtu, device.has_ethernet});
  for (const auto& [number, rule] : names.rules) rules.push_back({number, rule.kind, rule.name, rule.line});
  for (const auto& [number, name] : names.vrfs) vrfs.push_back({number, name});
  return {{"devices", std::move(devices)},
          {"rules", std::move(rules)},
          {"zones", names.zones},
          {"vrfs", std::move(vrfs)},
          {"file", names.file}};
}

CaptureNames names_of(const json& row) {
  CaptureNames names{
      .devices = {}, .rules = {}, .zones = row.at("zones"), .vrfs = {}, .file = row.at("file")};
  for (const json& one : row.at("devices"))
    names.devices.emplace(one.at(0).get<uint32_t>(),
                          CapturedDevice{one.at(1), one.at(2), one.at(3), one.at(4)});
  for (const json& one : row.at("rules"))
    names.rules.emplace(one.at(0).get<uint32_t>(), CapturedRule{one.at(1), one.at(2), one.at(3)});
  for (const json& one : row.at("vrfs")) names.vrfs.emplace(one.at(0).get<uint16_t>(), one.at(1));
  return names;
}

}   // namespace

std::string encode_capture_order(const CaptureOrder& order) {
  return line_of_json({{"wish", json_of_wish(order.wish)}, {"names", json_of_names(order.names)}});
}

std::string encode_capture_cpus(const std::vector<uint32_t>& cpus) { return line_of_json(json(cpus)); }

Result<std::vector<uint32_t>> decode_capture_cpus(const std::string& line) try {
  return json::parse(line).get<std::vector<uint32_t>>();
} catch (const std::exception& error) {
  return fail(std::string("rings of no CPU: ") + error.what());
}

Result<CaptureOrder> decode_capture_order(const std::string& line) try {
  const json message = json::parse(line);
  return CaptureOrder{wish_of(message.at("wish")), names_of(message.at("names"))};
} catch (const std::exception& error) {
  return fail(std::string("an order for a capture that makes no sense: ") + error.what());
}

}   // namespace sluice
