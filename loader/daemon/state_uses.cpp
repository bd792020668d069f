// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/state_uses.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "engine/flow_reader.hpp"

namespace sluice {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kUsesEach{1000};
constexpr int kRestAfterUses = 9;   // of the loop's time a tenth, however many flows there are
// A part of the timeout: so much older than it is the other node may think a flow to be.
constexpr int kPartsOfUse = 4;
constexpr size_t kLongestUses = 32'000;
constexpr std::string_view kUsed = "used";
constexpr char kBeforeSeconds = '\x1e';

}   // namespace

StateUses::StateUses(boost::asio::io_context& io, Gateway& gateway, KnownNames& names,
                     std::function<void(std::string)> tell)
    : io_(io), gateway_(gateway), names_(names), tell_(std::move(tell)), soon_(io) {}

void StateUses::run() {
  if (!std::exchange(runs_, true)) look();
}

void StateUses::stop() {
  runs_ = false;
  soon_.cancel();
  reader_ = nullptr;
  known_.clear();
  line_.clear();
}

void StateUses::look() {
  if (!names_.know()) return rest();
  auto reader = gateway_.engine().read_flow_ends();
  if (!reader) return rest();   // tables come and go
  reader_ = std::move(*reader);
  ++look_;
  read_on();
}

void StateUses::read_on() {
  const auto begun = Clock::now();
  std::vector<FlowState> piece;
  const auto more = reader_->next(piece);
  if (!more) {
    line_.clear();
    return rest();
  }
  for (const FlowState& flow : piece)
    if (can_move(flow)) note(flow);
  if (!*more) finish();
  spent_ += Clock::now() - begun;
  if (!*more) return rest();
  boost::asio::post(io_, [this] {
    if (reader_) read_on();
  });
}

// What the other node told of it is no use here: packets were counted, or were not.
void StateUses::note(const FlowState& flow) {
  const uint64_t packets = flow.original.packets + flow.reply.packets;
  const auto [at, is_new] = known_.try_emplace(key_of(flow));
  Known& known = at->second;
  known.look = look_;
  if (is_new) known.packets = packets;
  const auto now = Clock::now();
  if (known.packets == packets || now - known.told < std::chrono::seconds(flow.timeout_seconds) / kPartsOfUse)
    return;
  known.packets = packets;
  known.told = now;
  if (line_.empty()) line_ = kUsed;
  line_ += '\t' + key_text(at->first, *names_) + kBeforeSeconds + std::to_string(flow.idle_seconds + 1);
  if (line_.size() > kLongestUses) tell_(std::exchange(line_, {}));
}

void StateUses::finish() {
  std::erase_if(known_, [this](const auto& one) { return one.second.look != look_; });
  if (!line_.empty()) tell_(std::exchange(line_, {}));
}

void StateUses::rest() {
  reader_ = nullptr;
  soon_.expires_after(std::max<Clock::duration>(kUsesEach, kRestAfterUses * std::exchange(spent_, {})));
  soon_.async_wait([this](const boost::system::error_code& error) {
    if (!error && runs_) look();
  });
}

Result<> StateUses::heed(std::string_view piece) {
  TRY(names_.know());
  const std::vector<std::string_view> parts = split(piece, '\t');
  if (parts[0] != kUsed) return fail("what another gateway says of flows makes no sense");
  std::vector<FlowUse> uses;
  for (const std::string_view part : std::span(parts).subspan(1)) {
    const std::vector<std::string_view> words = split(part, kBeforeSeconds);
    const auto key = parse_key(words[0], *names_);
    if (!key || words.size() != 2) continue;
    FlowUse use{.flow = *key, .idle_seconds = 0};
    const char* const end = words[1].data() + words[1].size();
    const auto read = std::from_chars(words[1].data(), end, use.idle_seconds);
    if (read.ec == std::errc{} && read.ptr == end) uses.push_back(use);
  }
  return gateway_.engine().note_uses(uses);
}

}   // namespace sluice
