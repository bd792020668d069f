// SPDX-License-Identifier: GPL-2.0-or-later
// The front end: HTTP for sites by their names, in front of backends of services.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/address.hpp"

namespace sluice {

// Files; relative names are below the folder of the front in the state folder.
struct CertificateFiles {
  std::string chain, key;
  bool operator==(const CertificateFiles&) const = default;
};

// A DNS server that takes updates (RFC 2136), for names that are validated by DNS-01.
struct AcmeDns {
  Endpoint server;
  std::vector<std::string> zones;   // of it; names below them are validated so
  std::string key_file;             // a TSIG key, as BIND's tsig-keygen and knot's keymgr write it
  std::chrono::seconds wait{10};    // until other servers of the zone have it too
  bool operator==(const AcmeDns&) const = default;
};

// Certificates that an authority is asked for (RFC 8555).
struct Acme {
  std::string directory;   // an URL
  std::string staging;     // that is tried first after failures; empty: none
  std::string email;       // empty: none
  std::string ca_file;     // that the directory's own certificate is by; empty: those of the system
  std::optional<AcmeDns> dns;
  bool operator==(const Acme&) const = default;
};

enum class TokenAlgorithm : uint8_t { kHs256, kRs256, kEs256 };

// RFC 7519. A token is good when one of the keys signed it.
struct TokenRules {
  TokenAlgorithm algorithm = TokenAlgorithm::kEs256;
  std::vector<std::string> key_files;   // HS256: the secret; otherwise a public key as PEM
  std::string issuer, audience;         // empty: any
  std::string cookie;                   // that a token may be in; empty: only the header Authorization
  std::string user_claim = "sub";
  bool operator==(const TokenRules&) const = default;
};

struct RequestLimit {
  uint32_t requests = 0;
  std::chrono::seconds period{60};
  bool operator==(const RequestLimit&) const = default;
};

inline constexpr size_t kMostFrontKeys = 8, kMostPathDepth = 8, kMostSitePaths = 64, kMostLimitPeriods = 8;

struct Front {
  std::vector<IpAddress> listen;   // in the main VRF; never empty
  uint16_t http = 80, https = 443;
  std::string domain;              // of sites without a host; empty: each has one
  std::vector<std::string> from;   // zones that may ask; empty: each of the main VRF
  std::vector<CertificateFiles> certificates;
  std::optional<Acme> acme;
  std::optional<TokenRules> tokens;
  RequestLimit public_limit{100, std::chrono::seconds{60}};   // for an address, on public sites
  RequestLimit user_limit{1000, std::chrono::seconds{60}};
  int line = 0;
  bool operator==(const Front&) const = default;
};

// Requests whose path is the prefix, or goes on behind it with a slash, go to the service. The longest
// counts.
struct SitePath {
  std::string prefix;   // "/api"; empty: all
  std::string service;
  bool strip = false;   // the backend sees the path without the prefix
  bool operator==(const SitePath&) const = default;
};

struct SiteUser {
  std::string name;
  std::optional<std::chrono::sys_seconds> until;   // none: for ever
  bool operator==(const SiteUser&) const = default;
};

struct Site {
  std::string name, host;        // the host in small letters
  std::vector<SitePath> paths;   // the one of "" among them
  bool is_public = false;
  std::vector<SiteUser> users;   // of one that is not public
  std::string pod;               // for X-Pod; empty: none
  bool forward_token = false, proxy_protocol = false;
  std::optional<RequestLimit> limit;   // none: that of the front
  int line = 0;
  bool operator==(const Site&) const = default;
};

// What the policies of the front are called; no policy of a document has such a name.
inline constexpr std::string_view kFrontClients = "front:clients", kFrontBackends = "front:backends";

}   // namespace sluice
