// SPDX-License-Identifier: GPL-2.0-or-later
// Leases on disk.
#include <netinet/in.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/protocol.hpp"
#include "gateway/mapping_book.hpp"

namespace sluice {
namespace {

using nlohmann::json;
using std::chrono::seconds;

int64_t number_of(MappingBook::Time time) { return time.time_since_epoch().count(); }

MappingBook::Time kept_time(const json& number) { return MappingBook::Time(seconds(number.get<int64_t>())); }

IpAddress kept_address(const json& text) {
  const auto address = IpAddress::parse(text.get_ref<const std::string&>());
  if (!address) throw std::invalid_argument("an address that is none");
  return *address;
}

LeaseKey key_of(const json& row) {
  const auto protocol = parse_protocol(row.at("protocol").get_ref<const std::string&>());
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
    throw std::invalid_argument("a protocol without mappings");
  return {row.at("zone"), kept_address(row.at("host")), *protocol, row.at("port")};
}

json row_of(const LeaseKey& key, const Lease& lease) {
  return {{"zone", key.zone},
          {"host", key.host.to_string()},
          {"protocol", protocol_name(key.protocol)},
          {"port", key.port},
          {"outside_port", lease.outside_port},
          {"nonce", lease.nonce},
          {"until", number_of(lease.until)}};
}

}   // namespace

void MappingBook::read(const json& kept) {
  start_ = kept_time(kept.at("start"));
  for (const auto& [zone, address] : kept.at("outside").items())
    outside_.emplace(zone, kept_address(address));
  for (const json& row : kept.at("leases"))
    put(key_of(row), {row.at("outside_port"), row.at("nonce"), kept_time(row.at("until"))});
}

// A clock that was set back: the epoch would end before it begins.
MappingBook::MappingBook(const std::filesystem::path& state, Time now) : file_(kFile, state), start_(now) {
  if (!file_.read([this](const json& kept) { read(kept); })) {
    leases_.clear();
    by_port_.clear();
    outside_.clear();
    start_ = now;
    file_.note_change();   // the epoch is to be known
  }
  start_ = std::min(start_, now);
}

Result<> MappingBook::keep() {
  if (file_.is_kept()) return {};
  json outside = json::object(), rows = json::array();
  for (const auto& [zone, address] : outside_) outside[zone] = address.to_string();
  for (const auto& [key, lease] : leases_) rows.push_back(row_of(key, lease));
  return file_.keep(
      {{"start", number_of(start_)}, {"outside", std::move(outside)}, {"leases", std::move(rows)}});
}

}   // namespace sluice
