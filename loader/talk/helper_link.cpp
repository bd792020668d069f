// SPDX-License-Identifier: GPL-2.0-or-later
#include "talk/helper_link.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <utility>

#include "talk/line.hpp"
#include "talk/read_line.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kSoonestStart{100}, kLatestStart{10'000};

// Answers when the child has ended, or that time is over.
void await_end(pid_t child, milliseconds time) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (process.get() >= 0) ::poll(&ended, 1, static_cast<int>(time.count()));
}

}   // namespace

struct HelperLink::Process {
  Process(asio::io_context& io, Helper helper, size_t longest)
      : socket(io, asio::local::stream_protocol(), helper.socket.release()),
        input(longest),
        child(helper.child) {}

  Socket socket;
  asio::streambuf input;
  std::string writing;
  bool writes = false;
  pid_t child;
};

HelperLink::HelperLink(asio::io_context& io, size_t longest, Ends ends)
    : io_(io), longest_(longest), ends_(std::move(ends)), retry_(io), pause_(kSoonestStart) {}

HelperLink::~HelperLink() { end_process(); }

HelperLink::Socket& HelperLink::socket() { return process_->socket; }

void HelperLink::run() {
  if (process_) return tell();
  retry_.cancel();
  start();
}

void HelperLink::start() {
  auto helper = ends_.start();
  if (!helper) return give_up(helper.error().message);
  process_ = std::make_shared<Process>(io_, std::move(*helper), longest_);
  await_line();
  tell();
}

void HelperLink::end() {
  retry_.cancel();
  end_process();
  ends_.forget();
}

// A unit ends because its socket is closed; what waits for it is ended here.
void HelperLink::end_process() {
  const auto process = std::exchange(process_, nullptr);
  if (!process) return;
  error_code ignored;
  process->socket.close(ignored);
  if (process->child <= 0) return;
  if (ends_.time_to_leave.count() > 0) await_end(process->child, ends_.time_to_leave);
  ::kill(process->child, SIGKILL);
  ::waitpid(process->child, nullptr, 0);
}

void HelperLink::give_up(const std::string& why) {
  end_process();
  ends_.forget();
  ends_.lost(why);
  retry_.expires_after(pause_);
  pause_ = std::min(2 * pause_, kLatestStart);
  retry_.async_wait([this](const error_code& error) {
    if (!error) ends_.again();
  });
}

void HelperLink::await_line() {
  async_read_line(process_->socket, process_->input,
                  [this, process = process_](const error_code& error, size_t size) {
                    if (process != process_) return;   // it was ended
                    if (error) return give_up(ends_.ended);
                    hear(take_line(process->input, size));
                    if (process == process_) await_line();
                  });
}

void HelperLink::hear(const std::string& line) {
  if (const auto heard = ends_.heed(line); !heard) return give_up(heard.error().message);
  pause_ = kSoonestStart;
}

void HelperLink::tell() {
  if (!process_ || process_->writes) return;
  process_->writing = ends_.next();
  if (process_->writing.empty()) return;
  process_->writes = true;
  asio::async_write(process_->socket, asio::buffer(process_->writing),
                    [this, process = process_](const error_code&, size_t) {
                      process->writes = false;
                      if (process == process_) tell();
                    });
}

}   // namespace sluice
