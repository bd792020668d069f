// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and the process that orders a certificate say to each other: a line of JSON each.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "errand/dns_update.hpp"

namespace sluice {

struct AcmeOrder {
  std::string directory, email;       // empty: none
  std::string ca;                     // PEM that the directory's server is by; empty: the system's
  std::string account_key;            // PEM; empty: a new account
  std::string request;                // PKCS #10 as PEM; empty: `certificate` is to be revoked
  std::string certificate;            // PEM
  std::optional<DnsAccess> dns;       // none: by HTTP-01
  std::chrono::seconds dns_wait{0};   // until other servers of the zone have it too
};
// What a zone is told of a challenge of the name: a TXT record of it, or none of that text any more.
std::string challenge_update(const std::string& name, const std::string& answer, bool adds);
std::string encode_order(const AcmeOrder& order);
Result<AcmeOrder> decode_acme_order(std::string_view line);

// Something that is to be answered on the path of the token, or no more; the daemon says yes or no.
struct AcmeChallenge {
  bool begins = false;
  std::string token, answer;
};
struct AcmeOutcome {
  std::string chain;                                    // PEM; empty: there is none
  std::string account_key;                              // PEM, also after a failure
  std::string error;                                    // empty: done
  bool is_limited = false;                              // the authority wants fewer requests
  std::optional<std::chrono::sys_seconds> not_before;   // that it wants none before, where it says so
};
using AcmeSaying = std::variant<AcmeChallenge, AcmeOutcome>;
std::string encode_challenge(const AcmeChallenge& challenge);
std::string encode_outcome(const AcmeOutcome& outcome);
Result<AcmeSaying> decode_acme_saying(std::string_view line);

}   // namespace sluice
