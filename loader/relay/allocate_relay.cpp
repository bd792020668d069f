// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay/allocate_relay.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

#include "base/number.hpp"
#include "base/text.hpp"
#include "network/allotment_book.hpp"
#include "network/device_names.hpp"
#include "network/free_space.hpp"

namespace sluice {
namespace {

std::string who(const RelayClient& client) {
  return fmt::format("relay client \"{}\" (line {})", client.name, client.line);
}

class RelayAllocator {
 public:
  RelayAllocator(Document& document, const Allotments& known, const std::vector<TakenNetwork>& taken,
                 int64_t now)
      : document_(document),
        book_(known, now, [this](const AllotmentKey& key) { return is_in_document(key); }),
        taken_(taken) {
    if (document.relay)
      for (const RelayClient& client : document.relay->clients) names_.insert(client.name);
  }

  Result<Allotments> run() {
    if (document_.relay) give(*document_.relay);
    if (!complaints_.empty()) return fail(join(complaints_, "; "), ErrorKind::kInvalidDocument);
    return book_.take();
  }

 private:
  void give(Relay& relay) {
    give_device(relay);
    for (const Prefix& subnet : {relay.subnet, relay.subnet6}) expect_apart(subnet);
    give_ports(relay);
    give_addresses(relay, "address", &RelayClient::address, relay.subnet);
    give_addresses(relay, "address6", &RelayClient::address6, relay.subnet6);
  }

  static AllotmentKey key_of(const std::string& client, std::string_view what) {
    return {std::string(kRelayOwner), client, std::string(what)};
  }

  // Each client with what it had, first those whose it is, then those that gave it back.
  template <class Each>
  void each_that_had(Relay& relay, std::string_view what, const Each& each) const {
    for (const AllotmentBook::Had had : AllotmentBook::kHad)
      for (RelayClient& client : relay.clients)
        if (const std::string* text = (book_.*had)(key_of(client.name, what)))
          each(client, *text, had == &AllotmentBook::in_use);
  }

  void keep(const std::string& client, std::string_view what, std::string value) {
    book_.keep(key_of(client, what), std::move(value));
  }

  bool is_in_document(const AllotmentKey& key) const {
    return key.endpoint.empty() ? document_.relay.has_value() : names_.contains(key.endpoint);
  }

  // What others had until a moment ago.
  template <class Value, class Parse>
  std::set<Value> resting(std::string_view what, Parse parse) const {
    std::set<Value> values;
    book_.each_resting(what, [&](const AllotmentKey& key, const std::string& text) {
      if (key.endpoint.empty()) return;
      if (const auto value = parse(text)) values.insert(*value);
    });
    return values;
  }

  void give_device(Relay& relay) {
    std::set<std::string> used = devices_of(document_);
    for (const Network& network : document_.networks) used.insert({network.device, network.bridge});
    for (const Pod& pod : document_.pods) used.insert(pod.device);
    const std::string* name = book_.had(key_of("", "device"));
    relay.device = name && used.insert(*name).second ? *name : free_device(std::string(kRelayDevice), used);
    keep("", "device", relay.device);
  }

  // A route may come when clients have their addresses for long: then theirs is the longer one, or its own
  // is.
  void expect_apart(const Prefix& subnet) {
    for (const TakenNetwork& other : taken_)
      if (!other.is_route && other.prefix.overlaps(subnet))
        complaints_.push_back(fmt::format("relay (line {}): subnet {} overlaps {}: {}", document_.relay->line,
                                          subnet.to_string(), other.prefix.to_string(), other.by));
  }

  void give_ports(Relay& relay) {
    std::set<uint32_t> used;
    for (const RelayClient& client : relay.clients)
      if (client.port) used.insert(*client.port);
    FreeNumbers free(relay.ports.first, relay.ports.last, std::move(used),
                     resting<uint32_t>("port", whole_number<uint32_t>));
    each_that_had(relay, "port", [&](RelayClient& client, const std::string& text, bool is_its_own) {
      const auto port = client.port ? std::nullopt : whole_number<uint16_t>(text);
      if (!port || !relay.ports.contains(*port)) return;
      if (!free.take(*port)) {
        if (!is_its_own) return;
        complaints_.push_back(
            fmt::format("{}: its port {} is said to be another client's", who(client), *port));
      }
      client.port = port;
    });
    for (RelayClient& client : relay.clients) {
      if (!client.port)
        if (const auto port = free.take_next()) client.port = static_cast<uint16_t>(*port);
      if (client.port)
        keep(client.name, "port", std::to_string(*client.port));
      else
        complaints_.push_back(fmt::format("{}: no port is left of {}", who(client), relay.ports.to_string()));
    }
  }

  void give_addresses(Relay& relay, std::string_view what, std::optional<IpAddress> RelayClient::*member,
                      const Prefix& subnet) {
    std::set<IpAddress> used{relay_address(subnet)};
    for (const RelayClient& client : relay.clients)
      if (client.*member) used.insert(*(client.*member));
    FreeAddresses free(subnet, std::move(used), resting<IpAddress>(what, IpAddress::parse));
    each_that_had(relay, what, [&](RelayClient& client, const std::string& text, bool) {
      const auto address = client.*member ? std::nullopt : IpAddress::parse(text);
      if (address && subnet.contains(*address) && free.take(*address)) client.*member = address;
    });
    for (RelayClient& client : relay.clients) {
      if (!(client.*member)) client.*member = free.take_next();
      if (client.*member)
        keep(client.name, what, (client.*member)->to_string());
      else
        complaints_.push_back(fmt::format("{}: no address is left in {}", who(client), subnet.to_string()));
    }
  }

  Document& document_;
  AllotmentBook book_;
  const std::vector<TakenNetwork>& taken_;
  std::set<std::string> names_;   // of clients
  std::vector<std::string> complaints_;
};

}   // namespace

Result<Allotments> allocate_relay(Document& document, const Allotments& known,
                                  const std::vector<TakenNetwork>& taken, int64_t now) {
  return RelayAllocator(document, known, taken, now).run();
}

}   // namespace sluice
