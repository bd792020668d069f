// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/upnp_child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/read_until.hpp>
#include <csignal>

#include "base/unique_fd.hpp"
#include "reach/upnp_session.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kLongestAsk{12};
constexpr rlim_t kMostSeconds = 5, kMostFiles = 32, kMostMemory = rlim_t{256} << 20;

// What a hostile device makes the library do: compute, write, fork, use memory without end.
Result<> limit_this_process() {
  const std::pair<int, rlim_t> limits[] = {{RLIMIT_CPU, kMostSeconds},
                                           {RLIMIT_FSIZE, 0},
                                           {RLIMIT_CORE, 0},
                                           {RLIMIT_NOFILE, kMostFiles},
                                           {RLIMIT_AS, kMostMemory}};
  for (const auto& [what, most] : limits) {
    const rlimit limit{most, most};
    if (::setrlimit(what, &limit) != 0) return fail_errno("limit what UPnP may use up", errno);
  }
  return {};
}

Result<std::pair<UniqueFd, UniqueFd>> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe", errno);
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

// Between fork and exec: calls that are safe there alone. The allocator takes a gigabyte of addresses at once
// where nobody tells it not to.
[[noreturn]] void become_upnp(int in, int out) {
  static char program[] = "sluiced", verb[] = "upnp", arena[] = "MIMALLOC_ARENA_RESERVE=0";
  char* const words[] = {program, verb, nullptr};
  char* const environment[] = {arena, nullptr};
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::dup2(in, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0) ::_exit(1);
  ::execve("/proc/self/exe", words, environment);
  ::_exit(1);
}

}   // namespace

Result<> run_upnp_child() {
  TRY(limit_this_process());
  return run_upnp(STDIN_FILENO, STDOUT_FILENO);
}

void UpnpChild::ask(const UpnpAsk& ask, Done done) {
  waiting_.emplace_back(ask, std::move(done));
  if (waiting_.size() == 1) next();
}

void UpnpChild::forget() {
  waiting_.clear();
  end();
}

void UpnpChild::next() {
  if (waiting_.empty()) return;
  if (const auto started = start(waiting_.front().first); !started) {
    time_.expires_after(std::chrono::seconds(0));
    time_.async_wait([this, life = weak_life(), why = started.error().message](const error_code& error) {
      if (!error && !life.expired()) finish({.trouble = why, .outside = {}, .life = {}});
    });
    return;
  }
  await_answer();
}

Result<> UpnpChild::start(const UpnpAsk& ask) {
  ++started_;
  auto [question_in, question_out] = TRY(make_pipe());
  auto [answer_in, answer_out] = TRY(make_pipe());
  const std::string line = encode_upnp_ask(ask);   // shorter than what a pipe holds
  if (::write(question_out.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return fail_errno("tell UPnP what to ask", errno);
  child_ = ::fork();
  if (child_ < 0) return fail_errno("start what asks by UPnP", errno);
  if (child_ == 0) become_upnp(question_in.get(), answer_out.get());
  output_.emplace(io_, answer_in.release());
  return {};
}

void UpnpChild::await_answer() {
  asio::async_read_until(
      *output_, input_, '\n',
      [this, life = weak_life(), run = started_](const error_code& error, size_t size) {
        if (life.expired() || run != started_) return;
        if (error) return finish({.trouble = "what asks by UPnP has ended", .outside = {}, .life = {}});
        const std::string line(asio::buffers_begin(input_.data()),
                               asio::buffers_begin(input_.data()) + static_cast<ptrdiff_t>(size));
        const auto answer = decode_upnp_answer(line);
        finish(answer ? *answer : UpnpAnswer{.trouble = answer.error().message, .outside = {}, .life = {}});
      });
  time_.expires_after(kLongestAsk);
  time_.async_wait([this, life = weak_life(), run = started_](const error_code& error) {
    if (!error && !life.expired() && run == started_)
      finish({.trouble = "the router takes too long", .outside = {}, .life = {}});
  });
}

void UpnpChild::finish(const UpnpAnswer& answer) {
  end();
  const Done done = std::move(waiting_.front().second);
  waiting_.pop_front();
  done(answer);
  if (child_ < 0) next();
}

void UpnpChild::end() {
  ++started_;
  time_.cancel();
  input_.consume(input_.size());
  if (output_) {
    error_code ignored;
    output_->close(ignored);
    output_.reset();
  }
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  child_ = -1;
}

}   // namespace sluice
