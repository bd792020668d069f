// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/state_follower.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/file.hpp"
#include "base/text.hpp"
#include "sync/process.hpp"

namespace sluice {
namespace {

constexpr size_t kLongestKeyFile = 1024;
constexpr std::chrono::seconds kAllAreThere{2};

Result<SyncKey> read_sync_key(const std::filesystem::path& file) {
  const auto key = parse_key(trimmed(TRY(read_file(file, kLongestKeyFile))));
  if (!key) return fail(fmt::format("{}: no key, such as `wg genpsk` makes one", file.string()));
  return *key;
}

// As the rules and routes of now say.
Result<> judge_flows(Engine& engine) {
  engine.hold_flows(false);
  TRY(engine.refresh_next_hops(Engine::Hops::kRoutes));
  TRY(engine.gc(Engine::Gc::kDisallowed));
  return {};
}

const StateSync* sync_of(const Gateway& gateway) {
  const auto& current = gateway.current();
  if (!current || !current->document.cluster || !current->document.cluster->sync) return nullptr;
  return &*current->document.cluster->sync;
}

}   // namespace

StateFollower::StateFollower(boost::asio::io_context& io, Gateway& gateway)
    : gateway_(gateway),
      link_(io, kLongestSyncLine,
            {.start = [this] { return start_sync_process(gateway_.paths().pins.filename().string()); },
             .next = [this] { return next(); },
             .heed = [this](const std::string& line) { return heed(line); },
             .forget = [this] { forget(); },
             .lost = [this](const std::string& why) { tell_trouble(why); },
             .again = [this] { look_again(); }}),
      names_(gateway),
      sender_(io, gateway, names_, [this] { link_.tell(); }),
      debts_(io, gateway, names_,
             {.may_look = [this] { return all_have_debts(); }, .ready = [this] { link_.tell(); }}),
      receiver_(gateway, names_),
      uses_(io, gateway, names_, [this](const std::string& piece) { tell_uses(piece); }),
      release_(io) {}

void StateFollower::look_again() {
  if (!sync_of(gateway_)) return stop();
  names_.forget();
  debts_.tell_all();
  active_ = !gateway_.cluster().is_standby;
  follow_role();
  look_for_who_hears();
  wanted_ = order();
  if (wanted_.empty()) return link_.end();
  link_.run();
  link_.tell();
  tell_facts();
}

// Where all carry, the addresses and routes of a node are what they are at the others.
void StateFollower::follow_role() {
  if (active_) receiver_.note_leads();
  if (active_ || all_carry())
    release_flows();
  else
    hold_flows();
  if (all_carry() && !active_)
    uses_.run();
  else
    uses_.stop();
  lead();
}

// A look that nobody hears of is work for nothing: who comes to hear is told everything.
void StateFollower::look_for_who_hears() {
  const bool heard = std::ranges::any_of(peers_, [](const auto& peer) { return peer.second.news.sends_to; });
  if (active_ && heard) {
    sender_.run();
    debts_.run();
  } else {
    sender_.stop();
    debts_.stop();
  }
}

void StateFollower::hold_flows() {
  release_.cancel();
  holds_ = true;
  gateway_.engine().hold_flows(true);
}

// Addresses and their routes come one after the other: what they mean for flows is looked at when all are
// there.
void StateFollower::release_flows() {
  if (!std::exchange(holds_, false)) return;
  release_.expires_after(kAllAreThere);
  release_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (const auto judged = judge_flows(gateway_.engine()); !judged)
      spdlog::error("cluster: judge flows of another node: {}", judged.error().message);
  });
}

void StateFollower::stop() {
  release_flows();
  sender_.stop();
  debts_.stop();
  receiver_.forget();
  uses_.stop();
  lead();
  wanted_.clear();
  link_.end();
  gateway_.tell_trouble(Gateway::Trouble::kSync, "");
  gateway_.cluster().sync = {};
  gateway_.cluster().carriers = gateway_.cluster().heard = 0;
}

// Empty: it cannot be had.
std::string StateFollower::order() {
  const StateSync& sync = *sync_of(gateway_);
  const auto key = read_sync_key(gateway_.paths().state / sync.key_file);
  if (!key) {
    tell_trouble(key.error().message);
    return {};
  }
  if (trouble_.empty()) tell_trouble("");
  return encode_sync_order({.device = sync.interface,
                            .own = *sync.own,
                            .peers = sync.peers,
                            .port = sync.port,
                            .key = *key,
                            .node = gateway_.current()->document.cluster->node,
                            .sends = active_,
                            .quick = all_carry()});
}

