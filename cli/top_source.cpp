// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/top_source.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "base/without_signals.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kBetweenTries{1};
constexpr size_t kLongestLine = size_t{16} << 20;   // bytes; the daemon has no longer ones

}   // namespace

TopSource::TopSource(const Client& client)
    : client_(client), ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  const WithoutSignals without;   // they are for the thread that reads keys
  thread_ = std::thread([this] { run(); });
}

TopSource::~TopSource() {
  {
    const std::scoped_lock hold(lock_);
    ends_ = true;
    hang_up();
  }
  changed_.notify_all();
  thread_.join();
}

void TopSource::follow(std::string target) {
  {
    const std::scoped_lock hold(lock_);
    if (target == wanted_) return;
    wanted_ = std::move(target);
    news_.reset();
    hang_up();
  }
  changed_.notify_all();
}

// Whoever reads of it hears the end.
void TopSource::hang_up() {
  if (connection_) ::shutdown(connection_.get(), SHUT_RDWR);
}

std::optional<TopSource::News> TopSource::take() {
  uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(ready_.get(), &count, sizeof(count));
  const std::scoped_lock hold(lock_);
  return std::exchange(news_, std::nullopt);
}

void TopSource::tell(News news, const std::string& target) {
  {
    const std::scoped_lock hold(lock_);
    if (target != wanted_) return;
    news_ = std::move(news);
  }
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(ready_.get(), &one, sizeof(one));
}

// The last whole line of a piece is the newest.
bool TopSource::hear(std::string_view piece, std::string& rest, const std::string& target) {
  rest += piece;
  if (const size_t end = rest.rfind('\n'); end != std::string::npos) {
    const size_t before = end ? rest.rfind('\n', end - 1) : std::string::npos;
    const size_t begin = before == std::string::npos ? 0 : before + 1;
    json line = json::parse(rest.substr(begin, end - begin), nullptr, false);
    rest.erase(0, end + 1);
    if (line.is_object() && line.contains("rows")) tell({.line = std::move(line)}, target);
  }
  const std::scoped_lock hold(lock_);
  return !ends_ && target == wanted_ && rest.size() <= kLongestLine;
}

void TopSource::run() {
  std::unique_lock hold(lock_);
  while (!ends_) {
    changed_.wait(hold, [&] { return ends_ || !wanted_.empty(); });
    if (ends_) return;
    const std::string target = wanted_;
    hold.unlock();
    std::string rest;
    const auto ended = client_.follow(
        target, [&](std::string_view piece) { return hear(piece, rest, target); },
        [&](int fd) {
          const std::scoped_lock held(lock_);
          connection_ = UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));   // theirs may be closed meanwhile
          if (ends_ || target != wanted_) hang_up();
        });
    if (!ended) tell({.line = {}, .trouble = ended.error().error.message}, target);
    hold.lock();
    connection_ = {};
    if (!ended) changed_.wait_for(hold, kBetweenTries, [&] { return ends_ || target != wanted_; });
  }
}

}   // namespace sluice::cli
