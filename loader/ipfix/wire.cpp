// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipfix/wire.hpp"

#include <cstring>

#include "talk/json_values.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kCollectorProtocolCount = 2;

std::string frame(FrameKind kind, const void* bytes, size_t size) {
  const FrameHeader header{kind, static_cast<uint32_t>(size)};
  std::string text(sizeof(header) + size, '\0');
  std::memcpy(text.data(), &header, sizeof(header));
  if (size) std::memcpy(text.data() + sizeof(header), bytes, size);
  return text;
}

}   // namespace

std::string frame_of(const IpfixOrder& order) {
  json collectors = json::array();
  for (const Collector& one : order.collectors)
    collectors.push_back({{"name", one.name}, {"to", endpoint_row(one.to)}, {"protocol", one.protocol}});
  const std::string text = line_of_json({{"collectors", collectors}, {"domain", order.domain}});
  return frame(FrameKind::kOrder, text.data(), text.size());
}

std::string frame_of(std::span<const NatRecord> records) {
  return frame(FrameKind::kRecords, records.data(), records.size_bytes());
}

std::string frame_of_lost(uint64_t records) { return frame(FrameKind::kLost, &records, sizeof(records)); }

Result<IpfixOrder> decode_ipfix_order(std::string_view bytes) try {
  const json message = json::parse(bytes);
  IpfixOrder order{.collectors = {}, .domain = message.at("domain")};
  for (const json& row : message.at("collectors"))
    order.collectors.push_back(
        {.name = row.at("name"),
         .to = endpoint_in(row.at("to")),
         .protocol = enum_in<CollectorProtocol>(row.at("protocol"), kCollectorProtocolCount)});
  return order;
} catch (const std::exception& error) {
  return fail(std::string("who is told by IPFIX: ") + error.what());
}

Result<std::vector<NatRecord>> decode_records(std::string_view bytes) {
  if (bytes.size() % sizeof(NatRecord) != 0) return fail("events by IPFIX: a part of one");
  std::vector<NatRecord> records(bytes.size() / sizeof(NatRecord));
  if (!records.empty()) std::memcpy(records.data(), bytes.data(), bytes.size());
  return records;
}

Result<uint64_t> decode_lost(std::string_view bytes) {
  uint64_t records = 0;
  if (bytes.size() != sizeof(records)) return fail("events by IPFIX: a number of another size");
  std::memcpy(&records, bytes.data(), sizeof(records));
  return records;
}

std::string encode_ipfix_news(const IpfixNews& news) {
  json collectors = json::array();
  for (const CollectorCounts& one : news.collectors)
    collectors.push_back({{"name", one.name},
                          {"sent", one.sent},
                          {"lost", one.lost},
                          {"waiting", one.waiting},
                          {"trouble", one.trouble}});
  return line_of_json({{"received", news.received}, {"collectors", collectors}});
}

Result<IpfixNews> decode_ipfix_news(std::string_view line) try {
  const json message = json::parse(line);
  IpfixNews news{.received = message.at("received"), .collectors = {}};
  for (const json& row : message.at("collectors"))
    news.collectors.push_back({.name = row.at("name"),
                               .sent = row.at("sent"),
                               .lost = row.at("lost"),
                               .waiting = row.at("waiting"),
                               .trouble = row.at("trouble")});
  return news;
} catch (const std::exception& error) {
  return fail(std::string("what collectors were told: ") + error.what());
}

}   // namespace sluice
