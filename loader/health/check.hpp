// SPDX-License-Identifier: GPL-2.0-or-later
// One question to one address, and what came of it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "health/trust.hpp"
#include "model/health.hpp"

namespace sluice {

// `source_port`: a flow of the packet path lives for minutes, and each check from a port of its own would be
// another one. 0: whatever the kernel gives.
struct CheckQuestion : HealthTarget {
  uint16_t source_port = 0;
};
using Asked = std::shared_ptr<const CheckQuestion>;

struct CheckOutcome {
  bool good = false;
  std::string reason;   // "status 500", "connected"
};

class Check : public std::enable_shared_from_this<Check> {
 public:
  using Done = std::function<void(CheckOutcome)>;

  explicit Check(Done done) : done_(std::move(done)) {}
  virtual ~Check() = default;
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;

  // `done` is called once, unless cancel() comes before; never before this has returned.
  virtual void start() = 0;
  // Whether the question may be asked again while there is time; ask_again() does so.
  virtual bool repeats() const { return false; }
  virtual void ask_again() {}
  // Hears what is there already, before one says that there is no answer. May be done by the end of it.
  virtual void catch_up() {}
  void cancel() {
    done_ = nullptr;
    close();
  }

 protected:
  virtual void close() = 0;
  void finish(bool good, std::string reason);
  void fail_by(const boost::system::error_code& error);

 private:
  Done done_;
};

// What HTTPS trusts, made once for all checks that trust the same.
class TrustStore {
 public:
  struct Trust {
    std::shared_ptr<boost::asio::ssl::context> context;
    std::string trouble;   // why there is none
  };
  const Trust& of(const HealthCheck& check);
  // The machine's own certificates may be others.
  void forget() { known_.clear(); }
  // From now on, in the place of all others.
  void take(TrustFiles files);

 private:
  TrustFiles files_;
  std::map<std::pair<bool, std::string>, Trust> known_;
};

class HalfOpenChecks;

// By TCP half-open, where that can be.
std::shared_ptr<Check> make_check(boost::asio::io_context& io, TrustStore& trust, HalfOpenChecks& half_open,
                                  Asked target, Check::Done done);

// By kind. That of TCP makes a connection.
std::shared_ptr<Check> make_tcp_check(boost::asio::io_context& io, Asked target, Check::Done done);
std::shared_ptr<Check> make_http_check(boost::asio::io_context& io, Asked target, Check::Done done);
std::shared_ptr<Check> make_https_check(boost::asio::io_context& io, TrustStore& trust, Asked target,
                                        Check::Done done);
std::shared_ptr<Check> make_udp_check(boost::asio::io_context& io, Asked target, Check::Done done);
std::shared_ptr<Check> make_icmp_check(boost::asio::io_context& io, Asked target, Check::Done done);

boost::system::error_code last_error();   // of a system call
// "connection refused": what the system says, as a part of a sentence.
std::string sentence_of(const boost::system::error_code& error);
// The device that the socket leaves by, where the target names one.
boost::system::error_code bind_to_device(int socket, const std::string& device);

// A socket of TCP to the target, which leaves nothing behind when it is closed: a thousand checks a second
// would leave sixty thousand sockets that wait.
boost::system::error_code open_tcp(boost::asio::ip::tcp::socket& socket, const CheckQuestion& question);
// Where the port is taken, another one will do.
void bind_to_port(int socket, bool is_ipv4, uint16_t port);

}   // namespace sluice
