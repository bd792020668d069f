// SPDX-License-Identifier: GPL-2.0-or-later
// Containers as their engine's plugin tells of them (docs/containers.md).
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>

#include "base/name.hpp"
#include "base/number.hpp"
#include "base/protocol.hpp"
#include "base/text.hpp"
#include "daemon/service.hpp"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr size_t kLongestId = 128, kLongestSpace = 128, kMostPorts = 4096;
constexpr uint8_t kShortestSubnet4 = 8, kLongestSubnet4 = 30, kShortestSubnet6 = 16, kLongestSubnet6 = 126;

std::unexpected<Error> wrong(std::string_view what, std::string_view text, std::string_view right) {
  return fail(fmt::format("\"{}\" is no {} ({})", text, what, right), ErrorKind::kUsage);
}

bool consists_of_name_characters(std::string_view text) {
  return std::ranges::all_of(
      text, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '_' || c == '-'; });
}

Result<> expect_identity(const ContainerName& name) {
  if (name.id.size() > kLongestId || !consists_of_name_characters(name.id))
    return wrong("container ID", name.id, "at most 128 letters, digits, \".\", \"_\" and \"-\"");
  if (name.interface.size() >= IFNAMSIZ || !consists_of_name_characters(name.interface) ||
      name.interface == "." || name.interface == "..")
    return wrong("name of an interface", name.interface,
                 "at most 15 letters, digits, \".\", \"_\" and \"-\"");
  return {};
}

// A name that is mounted, as engines and `ip netns` make them. The unit of the service sees no other process.
Result<std::string> read_space(const std::string& path) {
  const auto is_wrong = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if ((path.starts_with("/run/") || path.starts_with("/var/run/")) && path.size() <= kLongestSpace &&
      path.find("/../") == std::string::npos && std::ranges::none_of(path, is_wrong))
    return path;
  return wrong("network namespace", path, "a path below /run, such as \"/run/netns/NAME\"");
}

Result<Prefix> read_subnet(const std::string& text, Family family, uint8_t shortest, uint8_t longest) {
  const auto prefix = Prefix::parse(text);
  if (prefix && prefix->address.family() == family && prefix->length >= shortest && prefix->length <= longest)
    return *prefix;
  return wrong("subnet", text,
               fmt::format("an {} network with a length from {} to {} and no host bits",
                           family == Family::kIpv4 ? "IPv4" : "IPv6", shortest, longest));
}

Result<std::optional<IpAddress>> read_asked(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, text.find('/')));
  if (address && address->is_ipv4()) return address;
  return wrong("IPv4 address", text, "such as \"172.20.1.11\"");
}

// "8080:80/tcp", "203.0.113.1:8080:80/tcp", "[2001:db8::1]:53:53/udp"
Result<ContainerPort> read_port(const std::string& text) {
  const auto no_port = [&] {
    return wrong("port of a container", text,
                 "[ADDRESS:]PORT:PORT/tcp or /udp; of the gateway's addresses, those that others can reach");
  };
  const size_t slash = text.rfind('/'), last = text.rfind(':', slash);
  if (slash == std::string::npos || last == std::string::npos || last == 0) return no_port();
  const size_t first = text.rfind(':', last - 1);
  ContainerPort port;
  if (first != std::string::npos) {
    std::string address = text.substr(0, first);
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    port.host = IpAddress::parse(address);
    if (!port.host || port.host->is_loopback() || port.host->is_multicast()) return no_port();
    if (port.host->is_unspecified()) port.host.reset();
  }
  const size_t start = first == std::string::npos ? 0 : first + 1;
  const auto host_port = whole_number<uint16_t>(std::string_view(text).substr(start, last - start));
  const auto inner = whole_number<uint16_t>(std::string_view(text).substr(last + 1, slash - last - 1));
  const std::string protocol = text.substr(slash + 1);
  if (!host_port || !inner || !*host_port || !*inner || (protocol != "tcp" && protocol != "udp"))
    return no_port();
  port.host_port = *host_port;
  port.port = *inner;
  port.protocol = protocol == "tcp" ? IPPROTO_TCP : IPPROTO_UDP;
  return port;
}

Result<Container> read(const ContainerRequest& request) {
  TRY(expect_identity(request.name));
  Container container;
  container.id = request.name.id;
  container.interface = request.name.interface;
  if (is_name(request.called)) container.name = request.called;
  container.network = request.network;
  container.zone = request.zone;
  container.pod = request.pod;
  container.space = TRY(read_space(request.space));
  container.subnet = TRY(read_subnet(request.subnet, Family::kIpv4, kShortestSubnet4, kLongestSubnet4));
  if (!request.subnet6.empty())
    container.subnet6 = TRY(read_subnet(request.subnet6, Family::kIpv6, kShortestSubnet6, kLongestSubnet6));
  container.asked = TRY(read_asked(request.address));
  if (request.ports.size() > kMostPorts)
    return fail(fmt::format("{} ports are more than {}", request.ports.size(), kMostPorts),
                ErrorKind::kUsage);
  for (const std::string& text : request.ports) container.ports.push_back(TRY(read_port(text)));
  return container;
}

}   // namespace

ApiResult GatewayService::attach_container(const ContainerRequest& request) {
  const Container container = TRY(gateway_.attach(TRY(read(request))));
  spdlog::info("container \"{}\" is attached to zone \"{}\" with {} ({})", title_of(container),
               container.pod.empty() ? container.zone : container.pod, container.address.to_string(),
               request.who);
  after_apply_();
  return json{{"container", show_container(gateway_, container)}};
}

ApiResult GatewayService::detach_container(const ContainerName& name) {
  TRY(gateway_.detach({name.id, name.interface}));
  spdlog::info("container {} is detached", name.id);
  after_apply_();
  return json::object();
}

Result<json> GatewayService::missing_of_container(const ContainerName& name) {
  json addresses = json::array();
  for (const Container& one : gateway_.containers())
    if (one.id == name.id && one.interface == name.interface)
      for (const auto& address : {std::optional(one.address), one.address6})
        if (address) addresses.push_back(address->to_string());
  return json{{"missing", TRY(gateway_.missing_of({name.id, name.interface}))},
              {"addresses", std::move(addresses)}};
}

}   // namespace sluice
