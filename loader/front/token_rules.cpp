// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/token_rules.hpp"

#include <fmt/format.h>

namespace sluice {
namespace {

constexpr int kMostAudiences = 8;   // of a token, in a list

std::string_view name_of(TokenAlgorithm algorithm) {
  switch (algorithm) {
    case TokenAlgorithm::kHs256: return "HS256";
    case TokenAlgorithm::kRs256: return "RS256";
    case TokenAlgorithm::kEs256: break;
  }
  return "ES256";
}

// The algorithm is that of the document, whatever the token says; one that says another is refused too.
std::string acls(const TokenRules& tokens) {
  std::string text = fmt::format(
      "  acl has_token var(txn.token) -m found\n"
      "  acl token_signed var(txn.signed) -m int 1\n"
      "  acl token_fits var(txn.token),jwt_header_query('$.alg') -m str {}\n"
      "  acl token_fresh var(txn.expires),sub(txn.now) -m int gt 0\n"
      "  acl token_early var(txn.begins),sub(txn.now) -m int gt 0\n",
      name_of(tokens.algorithm));
  if (!tokens.issuer.empty())
    text += fmt::format("  acl token_issuer var(txn.token),jwt_payload_query('$.iss') -m str -- '{}'\n",
                        tokens.issuer);
  if (tokens.audience.empty()) return text;
  text += fmt::format("  acl token_audience var(txn.token),jwt_payload_query('$.aud') -m str -- '{}'\n",
                      tokens.audience);
  for (int i = 0; i < kMostAudiences; ++i)
    text += fmt::format("  acl token_audience var(txn.token),jwt_payload_query('$.aud[{}]') -m str -- '{}'\n",
                        i, tokens.audience);
  return text;
}

// With any of the keys: a new one is given beside the old one, until nobody has a token of the old one.
std::string signature_rules(const TokenRules& tokens, const FrontPaths& paths) {
  std::string text;
  for (size_t i = 0; i < tokens.key_files.size(); ++i) {
    std::string key = paths.token_key(tokens.key_files[i]).string();
    if (tokens.algorithm == TokenAlgorithm::kHs256) {
      key = "txn.secret";
      text += fmt::format("  http-request set-var(txn.secret) str({}),map({}) if has_token\n", i,
                          paths.map("secrets").string());
    }
    text += fmt::format(
        "  http-request set-var(txn.signed) var(txn.token),jwt_verify({},{}) if has_token !token_signed\n",
        name_of(tokens.algorithm), key);
  }
  return text + (tokens.algorithm == TokenAlgorithm::kHs256
                     ? "  http-request unset-var(txn.secret) if has_token\n"
                     : "");
}

std::string claim_rules(const TokenRules& tokens) {
  const std::string issuer = tokens.issuer.empty() ? "" : " token_issuer";
  const std::string audience = tokens.audience.empty() ? "" : " token_audience";
  return fmt::format(
      "  http-request set-var(txn.expires) var(txn.token),jwt_payload_query('$.exp','int') if has_token\n"
      "  http-request set-var(txn.begins) var(txn.token),jwt_payload_query('$.nbf','int') if has_token\n"
      "  http-request set-var(txn.user) var(txn.token),jwt_payload_query('$.{}') if has_token !has_user "
      "token_signed "
      "token_fits token_fresh !token_early{}{}\n",
      tokens.user_claim, issuer, audience);
}

std::string rules_of(std::string_view place, std::string_view fetch, const TokenRules& tokens,
                     const FrontPaths& paths) {
  std::string text;
  // Of the place before: whatever came there says nothing of what comes here.
  for (const char* name : {"token", "signed", "expires", "begins"})
    text += fmt::format("  http-request unset-var(txn.{})\n", name);
  text += fmt::format("  http-request set-var(txn.token) {0} if {{ {0} -m found }}\n", fetch);
  return text + signature_rules(tokens, paths) + claim_rules(tokens) +
         fmt::format("  http-request set-var(txn.{}) bool(true) if has_token token_signed\n", place);
}

// There may be more cookies of that name than were taken away, and readers who find one where others see a
// part of a value: behind a comma, a blank or a quote, or with a blank before its "=".
std::string cookie_end_rule(const std::string& name) {
  return fmt::format(
      "  http-request del-header cookie if !hands_on {{ req.fhdr(cookie) -m reg "
      "'(?:^|[;,\"[:cntrl:][:space:]]){}[[:cntrl:][:space:]]*=' }}\n",
      name);
}

}   // namespace

std::string token_rules(const TokenRules& tokens, const FrontPaths& paths) {
  std::string text = acls(tokens) + rules_of("by_header", "http_auth_bearer", tokens, paths);
  if (!tokens.cookie.empty())
    text += rules_of("by_cookie", fmt::format("req.cook({})", tokens.cookie), tokens, paths);
  return text + "  http-request unset-var(txn.token) if has_token\n";
}

std::string token_removal_rules(const TokenRules& tokens) {
  std::string text = "  http-request del-header authorization if !hands_on { var(txn.by_header) -m bool }\n";
  if (tokens.cookie.empty()) return text;
  const std::string rule = fmt::format(
      "  http-request replace-header cookie '^(.*;[ \\t]*)?{}=[^;]*;?[ \\t]*(.*)$' '\\1\\2' if !hands_on\n",
      tokens.cookie);
  return text + rule + rule +   // a client may send two
         "  http-request replace-header cookie '^(.*[^; \\t])?[; \\t]*$' '\\1' if !hands_on\n"
         "  http-request del-header cookie if !hands_on { req.hdr(cookie) -m len 0 }\n" +
         cookie_end_rule(tokens.cookie);
}

}   // namespace sluice
