// SPDX-License-Identifier: GPL-2.0-or-later
// What strangers send to the port of gateways that share state: nothing comes of it without the key, however
// it is cut. Lines that are understood say the same when they are written and read again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sync/channel.hpp"
#include "sync/wire.hpp"

namespace {

using namespace sluice;

// Whether it was refused.
bool refuses_in_pieces(SyncChannel& channel, std::string_view bytes, size_t piece) {
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const auto messages = channel.take(bytes.substr(at, piece));
    if (!messages) return true;
    if (!messages->empty() || channel.is_open()) std::abort();
  }
  return false;
}

// With the label before it, bytes get as far as the header and a length.
void feed_channel(const std::string& bytes, size_t piece) {
  for (const SyncSide side : {SyncSide::kDialler, SyncSide::kListener})
    for (const std::string& stream : {bytes, "sluice-sync1" + bytes}) {
      SyncChannel whole(side, SyncKey{7}), cut(side, SyncKey{7});
      const bool at_once = refuses_in_pieces(whole, stream, std::max<size_t>(stream.size(), 1));
      if (at_once != refuses_in_pieces(cut, stream, piece)) std::abort();
    }
}

std::string written(const SyncRequest& request) {
  if (const auto* order = std::get_if<SyncOrder>(&request)) return encode_sync_order(*order);
  if (const auto* all = std::get_if<SyncAll>(&request)) return encode_sync_all(all->payload);
  return encode_sync_back(std::get<SyncBack>(request).to, std::get<SyncBack>(request).payload);
}

std::string written(const SyncReport& report) {
  if (const auto* news = std::get_if<SyncNews>(&report)) return encode_sync_news(*news);
  if (const auto* from = std::get_if<SyncFrom>(&report)) return encode_sync_from(from->from, from->payload);
  return encode_sync_answer(std::get<SyncAnswer>(report).from, std::get<SyncAnswer>(report).payload);
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  feed_channel(bytes, size_t{data[0]} + 1);
  if (const auto request = decode_sync_request(bytes))
    if (decode_sync_request(written(*request)).value() != *request) std::abort();
  if (const auto report = decode_sync_report(bytes))
    if (decode_sync_report(written(*report)).value() != *report) std::abort();
  if (const auto node = decode_sync_greeting(bytes))
    if (decode_sync_greeting(encode_sync_greeting(*node)).value() != *node) std::abort();
  return 0;
}
