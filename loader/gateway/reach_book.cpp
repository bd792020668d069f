// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/reach_book.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/hex.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kNonceDigits = 24;

std::string make_nonce() {
  std::array<uint8_t, kNonceDigits / 2> bytes{};
  (void)!::getrandom(bytes.data(), bytes.size(), 0);   // never short for so few bytes (getrandom(2))
  return hex_of(bytes);
}

bool is_nonce(std::string_view text) { return text.size() == kNonceDigits && bytes_of_hex(text); }

}   // namespace

void ReachBook::read(const json& kept) {
  device_ = kept.at("device");
  for (const json& row : kept.at("ports")) {
    const auto by = std::ranges::find(kAskedByNames, row.at("by").get<std::string>());
    const PortOfOurs port{row.at("port"), row.at("nonce"), row.at("outside"), row.at("outside6")};
    if (by == kAskedByNames.end() || !is_nonce(port.nonce))
      throw std::invalid_argument("a port that is none");
    ports_[port.port] = {port, static_cast<AskedBy>(by - kAskedByNames.begin())};
  }
}

ReachBook::ReachBook(const std::filesystem::path& state) : file_(kFile, state) {
  if (!file_.read([this](const json& kept) { read(kept); })) ports_.clear();
}

void ReachBook::want_by(const std::string& device) {
  if (device != device_) file_.note_change();
  device_ = device;
}

void ReachBook::want(const std::set<uint16_t>& ports) {
  wanted_ = ports;
  for (const uint16_t port : ports) {
    if (ports_.contains(port)) continue;
    ports_[port] = {{.port = port, .nonce = make_nonce()}, AskedBy::kPcp};
    file_.note_change();
  }
  const auto is_over = [&](const auto& one) {
    return !wanted_.contains(one.first) && one.second.port.outside == 0 && one.second.port.outside6 == 0;
  };
  if (std::erase_if(ports_, is_over) != 0) file_.note_change();
}

std::vector<PortOfOurs> ReachBook::wanted() const {
  std::vector<PortOfOurs> all;
  for (const auto& [port, kept] : ports_)
    if (wanted_.contains(port)) all.push_back(kept.port);
  return all;
}

std::vector<PortToReturn> ReachBook::to_return() const {
  std::vector<PortToReturn> all;
  for (const auto& [port, kept] : ports_)
    if (!wanted_.contains(port)) all.push_back({kept.port, kept.by});
  return all;
}

void ReachBook::note(const ReachNews& news) {
  for (const PortNews& one : news.ports) {
    const auto at = ports_.find(one.port);
    if (at == ports_.end()) continue;
    Kept now = at->second;
    if (one.router.outside) {
      now.port.outside = one.router.outside->port;
      now.by = one.router.by;
    }
    if (one.router6.outside) now.port.outside6 = one.router6.outside->port;
    if (now.port == at->second.port && now.by == at->second.by) continue;
    at->second = now;
    file_.note_change();
  }
  for (const uint16_t port : news.returned)
    if (!wanted_.contains(port) && ports_.erase(port) != 0) file_.note_change();
}

Result<> ReachBook::keep() {
  if (file_.is_kept()) return {};
  json rows = json::array();
  for (const auto& [port, kept] : ports_)
    rows.push_back({{"port", port},
                    {"nonce", kept.port.nonce},
                    {"by", to_string(kept.by)},
                    {"outside", kept.port.outside},
                    {"outside6", kept.port.outside6}});
  return file_.keep({{"device", device_}, {"ports", std::move(rows)}});
}

}   // namespace sluice
