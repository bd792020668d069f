// SPDX-License-Identifier: GPL-2.0-or-later
// A document that says itself what its networks, its pods, clients of its relay and users of SSH were
// allotted.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "config/complaints.hpp"
#include "config/config.hpp"
#include "config/edit.hpp"
#include "config/parse.hpp"
#include "config/values.hpp"

namespace sluice {
namespace config {
namespace {

// Members that an object gets.
struct Addition {
  explicit Addition(const Node* of) : object(of) {}
  const Node* object;
  std::vector<std::string> items;
  std::string instead;   // of the whole value; empty: it stays
};

size_t count_of(const Node& one_or_list) { return one_or_list.kind == Kind::kList ? one_or_list.count : 1; }

void add_value(Addition& addition, const char* key, const std::string& json) {
  if (!addition.object->member(key)) addition.items.push_back(fmt::format("\"{}\": {}", key, json));
}

template <class T>
void add_text(Addition& addition, const char* key, const std::optional<T>& value) {
  if (value) add_value(addition, key, json_string(value->to_string()));
}

Addition of_network(const Node& node, const Network& network) {
  Addition addition(&node);
  if (network.port) add_value(addition, "port", std::to_string(*network.port));
  if (network.vcid) add_value(addition, "vcid", std::to_string(*network.vcid));
  if (network.vni) add_value(addition, "vni", std::to_string(*network.vni));
  if (const auto mtu = network.mtu ? network.mtu : network.told_mtu)
    add_value(addition, "mtu", std::to_string(*mtu));
  add_text(addition, "subnet", network.subnet);
  add_text(addition, "subnet6", network.subnet6);
  add_value(addition, "zone", json_string(network.zone));
  add_value(addition, "vrf", json_string(network.vrf));
  return addition;
}

Addition of_endpoint(const Node& node, const NetworkEndpoint& endpoint) {
  Addition addition(&node);
  add_text(addition, "address", endpoint.address);
  add_text(addition, "address6", endpoint.address6);
  return addition;
}

template <class T>
const T* find_named(const std::vector<T>& all, std::string_view name) {
  const auto at = std::ranges::find(all, name, &T::name);
  return at == all.end() ? nullptr : &*at;
}

// Those of an object's members that one of `all` is named as; no object: none.
template <class T, class Add>
void each_named(const Node* object, const std::vector<T>& all, const Add& add) {
  if (!object) return;
  for (const Node& node : object->children())
    if (const T* found = find_named(all, node.key)) add(node, *found);
}

Addition of_pod(const Node& node, const Pod& pod) {
  Addition addition(&node);
  add_text(addition, "address", pod.address);
  return addition;
}

void add_services(const Node& node, const Pod& pod, std::vector<Addition>& all) {
  const Node* services = node.member("services");
  if (!services) return;
  for (const Node& one : services->children()) {
    const PodService* service = find_named(pod.services, one.member("name")->text);
    if (service && service->outside_port)
      add_value(all.emplace_back(&one), "outside_port", std::to_string(*service->outside_port));
  }
}

Addition of_client(const Node& node, const RelayClient& client) {
  Addition addition(&node);
  if (client.port) add_value(addition, "port", std::to_string(*client.port));
  add_text(addition, "address", client.address);
  add_text(addition, "address6", client.address6);
  return addition;
}

// A user whose boxes stand alone becomes an object.
Addition of_user(const Node& node, const SshUser& user) {
  Addition addition(&node);
  std::string ports = fmt::format("{}", fmt::join(user.ports, ", "));
  if (user.ports.size() > 1) ports = fmt::format("[{}]", ports);
  const Node* said = node.kind == Kind::kObject ? node.member("port") : nullptr;
  if (!said) {
    addition.items.push_back(fmt::format("\"port\": {}", ports));
  } else if (count_of(*said) < user.ports.size()) {
    addition.object = said;
    addition.instead = ports;
  }
  return addition;
}

std::vector<Addition> additions(const Tree& tree, const Document& resolved) {
  std::vector<Addition> all;
  each_named(tree.root().member("networks"), resolved.networks,
             [&](const Node& node, const Network& network) {
               all.push_back(of_network(node, network));
               each_named(node.member("endpoints"), network.endpoints,
                          [&](const Node& one, const NetworkEndpoint& endpoint) {
                            all.push_back(of_endpoint(one, endpoint));
                          });
             });
  each_named(tree.root().member("pods"), resolved.pods, [&](const Node& node, const Pod& pod) {
    all.push_back(of_pod(node, pod));
    add_services(node, pod, all);
  });
  const Node* relay = tree.root().member("relay");
  if (relay && resolved.relay)
    each_named(relay->member("clients"), resolved.relay->clients,
               [&](const Node& node, const RelayClient& client) { all.push_back(of_client(node, client)); });
  const Node* ssh = tree.root().member("ssh");
  if (ssh && resolved.ssh)
    each_named(ssh->member("users"), resolved.ssh->users,
               [&](const Node& node, const SshUser& user) { all.push_back(of_user(node, user)); });
  return all;
}

// Its own text as one of the members.
std::string as_object(std::string_view text, const Addition& addition) {
  const Node& node = *addition.object;
  const std::string_view own = text.substr(node.begin, node.end - node.begin);
  return fmt::format("{{ \"box\": {}, {} }}", own, fmt::join(addition.items, ", "));
}

std::string add_to(const std::string& text, const Addition& addition) {
  const Node& node = *addition.object;
  if (node.kind == Kind::kObject) return insert_last(text, node, addition.items);
  const std::string instead = addition.instead.empty() ? as_object(text, addition) : addition.instead;
  return std::string(text).replace(node.begin, node.end - node.begin, instead);
}

}   // namespace
}   // namespace config

// From the end to the beginning: what was not come to yet is still where the tree says.
Result<std::string> write_out_allotted(std::string_view text, std::string_view file_name,
                                       const Document& resolved) {
  const config::Tree tree = TRY(config::parse_or_fail(text, file_name));
  auto all = config::additions(tree, resolved);
  std::ranges::sort(all, std::greater(), [](const config::Addition& one) { return one.object->end; });
  std::string written(text);
  for (const config::Addition& one : all)
    if (!one.items.empty() || !one.instead.empty()) written = config::add_to(written, one);
  return written;
}

}   // namespace sluice
