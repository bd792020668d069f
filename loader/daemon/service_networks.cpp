// SPDX-License-Identifier: GPL-2.0-or-later
// Networks and their endpoints by command: edits of the document in force, as forwards are.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/name.hpp"
#include "base/text.hpp"
#include "daemon/find_endpoint.hpp"
#include "daemon/service.hpp"
#include "daemon/table_lines.hpp"
#include "gateway/rotations.hpp"
#include "network/endpoint_csv.hpp"

namespace sluice {
namespace {

using nlohmann::json;

std::string reason(const std::string& given, const std::string& otherwise) {
  return given.empty() ? otherwise : given;
}

std::string spelled(std::string_view text) { return json(text).dump(); }

// Of a pair that the gateway keeps it is worked out.
Result<WireguardKey> public_key_of_endpoint(const FoundEndpoint& found, const KeyFiles& keys) {
  if (found.endpoint.public_key) return *found.endpoint.public_key;
  if (const auto kept = TRY(keys.find_of_endpoint(found.network, found.endpoint)))
    return public_key_of(*kept);
  return fail(
      fmt::format("endpoint \"{}\" of network \"{}\" has no key", found.endpoint.name, found.network.name));
}

// With the public key in the document nobody asks for the file any more.
Result<std::string> put_public_key(std::string_view text, std::string_view file, const FoundEndpoint& found,
                                   const WireguardKey& key) {
  const std::string &network = found.network.name, &name = found.endpoint.name;
  std::string without(text);
  if (!found.endpoint.key_file.empty())
    without = TRY(set_endpoint_value(text, file, network, name, "key_file", std::nullopt));
  return set_endpoint_value(without, file, network, name, "public_key", spelled(to_string(key)));
}

EndpointEdit edit_of(const std::string& network, const EndpointLine& line) {
  const NetworkEndpoint& endpoint = line.endpoint;
  EndpointEdit edit{network, endpoint.name, std::string(to_string(endpoint.type)), {}, line.line};
  const auto put = [&](const char* key, const std::string& value) {
    edit.values.emplace_back(key, spelled(value));
  };
  if (endpoint.public_key) put("public_key", to_string(*endpoint.public_key));
  if (endpoint.address) put("address", endpoint.address->to_string());
  if (endpoint.address6) put("address6", endpoint.address6->to_string());
  if (endpoint.expires) put("expires", rfc3339(*endpoint.expires));
  return edit;
}

// A pair that was made for an endpoint of this name which is gone: whoever has it was shut out, and stays so.
class Renewed {
 public:
  explicit Renewed(KeyFiles keys) : keys_(std::move(keys)) {}
  Renewed(const Renewed&) = delete;
  Renewed& operator=(const Renewed&) = delete;
  ~Renewed() {
    for (const auto& [network, endpoint, key] : before_)
      (void)keys_.put_of_endpoint(network, endpoint, key);   // else it stays shut out
  }

  Result<> add(const std::string& network_name, const EndpointEdit& edit) {
    if (!is_name(network_name) || !is_name(edit.name)) return {};   // no file is theirs: the edit is refused
    const Network network{.name = network_name};
    const NetworkEndpoint endpoint{.name = edit.name};
    for (const auto& [key, value] : edit.values)
      if (key == "public_key" || key == "key_file") return {};
    const auto before = TRY(keys_.find_of_endpoint(network, endpoint));
    if (!before) return {};
    TRY(keys_.put_of_endpoint(network, endpoint, make_private_key()));
    before_.emplace_back(network, endpoint, *before);
    return {};
  }

  void keep() { before_.clear(); }

