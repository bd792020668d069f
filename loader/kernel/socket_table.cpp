// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/socket_table.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

constexpr size_t kLongestSocketTable = size_t{64} << 20;
// "0: 0100007F:0016 0200007F:8C1E 01 00000000:00000000 00:00000000 00000000 4001 0 4711 …": number, own end,
// peer, state, queues, timer, retransmissions, user, timeout, inode.
constexpr size_t kOwnColumn = 1, kPeerColumn = 2, kStateColumn = 3, kUserColumn = 7, kInodeColumn = 9;
constexpr size_t kWordDigits = 8;

template <class Number>
std::optional<Number> hexadecimal(std::string_view text) {
  Number number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

// Words of 32 bits, each as the CPU sees it: "0100007F" is 127.0.0.1 on a little one.
std::optional<IpAddress> address_of_words(std::string_view text) {
  std::array<uint8_t, 16> bytes{};
  if (text.size() != kWordDigits && text.size() != 4 * kWordDigits) return std::nullopt;
  const size_t words = text.size() / kWordDigits;
  for (size_t i = 0; i < words; ++i) {
    const auto word = hexadecimal<uint32_t>(text.substr(i * kWordDigits, kWordDigits));
    if (!word) return std::nullopt;
    std::memcpy(bytes.data() + 4 * i, &*word, sizeof(*word));
  }
  if (words == 4) return IpAddress::from_bytes(bytes);
  return IpAddress::from_ipv4_bytes({bytes[0], bytes[1], bytes[2], bytes[3]});
}

std::optional<Endpoint> end_of_socket(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = address_of_words(text.substr(0, colon));
  const auto port = hexadecimal<uint16_t>(text.substr(colon + 1));
  return address && port ? std::optional(Endpoint{*address, *port}) : std::nullopt;
}

std::optional<SocketRow> socket_row(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) words.push_back(word);
  if (words.size() <= kStateColumn) return std::nullopt;
  const auto own = end_of_socket(words[kOwnColumn]);
  const auto state = hexadecimal<uint8_t>(words[kStateColumn]);
  if (!own || !state) return std::nullopt;
  SocketRow row{.own = *own,
                .peer = end_of_socket(words[kPeerColumn]),
                .state = *state,
                .user = std::nullopt,
                .inode = std::nullopt};
  if (words.size() > kUserColumn) row.user = whole_number<uint32_t>(words[kUserColumn]);
  if (words.size() > kInodeColumn) row.inode = whole_number<uint64_t>(words[kInodeColumn]);
  return row;
}

}   // namespace

std::vector<SocketRow> socket_rows(std::string_view table) {
  std::vector<SocketRow> rows;
  for (const std::string_view text : split(table, '\n'))
    if (const auto row = socket_row(text)) rows.push_back(*row);
  return rows;
}

std::string read_socket_table(const std::string& name) {
  return read_file("/proc/thread-self/net/" + name, kLongestSocketTable).value_or("");
}

}   // namespace sluice
