// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/listening.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/values.hpp"

namespace sluice::config {

Endpoint read_listening(const Node& node, std::string_view example, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  const auto place = text ? parse_endpoint(*text) : std::nullopt;
  if (place && place->port != 0) return *place;
  if (text)
    complaints.say(node, fmt::format("{} is not an address with a port", quote(*text)), std::string(example));
  return {};
}

void check_listening(Draft& draft, const Endpoint& listen, const Node& node, std::string_view key) {
  const auto say = [&](const std::string& whose) {
    draft.complaints.say(place(node, key), fmt::format("port {} is that of {}", listen.port, whose),
                         "another port");
  };
  if (draft.relay && draft.relay->value.tcp == listen.port) say("the relay over TLS");
  if (draft.ssh && draft.ssh->value.ports.contains(listen.port)) say("boxes of ssh");
  if (!draft.front) return;
  const Front& front = draft.front->value;
  if ((front.http == listen.port || front.https == listen.port) &&
      std::ranges::find(front.listen, listen.address) != front.listen.end())
    say("the front");
}

}   // namespace sluice::config
