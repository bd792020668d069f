// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/certificate_keeper.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kLongestSleep{60}, kFrontLook{10}, kPauseOfLimit{3600};
constexpr size_t kLargestCertificate = size_t{1} << 20;

std::filesystem::path ledger_file(const FrontPaths& paths) { return paths.acme() / "orders.json"; }

bool is_ordered_file(std::string_view source) { return source.starts_with("acme/"); }

bool covers(const std::string& of_certificate, std::string_view name) {
  if (of_certificate == name) return true;
  const size_t dot = name.find('.');
  return of_certificate.starts_with("*.") && dot != std::string_view::npos &&
         of_certificate.substr(1) == name.substr(dot);
}

}   // namespace

CertificateKeeper::CertificateKeeper(FrontPaths paths, std::string instance, FrontKeeper& front)
    : paths_(std::move(paths)),
      instance_(std::move(instance)),
      front_(front),
      worker_([this](const std::stop_token& stop) { return look(stop); }) {}

void CertificateKeeper::tear_down() {
  worker_.end();
  const std::lock_guard lock(mutex_);
  acme_.reset();
  ordered_.clear();
  own_.clear();
  ledger_ = {};
  erase(paths_);
}

void CertificateKeeper::erase(const FrontPaths& paths) {
  std::error_code error;
  std::filesystem::remove_all(paths.acme(), error);
  std::filesystem::remove(paths.kept, error);   // if nothing else is in it
}

void CertificateKeeper::want(const FrontPlan& plan) {
  const std::lock_guard lock(mutex_);
  const auto acme = plan.front ? plan.front->acme : std::nullopt;
  if (!worker_.is_begun() && !acme) return;
  // Who changes how certificates are asked for need not wait for what failed before.
  if (acme != acme_) {
    ledger_ = read_ledger(ledger_file(paths_));
    if (acme_) ledger_.names.clear();
  }
  acme_ = acme;
  ordered_ = plan.ordered;
  has_files_ = plan.front && !plan.front->certificates.empty();
  worker_.want();
}

void CertificateKeeper::tell(std::function<void()> changed) {
  const std::lock_guard lock(mutex_);
  changed_ = std::move(changed);
}

std::vector<std::string> CertificateKeeper::troubles() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  if (!acme_) return all;
  for (const OrderedName& one : ordered_)
    if (const auto at = ledger_.names.find(one.name); at != ledger_.names.end() && at->second.failures > 0)
      all.push_back(fmt::format("certificate for {}: {}", one.name, at->second.error));
  return all;
}

Result<> CertificateKeeper::find_ordered(const std::string& name) const {
  if (acme_ && std::ranges::find(ordered_, name, &OrderedName::name) != ordered_.end()) return {};
  return fail(
      fmt::format("no certificate is asked for by the name {}: `sluice show certificates` lists them", name),
      ErrorKind::kUsage);
}

Result<> CertificateKeeper::renew(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TRY(find_ordered(name));
  at_once_.insert(name);
  worker_.ask();
  return {};
}

Result<> CertificateKeeper::revoke(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TRY(find_ordered(name));
  if (!own(name)) return fail(fmt::format("there is no certificate for {}", name), ErrorKind::kUsage);
  to_revoke_.insert(name);
  worker_.ask();
  return {};
}

bool CertificateKeeper::is_of_a_file(const std::string& name) const {
  const auto all = front_.certificates();
  return std::ranges::any_of(all, [&](const ServedCertificate& one) {
    return !is_ordered_file(one.source) &&
           std::ranges::any_of(one.names, [&](const std::string& of_one) { return covers(of_one, name); });
  });
}

const std::optional<CertificateKeeper::OwnCertificate>& CertificateKeeper::own(const std::string& name) {
  const auto [known, is_new] = own_.try_emplace(name);
  if (!is_new) return known->second;
  const auto text = read_file(paths_.kept / FrontPaths::ordered_file(name), kLargestCertificate);
  if (const auto read = text ? read_certificate(*text, *text) : std::unexpected(text.error()))
    known->second = OwnCertificate{read->fingerprint, text->substr(0, text->find("-----BEGIN PRIVATE KEY")),
                                   read->begins, read->ends};
  return known->second;
}

WallTime CertificateKeeper::due_at(const OrderedName& one, WallTime now) {
  if (at_once_.contains(one.name) || to_revoke_.contains(one.name)) return now;
  WallTime due{};
  if (const auto& certificate = own(one.name))
    due = renewal_of(certificate->begins, certificate->ends, certificate->fingerprint);
  if (const auto at = ledger_.names.find(one.name); at != ledger_.names.end() && at->second.failures > 0)
    due = at->second.next;
  return std::max({due, ledger_.paused_until, order_allowed_at(ledger_.orders, now)});
}

