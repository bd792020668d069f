// SPDX-License-Identifier: GPL-2.0-or-later
#include "dns/cache.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::dns {
namespace {

constexpr size_t kRowOfTables = 256;   // what an entry costs beside its bytes, about

// Most replies have nothing that is taken out, and are kept once.
size_t bytes_beside(const Cache::SharedReply& reply, const Cache::SharedReply& cleaned) {
  return cleaned == reply ? 0 : cleaned->bytes();
}

std::string text_of_client(const IpAddress& client) { return {client.bytes().begin(), client.bytes().end()}; }

}   // namespace

std::string key_of(const Query& query) {
  std::string key = query.name;
  key.push_back('\0');
  key.push_back(static_cast<char>(query.type >> 8));
  key.push_back(static_cast<char>(query.type));
  key.push_back(static_cast<char>(query.dnssec << 2 | query.unchecked << 1 | query.asks_for_ad));
  return key;
}

IpAddress client_of(const IpAddress& address) {
  if (address.is_ipv4()) return address;
  std::array<uint8_t, 16> bytes = address.bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return IpAddress::from_bytes(bytes);
}

Cache::Found Cache::find(const std::string& key, Clock::time_point now) {
  const auto at = by_key_.find(key);
  if (at == by_key_.end()) return {};
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - at->second->came);
  if (age >= at->second->reply->lives) {
    remove(at->second);
    return {};
  }
  entries_.splice(entries_.begin(), entries_, at->second);
  return {at->second->reply, age, at->second->cleaned};
}

void Cache::put(const std::string& key, SharedReply reply, const IpAddress& client, Clock::time_point now) {
  const size_t bytes = reply->bytes() + 2 * key.size() + kRowOfTables;
  if (reply->lives.count() == 0 || bytes > most_of_client_) return;
  if (const auto at = by_key_.find(key); at != by_key_.end()) remove(at->second);
  entries_.push_front({key, std::move(reply), {}, client, now, 0, {}});
  by_key_.emplace(key, entries_.begin());
  Share& share = shares_[text_of_client(client)];
  share.entries.push_front(&entries_.front());
  entries_.front().in_client = share.entries.begin();
  put_bytes(entries_.front(), bytes);
}

// Others go where it is too much. No entry is larger than a share, so the share stays.
void Cache::put_bytes(Entry& entry, size_t bytes) {
  Share& share = shares_.at(text_of_client(entry.client));
  share.bytes += bytes - entry.bytes;
  bytes_ += bytes - entry.bytes;
  entry.bytes = bytes;
  while (share.bytes > most_of_client_) remove(by_key_.at(share.entries.back()->key));
  while (bytes_ > most_) remove(std::prev(entries_.end()));
}

void Cache::keep_cleaned(const std::string& key, const SharedReply& reply, SharedReply cleaned) {
  const auto at = by_key_.find(key);
  if (at == by_key_.end() || at->second->reply != reply || at->second->cleaned) return;
  const size_t bytes = at->second->bytes + bytes_beside(reply, cleaned);
  if (bytes > most_of_client_) return;
  at->second->cleaned = std::move(cleaned);
  put_bytes(*at->second, bytes);
}

void Cache::forget_cleaned() {
  for (Entry& entry : entries_)
    if (const SharedReply cleaned = std::exchange(entry.cleaned, nullptr))
      put_bytes(entry, entry.bytes - bytes_beside(entry.reply, cleaned));
}

void Cache::clear() {
  while (!entries_.empty()) remove(entries_.begin());
}

void Cache::remove(Entries::iterator entry) {
  const auto share = shares_.find(text_of_client(entry->client));
  share->second.entries.erase(entry->in_client);
  share->second.bytes -= entry->bytes;
  if (share->second.entries.empty()) shares_.erase(share);
  bytes_ -= entry->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}   // namespace sluice::dns
