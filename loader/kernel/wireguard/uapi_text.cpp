// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/wireguard/uapi_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <iterator>
#include <span>

#include "base/hex.hpp"
#include "kernel/wireguard/readings.hpp"

namespace sluice {
namespace {

// Appends, because a change of a thousand peers has many lines.
class ChangeText {
 public:
  void add(const TunnelChange& change) {
    line("set", "1");
    if (change.private_key) key("private_key", *change.private_key);
    if (change.port) number("listen_port", *change.port);
    if (change.mark) number("fwmark", *change.mark);
    for (const WireguardKey& gone : change.removed) remove(gone);
    for (const TunnelPeer& peer : change.changed) put(peer, true);
    for (const TunnelPeer& peer : change.added) put(peer, false);
    text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  void line(std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{}={}\n", name, value);
  }
  void number(std::string_view name, uint64_t value) {
    fmt::format_to(std::back_inserter(text_), "{}={}\n", name, value);
  }
  void key(std::string_view name, const WireguardKey& value) { line(name, hex_of(value)); }

  void remove(const WireguardKey& gone) {
    key("public_key", gone);
    line("remove", "true");
  }

  void put(const TunnelPeer& peer, bool is_there) {
    key("public_key", peer.public_key);
    if (is_there) line("update_only", "true");
    key("preshared_key", peer.preshared.value_or(WireguardKey{}));   // zeros: none
    if (peer.dial) line("endpoint", to_string(*peer.dial));
    number("persistent_keepalive_interval", static_cast<uint64_t>(peer.keepalive.count()));
    line("replace_allowed_ips", "true");
    for (const Prefix& prefix : peer.allowed) line("allowed_ip", prefix.to_string());
  }

  std::string text_;
};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && !text.empty();
}

// A link-local address has a zone, which no document can name.
std::optional<Endpoint> read_endpoint(std::string_view text) {
  const size_t zone = text.find('%'), end = text.find(']');
  if (zone == std::string_view::npos || end == std::string_view::npos || end < zone)
    return parse_endpoint(text);
  return parse_endpoint(std::string(text.substr(0, zone)).append(text.substr(end)));
}

class TunnelReader {
 public:
  TunnelReader() { seen_.userspace = true; }

  // False: a word that is known says something that makes no sense.
  bool take(std::string_view name, std::string_view value) {
    if (name == "public_key") return begin_peer(value);
    for (const Word& word : peer_ ? std::span<const Word>(kOfPeer) : std::span<const Word>(kOfDevice))
      if (word.name == name) return (this->*word.take)(value);
    return true;
  }

  ObservedTunnel finish() {
    note_handshake();
    return std::move(seen_);
  }

 private:
  struct Word {
    std::string_view name;
    bool (TunnelReader::*take)(std::string_view);
  };

  bool take_private_key(std::string_view value) { return read_hex(value, seen_.tunnel.private_key); }
  bool take_port(std::string_view value) { return read_number(value, seen_.tunnel.port); }
  bool take_mark(std::string_view value) { return read_number(value, seen_.tunnel.mark); }

  bool begin_peer(std::string_view value) {
    note_handshake();
    WireguardKey key{};
    if (!read_hex(value, key)) return false;
    peer_ = &seen_.tunnel.peers[key];
    state_ = &seen_.states[key];
    peer_->public_key = key;
    return true;
  }

  bool take_preshared(std::string_view value) {
    WireguardKey key{};
    if (!read_hex(value, key)) return false;
    peer_->preshared = preshared_of(key);
    return true;
  }
  bool take_endpoint(std::string_view value) {
    state_->endpoint = read_endpoint(value);
    return state_->endpoint.has_value();
  }
  bool take_keepalive(std::string_view value) {
    uint16_t seconds = 0;
    const bool good = read_number(value, seconds);
    peer_->keepalive = std::chrono::seconds(seconds);
    return good;
  }
  bool take_allowed(std::string_view value) {
    const auto prefix = Prefix::parse(value);
    if (prefix) peer_->allowed.insert(*prefix);
    return prefix.has_value();
  }
  bool take_received(std::string_view value) { return read_number(value, state_->rx_bytes); }
  bool take_sent(std::string_view value) { return read_number(value, state_->tx_bytes); }
  bool take_seconds(std::string_view value) { return read_number(value, seconds_); }
  bool take_nanoseconds(std::string_view value) { return read_number(value, nanoseconds_); }

  // It comes in two lines.
  void note_handshake() {
    if (state_) state_->last_handshake = handshake_at(seconds_, nanoseconds_);
    seconds_ = nanoseconds_ = 0;
  }

  static const std::array<Word, 3> kOfDevice;
  static const std::array<Word, 8> kOfPeer;

  ObservedTunnel seen_;
  TunnelPeer* peer_ = nullptr;   // that the lines speak of; null: of the device. Maps keep their places
  PeerState* state_ = nullptr;
  uint64_t seconds_ = 0, nanoseconds_ = 0;
};

const std::array<TunnelReader::Word, 3> TunnelReader::kOfDevice{
    {{"private_key", &TunnelReader::take_private_key},
     {"listen_port", &TunnelReader::take_port},
     {"fwmark", &TunnelReader::take_mark}}};
const std::array<TunnelReader::Word, 8> TunnelReader::kOfPeer{
    {{"preshared_key", &TunnelReader::take_preshared},
     {"endpoint", &TunnelReader::take_endpoint},
     {"persistent_keepalive_interval", &TunnelReader::take_keepalive},
     {"allowed_ip", &TunnelReader::take_allowed},
     {"last_handshake_time_sec", &TunnelReader::take_seconds},
     {"last_handshake_time_nsec", &TunnelReader::take_nanoseconds},
     {"rx_bytes", &TunnelReader::take_received},
     {"tx_bytes", &TunnelReader::take_sent}}};

struct TextLine {
  std::string_view name, value;
};

// The next "name=value"; nothing behind the empty line that ends the answer.
std::optional<TextLine> take_line(std::string_view& left) {
  const size_t end = left.find('\n');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  const std::string_view line = left.substr(0, end);
  left.remove_prefix(end + 1);
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) return TextLine{line, ""};
  return TextLine{line.substr(0, equals), line.substr(equals + 1)};
}

}   // namespace

std::string tunnel_change_text(const TunnelChange& change) {
  ChangeText text;
  text.add(change);
  return text.take();
}

Result<> parse_tunnel_verdict(std::string_view answer) {
  while (const auto line = take_line(answer)) {
    if (line->name != "errno") continue;
    int number = 0;
    if (!read_number(line->value, number) || number == INT_MIN) break;
    if (number == 0) return {};
    return fail_errno("wireguard-go refuses it", std::abs(number));
  }
  return fail("wireguard-go's answer has no end");
}

Result<ObservedTunnel> parse_tunnel_text(std::string_view answer) {
  TRY(parse_tunnel_verdict(answer));
  TunnelReader reader;
  while (const auto line = take_line(answer))
    if (!reader.take(line->name, line->value))
      return fail(fmt::format("wireguard-go's answer makes no sense at \"{}\"", line->name));
  return reader.finish();
}

}   // namespace sluice
