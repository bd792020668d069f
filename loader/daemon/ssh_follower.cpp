// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/ssh_follower.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <iterator>
#include <span>
#include <utility>

#include "daemon/log.hpp"
#include "show/ssh_event.hpp"

namespace sluice {
namespace {

constexpr std::chrono::seconds kEveryLookAtFlows{2};
// Of the loop's time a twentieth, however many flows there are.
constexpr int kPauseAfterLook = 19;
// Somebody may begin thousands at once: the journal is for others as well.
constexpr size_t kMostConnectionsTold = 100;

// As in /etc/passwd; a directory service is not asked, because the daemon would wait for it.
std::string name_of_user(uint32_t number) {
  std::FILE* accounts = std::fopen("/etc/passwd", "re");
  std::string name = fmt::format("{}", number);
  std::array<char, 4096> room{};
  passwd entry{}, *found = nullptr;
  while (accounts && fgetpwent_r(accounts, &entry, room.data(), room.size(), &found) == 0)
    if (found->pw_uid == number) {
      name = found->pw_name;
      break;
    }
  if (accounts) std::fclose(accounts);
  return name;
}

// sshd opens a jump's connection as the user who has logged in.
std::string login_of(const SshConnection& jump, const std::vector<SocketRow>& sockets) {
  const auto owner = owner_of_socket(sockets, {jump.source, jump.source_port}, {jump.box, kSshPort});
  return owner ? name_of_user(*owner) : "";
}

// All of one look, which reads the tables once.
void find_logins(std::span<SshConnection> fresh) {
  const auto is_jump = [](const SshConnection& one) { return one.way == SshConnection::Way::kJump; };
  if (std::ranges::none_of(fresh, is_jump)) return;
  auto sockets = socket_rows(read_socket_table("tcp"));
  std::ranges::copy(socket_rows(read_socket_table("tcp6")), std::back_inserter(sockets));
  for (SshConnection& one : fresh)
    if (is_jump(one)) one.login = login_of(one, sockets);
}

}   // namespace

bool SshFollower::has_boxes() const {
  const auto& current = gateway_.current();
  return current && current->document.ssh && !current->document.ssh->users.empty();
}

void SshFollower::look_again() {
  if (!has_boxes()) return stop();
  if (!waits_ && !reader_) await(kEveryLookAtFlows);
}

void SshFollower::stop() {
  timer_.cancel();
  waits_ = false;
  reader_.reset();
}

void SshFollower::await(Clock::duration pause) {
  waits_ = true;
  timer_.expires_after(pause);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    waits_ = false;
    begin();
  });
}

void SshFollower::begin() {
  if (!has_boxes()) return;
  const auto begun = Clock::now();
  auto reader = gateway_.engine().read_flows();
  if (!reader) return leave_off(reader.error().message);
  reader_ = std::move(*reader);
  watch_.begin(gateway_.current()->document);
  spent_ = Clock::now() - begun;
  go_on();
}

// One piece at a time; whoever else waits for the daemon comes in between.
void SshFollower::go_on() {
  boost::asio::post(timer_.get_executor(), [this] {
    if (!reader_) return;
    const auto begun = Clock::now();
    const auto more = read_piece();
    spent_ += Clock::now() - begun;
    if (!more) return leave_off(more.error().message);
    *more ? go_on() : finish();
  });
}

Result<bool> SshFollower::read_piece() {
  std::vector<FlowState> piece;
  const bool more = TRY(reader_->next(piece));
  for (const FlowState& flow : piece) watch_.note(flow);
  return more;
}

void SshFollower::finish() {
  reader_.reset();
  trouble_.clear();
  if (!has_boxes()) return;
  const auto now = std::chrono::system_clock::now();
  auto fresh = watch_.end(gateway_.current()->document);
  std::vector<EventEntry> entries;
  const auto told = std::span(fresh).first(std::min(fresh.size(), kMostConnectionsTold));
  find_logins(told);
  for (const SshConnection& one : told) entries.push_back(entry_of(one, now));
  if (fresh.size() > kMostConnectionsTold)
    entries.push_back(entry_of_more_connections(fresh.size() - kMostConnectionsTold, now));
  if (!entries.empty()) log_entries(entries);
  await(std::max<Clock::duration>(kEveryLookAtFlows, kPauseAfterLook * spent_));
}

// The tables may have been exchanged meanwhile: the next look sees all again.
void SshFollower::leave_off(const std::string& trouble) {
  reader_.reset();
  if (trouble != trouble_) spdlog::warn("look who is connected to boxes: {}", trouble);
  trouble_ = trouble;
  await(kEveryLookAtFlows);
}

}   // namespace sluice