 private:
  KeyFiles keys_;
  std::vector<std::tuple<Network, NetworkEndpoint, WireguardKey>> before_;
};

// Whether the gateway may make the endpoint's next key.
Result<> expect_kept_here(const NetworkEndpoint& endpoint) {
  if (endpoint.public_key)
    return fail(fmt::format("the client keeps the private key of endpoint \"{}\": it makes a new pair, and "
                            "\"public_key\" says the public one",
                            endpoint.name),
                ErrorKind::kUsage);
  if (!std::filesystem::path(endpoint.key_file).is_absolute()) return {};
  return fail(fmt::format("the key of endpoint \"{}\" is in {}, which sluice does not write: put another one "
                          "there, or say the \"public_key\" of a client that keeps its own",
                          endpoint.name, endpoint.key_file),
              ErrorKind::kUsage);
}

}   // namespace

ApiResult GatewayService::add_network(const NetworkRequest& request) {
  const NetworkEdit network{.name = request.name, .type = request.type, .values = request.values};
  const auto edit = [&](auto text, auto file) { return sluice::add_network(text, file, network); };
  return apply_edit(edit, request.who, reason(request.why, fmt::format("network add {}", request.name)));
}

ApiResult GatewayService::remove_network(std::string_view name, std::string_view who) {
  const auto edit = [&](auto text, auto file) { return sluice::remove_network(text, file, name); };
  return apply_edit(edit, std::string(who), fmt::format("network remove {}", name));
}

ApiResult GatewayService::add_pod(const PodRequest& request) {
  const PodEdit pod{.name = request.name, .values = request.values};
  const auto edit = [&](auto text, auto file) { return sluice::add_pod(text, file, pod); };
  return apply_edit(edit, request.who, reason(request.why, fmt::format("pod add {}", request.name)));
}

ApiResult GatewayService::remove_pod(std::string_view name, std::string_view who) {
  const auto edit = [&](auto text, auto file) { return sluice::remove_pod(text, file, name); };
  return apply_edit(edit, std::string(who), fmt::format("pod remove {}", name));
}

ApiResult GatewayService::add_endpoint(const EndpointRequest& request) {
  const EndpointEdit endpoint{request.network, request.name, request.type, request.values};
  const auto edit = [&](auto text, auto file) { return sluice::add_endpoint(text, file, endpoint); };
  return apply_new_endpoints(
      request.network, {endpoint}, edit, request.who,
      reason(request.why, fmt::format("endpoint add {} {}", request.network, request.name)));
}

ApiResult GatewayService::apply_new_endpoints(const std::string& network,
                                              const std::vector<EndpointEdit>& endpoints, const Edit& edit,
                                              std::string who, std::string why) {
  Renewed renewed(gateway_.keys());
  for (const EndpointEdit& endpoint : endpoints)
    if (!find_endpoint(gateway_, {network, endpoint.name, "", ""})) TRY(renewed.add(network, endpoint));
  auto answer = apply_edit(edit, std::move(who), std::move(why));
  if (answer) renewed.keep();
  return answer;
}

ApiResult GatewayService::remove_endpoint(const EndpointName& endpoint) {
  const auto edit = [&](auto text, auto file) {
    return sluice::remove_endpoint(text, file, endpoint.network, endpoint.name);
  };
  return apply_edit(
      edit, endpoint.who,
      reason(endpoint.why, fmt::format("endpoint remove {} {}", endpoint.network, endpoint.name)));
}

ApiResult GatewayService::set_endpoint(const EndpointName& endpoint, bool disabled) {
  const auto value = disabled ? std::optional<std::string>("true") : std::nullopt;
  const auto edit = [&](auto text, auto file) {
    return set_endpoint_value(text, file, endpoint.network, endpoint.name, "disabled", value);
  };
  return apply_edit(edit, endpoint.who,
                    reason(endpoint.why, fmt::format("endpoint {} {} {}", disabled ? "disable" : "enable",
                                                     endpoint.network, endpoint.name)));
}

// The file goes last: until the public key is in force, the private one is all that says who the endpoint is.
ApiResult GatewayService::forget_endpoint(const EndpointName& endpoint) {
  const FoundEndpoint found = TRY(find_endpoint(gateway_, endpoint));
  const Network network = found.network;   // copies: another document is in force after the apply
  const NetworkEndpoint known = found.endpoint;
  const WireguardKey key = TRY(public_key_of_endpoint({network, known}, gateway_.keys()));
  const auto edit = [&](auto text, auto file) { return put_public_key(text, file, {network, known}, key); };
  auto answer = TRY(apply_edit(
      edit, endpoint.who,
      reason(endpoint.why, fmt::format("endpoint forget {} {}", endpoint.network, endpoint.name))));
  TRY(gateway_.keys().forget_endpoint(network, known));
  return answer;
}

ApiResult GatewayService::rotate_endpoint(const KeyChange& change) {
  const EndpointName& name = change.endpoint;
  const std::string why = reason(name.why, fmt::format("endpoint rotate {} {}", name.network, name.name));
  if (change.public_key.empty()) return make_new_key(name, why);
  const auto key = parse_key(change.public_key);
  if (!key)
    return std::unexpected(
        ApiError(Error{"\"public_key\" is not a key, which has 44 characters of base64", ErrorKind::kUsage}));
  return put_new_key(change, *key, why);
}

// The document stays as it is: the file of the key says who the endpoint is. A failure in between leaves a
// rotation that nobody takes up, and the next one takes its place.
ApiResult GatewayService::make_new_key(const EndpointName& name, const std::string& why) {
  const FoundEndpoint found = TRY(find_endpoint(gateway_, name));
  TRY(expect_kept_here(found.endpoint));
  const KeyFiles keys = gateway_.keys();
  const Network network = found.network;   // copies: another document is in force after the apply
  const NetworkEndpoint endpoint = found.endpoint;
  const auto before = TRY(keys.find_of_endpoint(network, endpoint));
  TRY(keys.put_of_endpoint(network, endpoint, make_private_key()));
  auto answer = apply_edit([](auto text, auto) { return std::string(text); }, name.who, why);
  if (!answer && before) TRY(keys.put_of_endpoint(network, endpoint, *before));
  return answer;
}

// From then on the client alone keeps its private key, also where the gateway did before.
ApiResult GatewayService::put_new_key(const KeyChange& change, const WireguardKey& key,
                                      const std::string& why) {
  const FoundEndpoint found = TRY(find_endpoint(gateway_, change.endpoint));
  const Network network = found.network;   // copies, as above
  const NetworkEndpoint known = found.endpoint;
  const auto edit = [&](auto text, auto file) { return put_public_key(text, file, {network, known}, key); };
  auto answer = TRY(apply_edit(edit, change.endpoint.who, why));
  if (!known.public_key) TRY(gateway_.keys().forget_endpoint(network, known));
  return answer;
}

ApiResult GatewayService::import_endpoints(const EndpointTable& table) {
  const auto lines = TRY(parse_endpoint_csv(table.csv));
  std::vector<EndpointEdit> edits;
  for (const EndpointLine& line : lines) edits.push_back(edit_of(table.network, line));
  const auto edit = [&](auto text, auto file) { return add_endpoints(text, file, table.network, edits); };
  auto answer = apply_new_endpoints(
      table.network, edits, edit, table.who,
      reason(table.why, fmt::format("endpoint import {}: {} endpoints", table.network, lines.size())));
  if (!answer) return std::unexpected(in_lines_of_table(std::move(answer.error()), edits));
  return answer;
}

}   // namespace sluice