void StateFollower::tell_trouble(const std::string& why) {
  const std::string trouble = why.empty() ? "" : "cluster: other nodes do not get the state of flows: " + why;
  if (gateway_.tell_trouble(Gateway::Trouble::kSync, trouble) && !trouble.empty())
    spdlog::error("{}", trouble);
}

std::string StateFollower::next() {
  if (wanted_ != sent_) return sent_ = wanted_;
  if (!answers_.empty()) {
    std::string answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }
  if (tells_carriers_) {
    tells_carriers_ = false;
    return encode_sync_all(carriers_text(told_carriers_.value_or(Carriers{})));
  }
  std::string piece = debts_.next();
  if (piece.empty()) piece = sender_.next();
  return piece.empty() ? std::string() : encode_sync_all(piece);
}

void StateFollower::forget() {
  sent_.clear();
  answers_.clear();
  peers_.clear();
  told_carriers_.reset();
  look_for_who_hears();
}

Result<> StateFollower::heed(const std::string& line) {
  const SyncReport report = TRY(decode_sync_report(line));
  std::visit([this](const auto& one) { heed(one); }, report);
  return {};
}

// Who has come to hear just now knows nothing.
void StateFollower::heed(const SyncNews& news) {
  bool begins = false;   // somebody to lead
  std::erase_if(peers_, [&](const auto& peer) {
    return !std::ranges::count(news.peers, peer.first, &SyncPeer::address);
  });
  for (const SyncPeer& one : news.peers) {
    Peer& peer = peers_[one.address];
    const bool is_new = one.sessions != peer.news.sessions;
    if (is_new) {
      sender_.tell_all();
      debts_.tell_all();
      told_carriers_.reset();
      peer.is_hindered = false;
    }
    if (is_new || !one.sends_to) peer.has.reset();
    if (is_new || !one.sends_to) peer.debts.reset();
    if (one.hears_from && !peer.news.hears_from) {
      peer.came = ++came_;
      begins = true;
    }
    peer.news = one;
  }
  if (begins) tell_hindrance();
  look_for_who_hears();
  lead();
  trouble_ = news.trouble;
  tell_trouble(trouble_);
  tell_facts();
}

// Of two that both have the addresses neither takes anything of the other: VRRP ends that soon.
void StateFollower::heed(const SyncFrom& from) {
  if (!sync_of(gateway_) || active_ || answers_.size() > kMostAnswers) return;
  const auto answer = receiver_.heed(from.payload);
  const std::string why = answer ? "" : answer.error().message;
  if (std::exchange(not_kept_, why) != why && !why.empty())
    spdlog::error("cluster: keep flows of {}: {}", from.from.to_string(), why);
  if (!answer || answer->empty()) return tell_carriers();
  answers_.push_back(encode_sync_back(from.from, *answer));
  tell_facts();
  link_.tell();
}

void StateFollower::heed(const SyncAnswer& answer) {
  if (answer.payload.starts_with("used\t")) {
    if (const auto noted = uses_.heed(answer.payload); !noted)
      spdlog::error("cluster: note what {} carried: {}", answer.from.to_string(), noted.error().message);
    return;
  }
  if (heed_hindrance(answer) || heed_debts(answer)) return;
  const std::vector<std::string_view> words = split(answer.payload, ' ');
  uint64_t look = 0;
  if (words.size() != 2 || words[0] != "have") return;
  std::from_chars(words[1].data(), words[1].data() + words[1].size(), look);
  sender_.note_taken(look);
  auto& has = peers_[answer.from].has;
  has = std::max(has, sender_.time_of(look));
  tell_facts();
}

bool StateFollower::heed_debts(const SyncAnswer& answer) {
  const auto number = parse_debts_number(answer.payload);
  if (number) peers_[answer.from].debts = *number == 0 ? debts_.told() : *number;
  return number.has_value();
}

bool StateFollower::all_have_debts() const {
  return std::ranges::all_of(peers_, [this](const auto& one) {
    const Peer& peer = one.second;
    return !peer.news.sends_to || (peer.debts && *peer.debts >= debts_.told());
  });
}

void StateFollower::tell_facts() {
  SyncFacts& facts = gateway_.cluster().sync;
  facts = {.is_on = true,
           .sends = active_,
           .flows = active_ ? sender_.flows() : 0,
           .left = receiver_.left(),
           .why_left = receiver_.why_left(),
           .peers = {}};
  for (const auto& [address, peer] : peers_)
    facts.peers.push_back({.node = peer.news.node,
                           .address = address,
                           .is_there = active_ ? peer.news.sends_to : peer.news.hears_from,
                           .has = peer.has,
                           .trouble = active_ ? peer.news.trouble : ""});
  tell_carriers();
}

}   // namespace sluice
