// SPDX-License-Identifier: GPL-2.0-or-later
#include "sync/wire.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/name.hpp"
#include "model/tunnel.hpp"
#include "talk/json_values.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kLongestDeviceName = 15;   // IFNAMSIZ, without the zero

void demand(bool is_right, const char* otherwise) {
  if (!is_right) throw std::invalid_argument(otherwise);
}

// Exactly these members: what is misspelt is not taken for what is missing.
const json& with_members(const json& object, size_t members) {
  demand(object.is_object() && object.size() == members, "members that are none of these");
  return object;
}

uint64_t count_in(const json& number, uint64_t most = std::numeric_limits<uint64_t>::max()) {
  demand(number.is_number_unsigned() && number.get<uint64_t>() <= most, "a number that is none of these");
  return number.get<uint64_t>();
}

std::string name_in(const json& text) {
  auto name = text.get<std::string>();
  demand(is_name(name), "a name that is none");
  return name;
}

std::string device_in(const json& text) {
  auto device = text.get<std::string>();
  demand(!device.empty() && device.size() <= kLongestDeviceName &&
             device.find_first_of(std::string_view("/ \t\n\0", 5)) == std::string::npos,
         "a device that is none");
  return device;
}

SyncKey key_in(const json& text) {
  const auto key = parse_key(text.get_ref<const std::string&>());
  demand(key.has_value(), "a key that is none");
  return *key;
}

std::vector<IpAddress> peers_in(const json& list, const IpAddress& own) {
  demand(list.is_array(), "peers that are no list");
  std::vector<IpAddress> peers;
  for (const json& one : list) {
    const IpAddress peer = json_address(one);
    demand(peer != own && peer.family() == own.family() && !std::ranges::count(peers, peer),
           "a peer that cannot be one");
    peers.push_back(peer);
  }
  return peers;
}

