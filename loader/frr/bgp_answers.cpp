// SPDX-License-Identifier: GPL-2.0-or-later
#include "frr/bgp_answers.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::string_view kEstablished = "established", kTooMany = "too-many-prefixes";

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

std::string word_for(std::string state) {
  if (state.find("PfxCt") != std::string::npos) return std::string(kTooMany);
  std::ranges::transform(state, state.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return state;
}

class BgpReader {
 public:
  explicit BgpReader(const Router& router) : router_(router) {
    for (const RouterNeighbour& neighbour : router.neighbours)
      for (const auto& address : {neighbour.address, neighbour.address6})
        if (address) by_address_.emplace(address->to_string(), &neighbour);
  }

  // Of a site with two sessions the better one, because it may speak one family alone; but what went wrong
  // is not hidden by what did not.
  void read_sessions(const json& summary) {
    for (const auto& family : summary)
      if (family.is_object() && family.contains("peers"))
        for (const auto& [address, peer] : family["peers"].items()) read_session(address, peer);
  }

  void read_routes(const json& answer) {
    if (!answer.is_object() || !answer.contains("routes") || !answer["routes"].is_object()) return;
    for (const auto& [text, paths] : answer["routes"].items())
      if (const auto prefix = Prefix::parse(text); prefix && paths.is_array())
        for (const json& path : paths) read_path(*prefix, path);
  }

  RouterState take() { return std::move(state_); }

 private:
  const RouterNeighbour* find(const std::string& address) const {
    const auto at = by_address_.find(address);
    return at == by_address_.end() ? nullptr : at->second;
  }

  void read_session(const std::string& address, const json& peer) {
    const RouterNeighbour* neighbour = find(address);
    if (!neighbour || !peer.is_object()) return;
    const std::string word = word_for(text_of(peer, "state"));
    NeighbourState& state = state_.neighbours[neighbour->endpoint];
    if (state.state == kTooMany) return;
    if (state.state.empty() || word == kEstablished || word == kTooMany) state.state = word;
  }

  void read_path(const Prefix& prefix, const json& path) {
    const RouterNeighbour* neighbour = path.is_object() ? find(text_of(path, "peerId")) : nullptr;
    if (!neighbour || !path.value("valid", false)) return;
    const auto holds = [&](const Prefix& route) { return route.contains(prefix); };
    if (std::ranges::none_of(neighbour->routes, holds)) return;
    if (state_.accepted.insert(prefix).second) ++state_.neighbours[neighbour->endpoint].prefixes;
  }

  const Router& router_;
  std::map<std::string, const RouterNeighbour*> by_address_;
  RouterState state_;
};

}   // namespace

Result<RouterState> read_bgp_answers(const Router& router, std::string_view summary, std::string_view routes,
                                     std::string_view routes6) try {
  BgpReader reader(router);
  reader.read_sessions(json::parse(summary));
  reader.read_routes(json::parse(routes));
  reader.read_routes(json::parse(routes6));
  return reader.take();
} catch (const json::exception& error) {
  return fail(std::string("read what bgpd answers: ") + error.what());
}

}   // namespace sluice
