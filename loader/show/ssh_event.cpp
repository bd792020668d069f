// SPDX-License-Identifier: GPL-2.0-or-later
#include "show/ssh_event.hpp"

#include <fmt/format.h>
#include <syslog.h>

#include "base/text.hpp"

namespace sluice {
namespace {

using std::chrono::system_clock;
using Way = SshConnection::Way;

constexpr std::string_view kConnectedId = "31cd989820b64735b2b8630eca5c8731";
constexpr std::string_view kMoreId = "199ec62f563c46b39e51664d3ed79862";

std::string_view word_of(Way way) {
  switch (way) {
    case Way::kPort: return "port";
    case Way::kJump: return "jump";
    case Way::kInside: return "inside";
  }
  return "inside";
}

std::string who_of(const SshConnection& one) {
  const std::string from = to_string(Endpoint{.address = one.source, .port = one.source_port});
  if (one.way == Way::kJump)
    return one.login.empty() ? fmt::format("the gateway ({})", from)
                             : fmt::format("login {} of the gateway ({})", one.login, from);
  return one.endpoint.empty() ? from : fmt::format("endpoint {} ({})", one.endpoint, from);
}

std::string how_of(const SshConnection& one) {
  return one.way == Way::kPort ? fmt::format(" by port {}", one.outside_port) : "";
}

}   // namespace

EventEntry entry_of(const SshConnection& one, system_clock::time_point time) {
  EventEntry entry{LOG_INFO, kConnectedId, "", {}};
  const std::string box = one.box.to_string();
  entry.message =
      fmt::format("user \"{}\": {} is connected to box {}{}", one.user, who_of(one), box, how_of(one));
  auto& fields = entry.fields;
  fields = {{"time", rfc3339_milliseconds(time)},
            {"event", "ssh-connected"},
            {"user", one.user},
            {"way", word_of(one.way)},
            {"source", one.source.to_string()},
            {"source_port", one.source_port},
            {"box", box},
            {"box_port", kSshPort}};
  if (one.outside_port) fields["outside_port"] = one.outside_port;
  if (!one.login.empty()) fields["login"] = one.login;
  fields["vrf"] = one.vrf;
  if (const size_t slash = one.endpoint.find('/'); slash != std::string::npos) {
    fields["network"] = one.endpoint.substr(0, slash);
    fields["endpoint"] = one.endpoint.substr(slash + 1);
  }
  return entry;
}

EventEntry entry_of_more_connections(size_t count, system_clock::time_point time) {
  return {LOG_WARNING,
          kMoreId,
          fmt::format("{} more connections to boxes began at once and are not told one by one",
                      with_commas(count)),
          {{"time", rfc3339_milliseconds(time)}, {"event", "ssh-more"}, {"count", count}}};
}

}   // namespace sluice
