// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/capture_follower.hpp"

#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <utility>
#include <vector>

#include "capture/order.hpp"
#include "capture/process.hpp"
#include "daemon/capture_order.hpp"
#include "kernel/descriptors.hpp"
#include "talk/line.hpp"

namespace sluice {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kSayEach{1};

}   // namespace

class CaptureFollower::Running : public std::enable_shared_from_this<Running> {
 public:
  Running(asio::io_context& io, std::unique_ptr<CaptureSource> source, std::string order)
      : source_(std::move(source)), order_(std::move(order)), socket_(io), input_(kLongestCaptureCpus) {}
  ~Running() { end(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // `over` is called once, when its process has ended.
  Result<> begin(Helper helper, const UniqueFd& client, std::function<void()> over) {
    child_ = helper.child;
    over_ = std::move(over);
    TRY(send_descriptors(helper.socket.get(), std::array{client.get()}));
    socket_.assign(asio::local::stream_protocol(), helper.socket.release());
    await_rings();
    return {};
  }

  void go_on() {
    if (goes_) source_->go_on();
  }

  // The process tells its client that it is over, in its own time.
  void leave() {
    child_ = -1;
    end();
  }

  void end() {
    over_ = nullptr;
    goes_ = false;
    error_code ignored;
    socket_.close(ignored);
    source_ = nullptr;
    if (child_ <= 0) return;
    ::kill(child_, SIGTERM);
    ::waitpid(std::exchange(child_, -1), nullptr, 0);
  }

 private:
  // It has made them, and has no right any more.
  void await_rings() {
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& error) {
      auto fds = error ? std::vector<UniqueFd>() : self->take_rings();
      if (fds.empty()) return self->tell_over();
      self->await_cpus(std::move(fds));
    });
  }

  // They come at once when the first has come: nothing of strangers was read yet.
  std::vector<UniqueFd> take_rings() {
    error_code ignored;
    socket_.native_non_blocking(false, ignored);
    return receive_descriptors(socket_.native_handle()).value_or(std::vector<UniqueFd>());
  }

  void await_cpus(std::vector<UniqueFd> fds) {
    asio::async_read_until(
        socket_, input_, '\n',
        [self = shared_from_this(), fds = std::move(fds)](const error_code& error, size_t size) mutable {
          const auto put =
              error ? fail(error.message()) : self->put(std::move(fds), take_line(self->input_, size));
          if (put) return self->send_order();
          spdlog::error("capture: {}", put.error().message);
          self->tell_over();
        });
  }

  Result<> put(std::vector<UniqueFd> fds, const std::string& line) {
    const std::vector<uint32_t> cpus = TRY(decode_capture_cpus(line));
    if (cpus.size() != fds.size()) return fail("rings and CPUs are not as many");
    std::vector<PerfEvent> rings;
    for (size_t i = 0; i < fds.size(); ++i) rings.push_back({cpus[i], std::move(fds[i])});
    return source_->put_rings(rings);
  }

  void send_order() {
    await_ready();
    asio::async_write(socket_, asio::buffer(order_),
                      [self = shared_from_this()](const error_code& error, size_t) {
                        if (error) self->tell_over();
                      });
  }

  // Whatever comes after that is its end.
  void await_ready() {
    asio::async_read_until(socket_, input_, '\n',
                           [self = shared_from_this()](const error_code& error, size_t size) {
                             if (error || self->goes_ || take_line(self->input_, size) != kCaptureReady)
                               return self->tell_over();
                             self->let_begin();
                           });
  }

  void let_begin() {
    goes_ = true;
    source_->go_on();
    asio::async_write(socket_, asio::buffer(kCaptureGo, std::char_traits<char>::length(kCaptureGo)),
                      [self = shared_from_this()](const error_code& error, size_t) {
                        if (error) self->tell_over();
                      });
    await_ready();
  }

  void tell_over() {
    if (const auto over = std::exchange(over_, nullptr)) over();
  }

  std::unique_ptr<CaptureSource> source_;
  const std::string order_;
  using Socket = asio::local::stream_protocol::socket;
  Socket socket_;
  asio::streambuf input_;
  std::function<void()> over_;
  pid_t child_ = -1;
  bool goes_ = false;
};

CaptureFollower::CaptureFollower(asio::io_context& io, Gateway& gateway)
    : io_(io), gateway_(gateway), each_second_(io) {}

CaptureFollower::~CaptureFollower() { stop(); }

void CaptureFollower::stop() {
  each_second_.cancel();
  for (const auto& capture : std::exchange(running_, {})) capture->leave();
}

Result<HandOver> CaptureFollower::capture(const CaptureRequest& wanted) {
  const CaptureOrder order = TRY(capture_order(gateway_, wanted));
  auto source = TRY(gateway_.engine().capture(wanted.snaplen));
  auto capture = std::make_shared<Running>(io_, std::move(source), encode_capture_order(order));
  return HandOver([this, capture](UniqueFd client) { begin(capture, std::move(client)); });
}

void CaptureFollower::begin(const std::shared_ptr<Running>& capture, UniqueFd client) {
  auto helper = start_capture_process(gateway_.paths().pins.filename().string(), ++begun_);
  if (!helper) return spdlog::error("capture: {}", helper.error().message);
  running_.insert(capture);
  const auto begun = capture->begin(std::move(*helper), client, [this, capture = capture.get()] {
    std::erase_if(running_, [&](const auto& one) { return one.get() == capture && (one->end(), true); });
  });
  if (begun) return go_on();
  spdlog::error("capture: {}", begun.error().message);
  running_.erase(capture);
}

// Without it the packet path ends a capture by itself.
void CaptureFollower::go_on() {
  if (running_.empty()) return;
  for (const auto& capture : running_) capture->go_on();
  each_second_.expires_after(kSayEach);
  each_second_.async_wait([this](const error_code& error) {
    if (!error) go_on();
  });
}

}   // namespace sluice