SyncOrder sync_order_of(const json& object) {
  with_members(object, 8);
  SyncOrder order;
  order.device = device_in(object.at("device"));
  order.own = json_address(object.at("own"));
  order.peers = peers_in(object.at("peers"), order.own);
  order.port = static_cast<uint16_t>(count_in(object.at("port"), 65'535));
  demand(order.port != 0, "a port that is none");
  order.key = key_in(object.at("key"));
  order.node = name_in(object.at("node"));
  order.sends = object.at("sends").get<bool>();
  order.quick = object.at("quick").get<bool>();
  return order;
}

SyncPeer sync_peer_of(const json& row) {
  with_members(row, 7);
  const auto node = row.at("node").get<std::string>();
  return {.address = json_address(row.at("address")),
          .node = node.empty() ? node : name_in(row.at("node")),
          .sends_to = row.at("sends_to").get<bool>(),
          .hears_from = row.at("hears_from").get<bool>(),
          .quiet = row.at("quiet").get<bool>(),
          .sessions = count_in(row.at("sessions")),
          .trouble = row.at("trouble").get<std::string>()};
}

SyncNews sync_news_of(const json& object) {
  with_members(object, 2);
  SyncNews news;
  demand(object.at("peers").is_array(), "peers that are no list");
  for (const json& row : object.at("peers")) news.peers.push_back(sync_peer_of(row));
  news.trouble = object.at("trouble").get<std::string>();
  return news;
}

json sync_row(const SyncPeer& peer) {
  return {{"address", peer.address.to_string()},
          {"node", peer.node},
          {"sends_to", peer.sends_to},
          {"hears_from", peer.hears_from},
          {"quiet", peer.quiet},
          {"sessions", peer.sessions},
          {"trouble", peer.trouble}};
}

std::string piece_line(std::string_view verb, std::string_view payload) {
  std::string line;
  line.reserve(verb.size() + payload.size() + 2);
  line.append(verb).append(" ").append(payload).append("\n");
  return line;
}

std::string piece_line(std::string_view verb, const IpAddress& address, std::string_view payload) {
  return piece_line(std::string(verb) + " " + address.to_string(), payload);
}

std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

// What is behind the verb; nullopt: it is another one.
std::optional<std::string_view> behind(std::string_view line, std::string_view verb) {
  if (!line.starts_with(verb)) return {};
  return line.substr(verb.size());
}

struct AddressedPiece {
  IpAddress address;
  std::string payload;
};

std::optional<AddressedPiece> addressed_piece(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return {};
  const auto address = IpAddress::parse(text.substr(0, space));
  const auto payload = text.substr(space + 1);
  if (!address || !is_sync_payload(payload)) return {};
  return AddressedPiece{*address, std::string(payload)};
}

}   // namespace

bool is_sync_payload(std::string_view text) {
  return !text.empty() && text.size() <= kLongestSyncPayload && text.find('\n') == std::string_view::npos;
}

std::string encode_sync_order(const SyncOrder& order) {
  json peers = json::array();
  for (const IpAddress& peer : order.peers) peers.push_back(peer.to_string());
  return line_of_json({{"device", order.device},
                       {"own", order.own.to_string()},
                       {"peers", std::move(peers)},
                       {"port", order.port},
                       {"key", to_string(order.key)},
                       {"node", order.node},
                       {"sends", order.sends},
                       {"quick", order.quick}});
}

// What the parser says of a mistake may quote the key.
Result<SyncOrder> decode_sync_order(std::string_view line) try {
  return sync_order_of(json::parse(line));
} catch (const std::exception&) {
  return fail("with whom state is shared: the order makes no sense");
}

std::string encode_sync_all(std::string_view payload) { return piece_line("all", payload); }

std::string encode_sync_back(const IpAddress& to, std::string_view payload) {
  return piece_line("back", to, payload);
}

Result<SyncRequest> decode_sync_request(std::string_view line) {
  if (line.starts_with('{')) return SyncRequest(TRY(decode_sync_order(line)));
  line = without_end(line);
  if (const auto payload = behind(line, "all "); payload && is_sync_payload(*payload))
    return SyncAll{std::string(*payload)};
  if (const auto rest = behind(line, "back "))
    if (auto piece = addressed_piece(*rest)) return SyncBack{piece->address, std::move(piece->payload)};
  return fail("what is to be shared makes no sense");
}

std::string encode_sync_news(const SyncNews& news) {
  json peers = json::array();
  for (const SyncPeer& peer : news.peers) peers.push_back(sync_row(peer));
  return line_of_json({{"peers", std::move(peers)}, {"trouble", news.trouble}});
}

Result<SyncNews> decode_sync_news(std::string_view line) try {
  return sync_news_of(json::parse(line));
} catch (const std::exception& error) {
  return fail(std::string("with whom state is shared: ") + error.what());
}

std::string encode_sync_from(const IpAddress& from, std::string_view payload) {
  return piece_line("from", from, payload);
}

std::string encode_sync_answer(const IpAddress& from, std::string_view payload) {
  return piece_line("answer", from, payload);
}

Result<SyncReport> decode_sync_report(std::string_view line) {
  if (line.starts_with('{')) return SyncReport(TRY(decode_sync_news(line)));
  line = without_end(line);
  if (const auto rest = behind(line, "from "))
    if (auto piece = addressed_piece(*rest)) return SyncFrom{piece->address, std::move(piece->payload)};
  if (const auto rest = behind(line, "answer "))
    if (auto piece = addressed_piece(*rest)) return SyncAnswer{piece->address, std::move(piece->payload)};
  return fail("what another gateway shares makes no sense");
}

std::string encode_sync_greeting(std::string_view node) { return json{{"node", node}}.dump(); }

Result<std::string> decode_sync_greeting(std::string_view text) try {
  const json object = json::parse(text);
  return name_in(with_members(object, 1).at("node"));
} catch (const std::exception&) {
  return fail("it does not say who it is");
}

}   // namespace sluice