std::optional<CertificateKeeper::Due> CertificateKeeper::next_due() {
  std::optional<Due> first;
  if (!acme_) return first;
  const WallTime now = std::chrono::system_clock::now();
  for (const OrderedName& one : ordered_) {
    if (has_files_ && is_of_a_file(one.name)) continue;
    const WallTime at = due_at(one, now);
    if (!first || at < first->at) first = {one, at};
  }
  return first;
}

std::optional<Worker::Clock::time_point> CertificateKeeper::look(const std::stop_token& stop) {
  if (std::exchange(stop_, stop) != stop)   // the thread's first look
    front_.await_look(kFrontLook);          // which names files of others have
  std::unique_lock lock(mutex_);
  const auto due = next_due();
  const WallTime now = std::chrono::system_clock::now();
  if (due && due->at <= now) {
    serve_due(*due, lock);
    return Worker::Clock::now();
  }
  return Worker::Clock::now() +
         (due ? std::min<WallTime::duration>(due->at - now, kLongestSleep) : kLongestSleep);
}

// The order is written down before it begins: whatever ends this process, the authority is not asked more
// often.
void CertificateKeeper::serve_due(const Due& due, std::unique_lock<std::mutex>& lock) {
  const unsigned failures = ledger_.names[due.name.name].failures;
  const Wish wish{*acme_, due.name, !acme_->staging.empty() && failures >= kFailuresUntilTrial,
                  to_revoke_.erase(due.name.name) > 0};
  at_once_.erase(due.name.name);
  note_order(ledger_, std::chrono::system_clock::now());
  save();
  lock.unlock();
  last_ = {};
  const auto done = place(wish);
  lock.lock();
  if (stop_.stop_requested()) return;
  note(wish, done);
  save();
  if (changed_) changed_();
}

void CertificateKeeper::note(const Wish& wish, const Result<>& done) {
  const std::string& name = wish.name.name;
  const WallTime now = std::chrono::system_clock::now();
  if (done) {
    ledger_.names.erase(name);
    if (wish.revokes) at_once_.insert(name);
    return;
  }
  note_failure(ledger_, name, done.error().message, now);
  if (last_.is_limited)
    ledger_.paused_until = last_.not_before ? WallTime(*last_.not_before) : now + kPauseOfLimit;
  const WallTime next = std::max(ledger_.names[name].next, ledger_.paused_until);
  spdlog::info("certificate for {}: it is asked for again at {}", name, rfc3339(next));
}

void CertificateKeeper::save() {
  if (const auto written = write_ledger(ledger_file(paths_), ledger_); !written)
    spdlog::warn("remember orders of certificates: {}", written.error().message);
}

std::vector<CertificateRow> CertificateKeeper::rows() const {
  std::vector<CertificateRow> rows;
  const auto served = front_.certificates();
  const std::lock_guard lock(mutex_);
  std::set<std::string> with_one;
  for (const ServedCertificate& one : served) {
    CertificateRow row{.names = one.names,
                       .source = one.source,
                       .fingerprint = one.fingerprint,
                       .begins = one.begins,
                       .ends = one.ends,
                       .renewal = {},
                       .is_served = one.is_served,
                       .is_ordered = is_ordered_file(one.source)};
    if (row.is_ordered) row.renewal = renewal_of(one.begins, one.ends, one.fingerprint);
    with_one.insert(one.names.begin(), one.names.end());
    rows.push_back(std::move(row));
  }
  for (const OrderedName& one : ordered_) {
    const auto known = std::ranges::find_if(rows, [&](const CertificateRow& row) {
      return row.is_ordered && std::ranges::find(row.names, one.name) != row.names.end();
    });
    const auto orders = ledger_.names.find(one.name);
    const bool is_missing = known == rows.end() && !with_one.contains(one.name);
    if (is_missing)
      rows.push_back({.names = {one.name},
                      .source = acme_ ? acme_->directory : "",
                      .fingerprint = "",
                      .is_ordered = true,
                      .error = ""});
    if (orders == ledger_.names.end() || (known == rows.end() && !is_missing)) continue;
    CertificateRow& row = is_missing ? rows.back() : *known;
    row.failures = orders->second.failures;
    row.error = orders->second.error;
    if (row.failures > 0) row.renewal = orders->second.next;
  }
  return rows;
}

}   // namespace sluice
