// SPDX-License-Identifier: GPL-2.0-or-later
// What is changed in a HAProxy that runs: its servers and its certificates.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "front/front_end.hpp"

namespace sluice {
namespace {

constexpr unsigned kForcedMaint = 0x01, kForcedDrain = 0x08;   // srv_admin_state
constexpr std::chrono::milliseconds kHandshake{2000};

std::string_view word_of(ServerState state) {
  switch (state) {
    case ServerState::kReady: return "ready";
    case ServerState::kDrain: return "drain";
    case ServerState::kMaint: break;
  }
  return "maint";
}

bool is_in(unsigned admin_state, ServerState state) {
  const unsigned forced = admin_state & (kForcedMaint | kForcedDrain);
  switch (state) {
    case ServerState::kReady: return forced == 0;
    case ServerState::kDrain: return forced == kForcedDrain;
    case ServerState::kMaint: break;
  }
  return forced == kForcedMaint;
}

// A name that a client would ask for.
std::string asked_name(const std::string& name) {
  return name.starts_with('*') ? "sluice" + name.substr(1) : name;
}

}   // namespace

Result<> FrontEnd::put_server(const FrontServer& wanted, const FrontPool& pool, const RunningServer* seen) {
  const std::string name = fmt::format("{}/{}", pool.name, wanted.name);
  if (!seen) {
    TRY(stats_.tell(fmt::format("add server {} {}", name, server_words(wanted, pool)),
                    "New server registered"));
    return stats_.tell(fmt::format("set server {} state {}", name, word_of(wanted.state)));
  }
  if (seen->weight != wanted.weight && wanted.state != ServerState::kDrain)
    TRY(stats_.tell(fmt::format("set server {} weight {}", name, wanted.weight)));
  if (is_in(seen->admin_state, wanted.state)) return {};
  return stats_.tell(fmt::format("set server {} state {}", name, word_of(wanted.state)));
}

// It gets nothing new, and goes when nobody is connected to it any more.
Result<> FrontEnd::retire(const RunningServer& server) {
  const std::string name = fmt::format("{}/{}", server.pool, server.name);
  if (!is_in(server.admin_state, ServerState::kMaint))
    TRY(stats_.tell(fmt::format("set server {} state maint", name)));
  if (!stats_.tell("del server " + name, "Server deleted")) retires_ = true;
  return {};
}

Result<> FrontEnd::put_servers(const FrontPlan& plan) {
  std::map<std::pair<std::string, std::string>, RunningServer> seen;
  for (RunningServer& server : parse_servers(TRY(stats_.ask("show servers state"))))
    if (is_pool(server.pool)) seen.insert({{server.pool, server.name}, server});
  for (const FrontPool& pool : plan.pools)
    for (const FrontServer& server : pool.servers) {
      const auto known = seen.find({pool.name, server.name});
      TRY(put_server(server, pool, known == seen.end() ? nullptr : &known->second));
      if (known != seen.end()) seen.erase(known);
    }
  retires_ = false;
  for (const auto& [name, server] : seen) TRY(retire(server));
  return {};
}

Result<> FrontEnd::put_certificate(const std::string& file, const Certificate& certificate, bool is_new) {
  if (is_new) TRY(stats_.tell("new ssl cert " + file, "New empty certificate store"));
  TRY(stats_.tell(fmt::format("set ssl cert {} <<\n{}", file, certificate.pem), "Transaction"));
  TRY(stats_.tell("commit ssl cert " + file, "Success"));
  if (!is_new) return {};
  return stats_.tell(fmt::format("add ssl crt-list {} {}", paths_.certificate_list().string(), file),
                     "Success");
}

Result<> FrontEnd::remove_certificate(const std::string& file) {
  (void)TRY(stats_.ask(fmt::format("del ssl crt-list {} {}", paths_.certificate_list().string(), file)));
  (void)TRY(stats_.ask("del ssl cert " + file));
  return {};
}

// The old one is served until the new one is.
Result<> FrontEnd::put_certificates() {
  std::map<std::string, std::string> wanted;
  for (const auto& [name, certificate] : materials_.certificates) wanted[name] = certificate.fingerprint;
  if (served_ == wanted && !worker_.empty()) return {};
  std::set<std::string> known;
  const std::string folder = paths_.certificates().string() + "/", answer = TRY(stats_.ask("show ssl cert"));
  for (const std::string_view line : split(answer, '\n'))
    if (line.starts_with(folder)) known.emplace(line.substr(folder.size()));
  for (const auto& [name, certificate] : materials_.certificates)
    if (!known.contains(name) || served_[name] != certificate.fingerprint)
      TRY_TO("give HAProxy a certificate",
             put_certificate(folder + name, certificate, !known.contains(name)));
  for (const std::string& name : known)
    if (!wanted.contains(name)) TRY(remove_certificate(folder + name));
  TRY(see_certificates_served());
  served_ = std::move(wanted);
  return {};
}

std::vector<ServedCertificate> FrontEnd::certificates() const {
  std::vector<ServedCertificate> all;
  for (const auto& [file, certificate] : materials_.certificates) {
    const auto served = served_.find(file);
    all.push_back({certificate.source, certificate.fingerprint, certificate.names, certificate.begins,
                   certificate.ends, served != served_.end() && served->second == certificate.fingerprint});
  }
  return all;
}

// By a handshake: what HAProxy says of itself is not what clients get. Of names that several certificates
// have each may be served.
Result<> FrontEnd::see_certificates_served() {
  std::map<std::string, std::set<std::string>> by_name;
  for (const auto& [file, certificate] : materials_.certificates)
    for (const std::string& name : certificate.names) by_name[name].insert(certificate.fingerprint);
  for (const auto& [name, fingerprints] : by_name) {
    const std::string served = TRY(served_certificate(paths_.tls_socket(), asked_name(name), kHandshake));
    if (!fingerprints.contains(served))
      return fail(fmt::format("another certificate is served for {}", name));
  }
  return {};
}

}   // namespace sluice
