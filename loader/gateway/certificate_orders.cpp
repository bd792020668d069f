// SPDX-License-Identifier: GPL-2.0-or-later
// One order: what the process that places it is told, what it asks for, and what becomes of it.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>

#include "acme/key_request.hpp"
#include "acme/process.hpp"
#include "base/comes_true.hpp"
#include "base/file.hpp"
#include "base/fnv.hpp"
#include "base/text.hpp"
#include "errand/lines.hpp"
#include "errand/process.hpp"
#include "gateway/certificate_keeper.hpp"

namespace sluice {
namespace {

constexpr std::chrono::minutes kOrderPatience{20};
constexpr std::chrono::milliseconds kLookForEnd{200};
constexpr std::chrono::seconds kChallengeTime{10}, kServedTime{20};
constexpr size_t kLargestAcmeFile = size_t{1} << 20;

std::string_view without_star(std::string_view name) {
  return name.starts_with("*.") ? name.substr(2) : name;
}

// The longest one that the name is in.
std::string zone_of(const AcmeDns& dns, std::string_view name) {
  std::string best;
  for (const std::string& zone : dns.zones) {
    const bool is_in = name == zone || name.ends_with("." + zone);
    if (is_in && zone.size() > best.size()) best = zone;
  }
  return best;
}

}   // namespace

std::filesystem::path CertificateKeeper::account_file(const std::string& directory) const {
  return paths_.acme() /
         fmt::format("account-{:016x}.pem", fnv(kFnvStart, directory.data(), directory.size()));
}

// A trial directory that refuses keeps the real one from being asked.
Result<> CertificateKeeper::place(const Wish& wish) {
  std::error_code error;
  std::filesystem::create_directories(paths_.acme(), error);
  if (error) return fail(fmt::format("make {}: {}", paths_.acme().string(), error.message()));
  ::chmod(paths_.acme().c_str(), 0700);
  if (wish.revokes) return revoke_now(wish);
  Wish real = wish;
  real.trial = false;
  if (wish.trial) TRY_TO("trial", order(wish));
  return order(real);
}

Result<AcmeOrder> CertificateKeeper::order_of(const Wish& wish) const {
  const Acme& acme = wish.acme;
  AcmeOrder order{.directory = wish.trial ? acme.staging : acme.directory, .email = acme.email};
  if (!acme.ca_file.empty()) order.ca = TRY(read_file(paths_.kept / acme.ca_file, kLargestAcmeFile));
  order.account_key = read_file(account_file(order.directory), kLargestAcmeFile).value_or("");
  if (!wish.name.by_dns) return order;
  order.dns = DnsAccess{.server = acme.dns->server.address.to_string(),
                        .zone = zone_of(*acme.dns, without_star(wish.name.name)),
                        .key = TRY(read_file(paths_.kept / acme.dns->key_file, kLargestAcmeFile)),
                        .port = acme.dns->server.port};
  order.dns_wait = acme.dns->wait;
  return order;
}

Result<> CertificateKeeper::order(const Wish& wish) {
  const std::string& name = wish.name.name;
  AcmeOrder order = TRY(order_of(wish));
  const KeyRequest made = TRY(make_key_request(name));
  order.request = made.request;
  const AcmeOutcome outcome = TRY(converse(order, wish));
  if (!outcome.error.empty()) return fail(outcome.error);
  return wish.trial ? Result<>() : take(name, outcome.chain, made.key);
}

Result<> CertificateKeeper::revoke_now(const Wish& wish) {
  AcmeOrder order = TRY(order_of(wish));
  {
    const std::lock_guard lock(mutex_);
    if (const auto& certificate = own(wish.name.name)) order.certificate = certificate->chain;
  }
  const AcmeOutcome outcome = TRY(converse(order, wish));
  if (!outcome.error.empty()) return fail("revoke it: " + outcome.error);
  spdlog::info("certificate for {}: revoked", wish.name.name);
  return {};
}

Result<AcmeOutcome> CertificateKeeper::converse(const AcmeOrder& order, const Wish& wish) {
  const std::string ca_file = wish.acme.ca_file.empty() ? "" : (paths_.kept / wish.acme.ca_file).string();
  Helper helper = TRY(start_acme_process(instance_, ca_file));
  const EndedProcess ended(helper.child);
  auto outcome = hear(order, helper.socket.get());
  helper.socket = UniqueFd();   // a unit ends because its socket is closed
  challenges_.clear();
  front_.offer({});
  if (!outcome) return outcome;
  last_ = *outcome;
  if (!outcome->account_key.empty() && outcome->account_key != order.account_key)
    TRY(write_file_atomically(account_file(order.directory), outcome->account_key, 0600));
  return outcome;
}

Result<AcmeOutcome> CertificateKeeper::hear(const AcmeOrder& order, int socket) {
  Lines lines(socket);
  TRY(lines.write(encode_order(order)));
  const auto end = Lines::Clock::now() + kOrderPatience;
  while (Lines::Clock::now() < end) {
    if (stop_.stop_requested()) return fail("sluiced ends");
    const auto line = TRY(lines.find(Lines::Clock::now() + kLookForEnd));
    if (!line) continue;
    auto said = TRY(decode_acme_saying(*line));
    if (auto* outcome = std::get_if<AcmeOutcome>(&said)) return std::move(*outcome);
    TRY(lines.write(answers(std::get<AcmeChallenge>(said)) ? "yes\n"
                                                           : "the front does not answer challenges\n"));
  }
  return fail("it takes too long");
}

// The front has it when it was looked at again.
bool CertificateKeeper::answers(const AcmeChallenge& challenge) {
  const std::string path = std::string(kChallengePath) + challenge.token;
  if (!challenge.begins) {
    challenges_.erase(path);
    front_.offer(challenges_);
    return true;
  }
  challenges_[path] = challenge.answer;
  front_.offer(challenges_);
  return front_.await_look(kChallengeTime);
}

// A key and its chain are one file: it is there, or that of before.
Result<> CertificateKeeper::take(const std::string& name, const std::string& chain, const std::string& key) {
  const Certificate made = TRY_TO("take what the authority made", read_certificate(chain, key));
  if (std::ranges::find(made.names, name) == made.names.end() ||
      made.ends <= std::chrono::system_clock::now())
    return fail("the authority made another certificate than was asked for");
  TRY(write_file_atomically(paths_.kept / FrontPaths::ordered_file(name), made.pem, 0600));
  {
    const std::lock_guard lock(mutex_);
    own_[name] = OwnCertificate{made.fingerprint, chain, made.begins, made.ends};
  }
  spdlog::info("certificate for {}: issued, until {}, renewed at {}", name, rfc3339(made.ends),
               rfc3339(renewal_of(made.begins, made.ends, made.fingerprint)));
  const bool served = comes_true(kServedTime, [&] {
    const auto all = front_.certificates();
    return stop_.stop_requested() || std::ranges::any_of(all, [&](const ServedCertificate& one) {
             return one.is_served && one.fingerprint == made.fingerprint;
           });
  });
  if (!served) spdlog::warn("certificate for {}: the front does not serve the new one yet", name);
  return {};
}

}   // namespace sluice
