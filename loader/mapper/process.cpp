// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapper/process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "mapper/sockets.hpp"
#include "mapper/wire.hpp"
#include "talk/daemon_link.hpp"
#include "talk/serve_helper.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kTellEach{1};
// RFC 6886 section 3.2.1: ten times, each after twice as long.
constexpr int kAnnouncements = 10;
constexpr milliseconds kFirstPause{250};
// An epoch that began longer ago was announced by a process before this one.
constexpr seconds kNewEpoch{60};

const HelperLimits kLimitsOfMapper{.right = "", .files = 4096, .memory = "256M"};

class MapperTalk {
 public:
  MapperTalk(asio::io_context& io, int socket)
      : daemon_(io, socket, kLongestMapperLine),
        tell_(io),
        announce_(io),
        mapper_([this](const MappingRequest& request) { daemon_.say(encode_mapping_request(request)); }),
        sockets_(io, mapper_) {
    daemon_.hear([this](const std::string& line) { return heed(line); });
  }

 private:
  bool heed(const std::string& line) {
    const auto command = decode_mapper_command(line);
    if (!command) return false;
    if (const auto* answer = std::get_if<MappingAnswer>(&*command))
      mapper_.done(*answer);
    else
      follow(std::get<MappingOrder>(*command));
    return true;
  }

  void follow(const MappingOrder& order) {
    mapper_.follow(order);
    sockets_.follow();
    const bool is_new = epoch_ ? *epoch_ != order.start : mapper_.epoch() < kNewEpoch.count();
    epoch_ = order.start;
    if (is_new) announce(kAnnouncements, kFirstPause);
    tell();
  }

  void announce(int times, milliseconds pause) {
    announce_.cancel();
    sockets_.announce();
    if (times <= 1) return;
    announce_.expires_after(pause);
    announce_.async_wait([this, times, pause](const error_code& error) {
      if (!error) announce(times - 1, 2 * pause);
    });
  }

  void await_tell() {
    tell_.expires_after(kTellEach);
    tell_.async_wait([this](const error_code& error) {
      if (!error) tell();
    });
  }

  void tell() {
    MappingNews news = mapper_.counts();
    news.troubles = sockets_.troubles();
    await_tell();
    if (told_ == news) return;
    told_ = news;
    daemon_.say(encode_mapping_news(news));
  }

  DaemonLink daemon_;
  asio::steady_timer tell_, announce_;
  std::optional<MappingNews> told_;
  std::optional<std::chrono::sys_seconds> epoch_;   // of the last order
  Mapper mapper_;
  MappingSockets sockets_;
};

}   // namespace

Result<> run_mapper(int socket) { return serve_helper<MapperTalk>({.name = "mapper"}, socket); }

Result<Helper> start_mapper_process(const std::string& instance) {
  return start_helper(instance, kMapperVerb, "Requests for ports, of sluice", properties_of(kLimitsOfMapper));
}

}   // namespace sluice
