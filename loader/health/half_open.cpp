// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/half_open.hpp"

#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "health/syn_filter.hpp"

namespace sluice {

using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// So long the gateway's address towards a target is not looked up again, as long as it answers.
constexpr auto kWayKnown = 60s;
// Longer than anybody remembers a SYN: 63 s a server that has answered it, 120 s connection tracking.
constexpr auto kRemembered = 300s;

// Also of a container that has no such right.
std::string why_no_raw_socket(int family) {
  const UniqueFd tried(::socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  return tried ? "" : sentence_of(last_error());
}

SynWays::Filters filters_of(const SourcePorts& ports, const SynNumbers& numbers) {
  std::array<uint16_t, SourcePorts::kPorts> own;
  for (size_t i = 0; i < own.size(); ++i) own[i] = ports.at(i);
  return {answers_alone(Family::kIpv4, own, numbers), answers_alone(Family::kIpv6, own, numbers)};
}

}   // namespace

uint32_t HalfOpenChecks::Chance::next() {
  if (left_ == 0) {
    if (::getrandom(words_.data(), sizeof(words_), 0) != static_cast<ssize_t>(sizeof(words_)))
      throw boost::system::system_error(last_error(), "getrandom");
    left_ = words_.size();
  }
  return words_[--left_];
}

size_t HalfOpenChecks::HashOfKey::operator()(const Key& key) const {
  std::array<uint64_t, 2> words{};
  std::memcpy(words.data(), key.target.address.bytes().data(), sizeof(words));
  const uint64_t ports = uint64_t{key.target.port} << 16 | key.source_port;
  const uint64_t mixed = (words[0] ^ words[1] * 0x9e3779b97f4a7c15 ^ ports << 20) * 0xbf58476d1ce4e5b9;
  return static_cast<size_t>(mixed ^ mixed >> 32) ^ std::hash<std::string>()(key.device);
}

class HalfOpenChecks::HalfOpenCheck final : public Check {
 public:
  HalfOpenCheck(HalfOpenChecks& all, Place& place, Asked target, Done done)
      : Check(std::move(done)), all_(all), target_(std::move(target)), place_(&place) {
    place.asking = this;
  }
  ~HalfOpenCheck() override { leave(); }

  void start() override {
    all_.begin(*target_, *place_);
    send(false);
  }
  // As TCP does; perhaps from another address, because the way may be another one now.
  bool repeats() const override { return true; }
  void ask_again() override {
    if (place_) send(true);
  }
  void catch_up() override {
    const auto self = shared_from_this();
    if (const auto socket = place_ ? place_->socket : nullptr) socket->hear();
  }

  // Whoever has it is done with it by the end of these.
  void judge(bool refuses) {
    const auto self = shared_from_this();
    if (refuses) return fail_by(boost::asio::error::connection_refused);
    finish(true, "answered");
  }
  void fail(const error_code& error) {
    const auto self = shared_from_this();
    fail_by(error);
  }

 private:
  void send(bool by_new_way) {
    if (const auto error = all_.send(*target_, *place_, by_new_way))
      boost::asio::post(all_.io_, [self = shared_from_this(), this, error] { fail_by(error); });
  }
  void close() override { leave(); }
  void leave() {
    if (Place* place = std::exchange(place_, nullptr)) place->asking = nullptr;
  }

  HalfOpenChecks& all_;
  Asked target_;
  Place* place_ = nullptr;   // while it waits
};

HalfOpenChecks::HalfOpenChecks(boost::asio::io_context& io, const SourcePorts& ports)
    : io_(io),
      numbers_(chance_.next(), chance_.next()),
      ways_(io, filters_of(ports, numbers_),
            {.answer = [this](const SynSocket& socket, const SynAnswer& answer) { take(socket, answer); },
             .error = [this](const SynSocket& socket, const SynError& error) { take(socket, error); }}),
      trouble_(why_no_raw_socket(AF_INET)),
      has_ipv6_(why_no_raw_socket(AF_INET6).empty()) {}

HalfOpenChecks::~HalfOpenChecks() = default;

// A target that more services ask than there are ports has no port of its own; nor has one, for a moment,
// whose port was that of another until now.
std::shared_ptr<Check> HalfOpenChecks::make(Asked target, Check::Done done) {
  const bool can = trouble_.empty() && target->source_port != 0 && (has_ipv6_ || target->address.is_ipv4());
  if (!can) return make_tcp_check(io_, std::move(target), std::move(done));
  const auto [at, is_new] =
      places_.try_emplace({{target->address, target->port}, target->source_port, target->device});
  Place& place = at->second;
  if (is_new) place.number = chance_.next();
  if (place.asking) return make_tcp_check(io_, std::move(target), std::move(done));
  return std::make_shared<HalfOpenCheck>(*this, place, std::move(target), std::move(done));
}

void HalfOpenChecks::begin(const CheckQuestion& target, Place& place) {
  place.asked = Clock::now();
  place.number = numbers_.next(target.address, place.number, chance_.next());
}

error_code HalfOpenChecks::find_way(const CheckQuestion& target, Place& place) {
  error_code error;
  place.way_found = Clock::now();
  place.socket = ways_.find({target.address, target.port}, target.device, error);
  return error;
}

// An address or a device that has gone is known by the failure: then there may be another one.
error_code HalfOpenChecks::send(const CheckQuestion& target, Place& place, bool by_new_way) {
  error_code error;
  const Endpoint to{target.address, target.port};
  for (bool again = false;; again = true) {
    const bool is_new = by_new_way || again || !place.socket || place.asked - place.way_found > kWayKnown;
    if (is_new) error = find_way(target, place);
    if (error) return error;
    error = place.socket->send(to.address,
                               syn_packet({place.socket->source(), target.source_port}, to, place.number));
    if (!error || is_new) break;
  }
  if (!error && (sent_by_.empty() || sent_by_.back() != place.socket)) sent_by_.push_back(place.socket);
  return error;
}

void HalfOpenChecks::hear() {
  for (const SynWays::Socket& socket : std::exchange(sent_by_, {})) socket->hear();
}

void HalfOpenChecks::forget_old() {
  const auto now = Clock::now();
  std::erase_if(
      places_, [now](const auto& row) { return !row.second.asking && now - row.second.asked > kRemembered; });
  ways_.forget_unused();
}

// Of a check that waits, whose SYN had that number.
HalfOpenChecks::Place* HalfOpenChecks::find(const SynSocket& socket, const Endpoint& target,
                                            uint16_t source_port, uint32_t number) {
  const auto at = places_.find({target, source_port, socket.device()});
  const bool is_meant = at != places_.end() && at->second.asking && at->second.number == number &&
                        at->second.socket.get() == &socket;
  return is_meant ? &at->second : nullptr;
}

void HalfOpenChecks::take(const SynSocket& socket, const SynAnswer& answer) {
  if (Place* place = find(socket, answer.from, answer.to_port, answer.number))
    place->asking->judge(answer.refuses);
}

void HalfOpenChecks::take(const SynSocket& socket, const SynError& error) {
  if (Place* place = find(socket, error.about, error.syn.from_port, error.syn.number))
    place->asking->fail(error.why);
}

}   // namespace sluice
