// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/container_book.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "gateway/networks.hpp"
#include "kernel/netns/space.hpp"
#include "pod/expand_containers.hpp"

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::string_view kContainersNote = "containers";   // in the store

json text_or_null(const auto& value) { return value ? json(value->to_string()) : json(nullptr); }

json json_of(const ContainerPort& port) {
  return {{"protocol", port.protocol},
          {"host", text_or_null(port.host)},
          {"host_port", port.host_port},
          {"port", port.port}};
}

json json_of(const Container& one) {
  json ports = json::array();
  for (const ContainerPort& port : one.ports) ports.push_back(json_of(port));
  return {{"id", one.id},
          {"interface", one.interface},
          {"name", one.name},
          {"network", one.network},
          {"zone", one.zone},
          {"pod", one.pod},
          {"space", one.space},
          {"number", one.number},
          {"subnet", one.subnet.to_string()},
          {"subnet6", text_or_null(one.subnet6)},
          {"ports", std::move(ports)},
          {"device", one.device},
          {"address", one.address.to_string()},
          {"address6", text_or_null(one.address6)},
          {"since", one.since}};
}

// What is no such value ends the reading: nothing of another shape was ever written.
template <class T>
T value_of(const json& text) {
  auto value = T::parse(text.template get<std::string>());
  if (!value) throw json::other_error::create(501, "no such value", &text);
  return *value;
}

template <class T>
std::optional<T> value_or_none(const json& text) {
  return text.is_null() ? std::nullopt : std::optional(value_of<T>(text));
}

ContainerPort read_port(const json& row) {
  return {.protocol = row.at("protocol"),
          .host = value_or_none<IpAddress>(row.at("host")),
          .host_port = row.at("host_port"),
          .port = row.at("port")};
}

Container read_container(const json& row) {
  Container one;
  one.id = row.at("id");
  one.interface = row.at("interface");
  one.name = row.at("name");
  one.network = row.at("network");
  one.zone = row.at("zone");
  one.pod = row.at("pod");
  one.space = row.at("space");
  one.number = row.at("number");
  one.subnet = value_of<Prefix>(row.at("subnet"));
  one.subnet6 = value_or_none<Prefix>(row.at("subnet6"));
  for (const json& port : row.at("ports")) one.ports.push_back(read_port(port));
  one.device = row.at("device");
  one.address = value_of<IpAddress>(row.at("address"));
  one.address6 = value_or_none<IpAddress>(row.at("address6"));
  one.since = row.at("since");
  return one;
}

bool lives(const Container& container, const Observed& seen) {
  const auto link = seen.links.find(container.device);
  if (link != seen.links.end())
    if (const auto* veth = std::get_if<VethLink>(&link->second.parameters))
      if (veth->is_others() && veth->number == container.number) return true;
  const auto space = open_space(container.space);
  return space && space->number == container.number;
}

}   // namespace

std::string text_of(const Containers& containers) {
  json attached = json::array(), last = json::object();
  for (const Container& one : containers.attached) attached.push_back(json_of(one));
  for (const auto& [subnet, pair] : containers.last) last[subnet.to_string()] = pair;
  return json{{"attached", std::move(attached)}, {"last", std::move(last)}}.dump();
}

Result<Containers> parse_containers(std::string_view text) try {
  Containers containers;
  const json read = json::parse(text);
  for (const json& row : read.at("attached")) containers.attached.push_back(read_container(row));
  for (const auto& [subnet, pair] : read.at("last").items())
    containers.last[value_of<Prefix>(json(subnet))] = pair;
  return containers;
} catch (const json::exception& error) {
  return fail(std::string("what is kept of containers cannot be read: ") + error.what());
}

std::vector<Container> living(const std::vector<Container>& containers, const Observed& seen) {
  std::vector<Container> alive;
  std::ranges::copy_if(containers, std::back_inserter(alive),
                       [&](const Container& one) { return lives(one, seen); });
  return alive;
}

void ContainerBook::take_up(Store& store) {
  const auto text = store.note(kContainersNote);
  if (!text || !*text) return;
  auto read = parse_containers(**text);
  if (!read) return spdlog::warn("{}", read.error().message);
  all_ = std::move(*read);
  kept_ = **text;
}

Result<> ContainerBook::keep(Store& store) {
  std::string text = text_of(all_);
  if (text == kept_ || (kept_.empty() && all_.attached.empty())) return {};
  TRY(store.note(kContainersNote, text));
  kept_ = std::move(text);
  return {};
}

Result<> ContainerBook::collect(const Observed& seen, Store& store) {
  std::vector<Container> alive = living(all_.attached, seen);
  if (alive.size() == all_.attached.size()) return {};
  for (const Container& one : all_.attached)
    if (std::ranges::none_of(alive, [&](const Container& other) { return is_same_attachment(one, other); }))
      spdlog::info("container \"{}\" is gone: {} is free again", title_of(one), one.address.to_string());
  all_.attached = std::move(alive);
  return keep(store);
}

std::vector<std::string> ContainerBook::place(Document& document, const Observed& seen) const {
  if (all_.attached.empty()) return {};
  const auto taken = addresses_of_document(document);
  return expand_containers(document, living(all_.attached, seen), taken);
}

Result<> expect_place(const std::vector<std::string>& left_out) {
  if (left_out.empty()) return {};
  return fail(fmt::format("containers that run have no place in this document: {}; end them first",
                          join(left_out, "; ")),
              ErrorKind::kInvalidDocument);
}

}   // namespace sluice
