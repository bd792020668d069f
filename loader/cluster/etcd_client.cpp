// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/etcd_client.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <utility>

#include "cluster/etcd_connection.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;
using nlohmann::json;

constexpr std::chrono::seconds kTimeToAnswer{4};
constexpr std::chrono::milliseconds kTimeOfKept{1500};   // after which a new connection is tried
constexpr size_t kKept = 2;                              // that are idle; a node seldom asks more at a time
constexpr size_t kLongestObject = size_t{1} << 20;       // of an answer that goes on

Result<json> object_of(const std::string& text) {
  json object = json::parse(text, nullptr, false);
  if (object.is_object()) return object;
  return fail("etcd says what is no JSON object");
}

}   // namespace

std::string base64_of(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();   // what ends a string of C
  return text;
}

Result<std::string> bytes_of_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    return fail("etcd says what is not base64");
  bytes.resize(size);
  return bytes;
}

EtcdClient::EtcdClient(asio::io_context& io, std::vector<HttpsUrl> places,
                       std::shared_ptr<ssl::context> trust)
    : io_(io), places_(std::move(places)), trust_(std::move(trust)) {}

EtcdClient::~EtcdClient() {
  *alive_ = false;
  for (const auto& one : connections_) one->cancel();
  for (const auto& one : followed_)
    if (const auto call = one.lock()) call->cancel();
}

std::string EtcdClient::place() const {
  const HttpsUrl& url = places_[at_];
  return fmt::format("{}:{}", url.host, url.port);
}

void EtcdClient::ask(const std::string& path, const json& body, Done done) {
  ask_one_of(path, body.dump(-1, ' ', false, json::error_handler_t::replace), {.places_left = places_.size()},
             std::move(done));
}

// One that is open, or a new one.
std::shared_ptr<EtcdConnection> EtcdClient::connection(bool is_new) {
  std::erase_if(connections_, [](const auto& one) { return one->is_over(); });
  if (!is_new)
    for (const auto& one : connections_)
      if (one->is_idle()) return one;
  return connections_.emplace_back(std::make_shared<EtcdConnection>(io_, trust_, places_[at_]));
}

// Those that are idle beyond a few, or all of them.
void EtcdClient::end_idle(size_t kept) {
  for (const auto& one : connections_) {
    if (!one->is_idle()) continue;
    if (kept)
      --kept;
    else
      one->cancel();
  }
}

void EtcdClient::ask_one_of(const std::string& path, const std::string& body, Attempt attempt, Done done) {
  const auto asked = connection(attempt.is_new);
  const bool was_used = asked->was_used();
  asked->ask(path, body, was_used ? kTimeOfKept : kTimeToAnswer,
             [this, path, body, attempt, was_used, at = at_, done = std::move(done), alive = alive_](
                 Result<std::string> answer, bool was_heard) mutable {
               if (!*alive) return;
               if (answer) {
                 end_idle(kKept);
                 return done(object_of(*answer));
               }
               // Its other end may be gone for long: that says nothing of the member.
               if (was_used && !was_heard && !attempt.is_new) {
                 attempt.is_new = true;
                 return ask_one_of(path, body, attempt, std::move(done));
               }
               leave_place(at);
               attempt = {.places_left = attempt.places_left - 1};
               if (attempt.places_left) return ask_one_of(path, body, attempt, std::move(done));
               done(std::unexpected(answer.error()));
             });
}

// Several calls may fail at one place: the next one is the same for all of them.
void EtcdClient::leave_place(size_t at) {
  if (at != at_) return;
  at_ = (at_ + 1) % places_.size();
  end_idle(0);
}

std::shared_ptr<EtcdCall> EtcdClient::follow(const std::string& path, const json& body, const Ends& ends) {
  std::erase_if(followed_, [](const auto& one) { return one.expired(); });
  const auto call = std::make_shared<EtcdConnection>(io_, trust_, places_[at_]);
  followed_.push_back(call);
  call->ask(
      path, body.dump(), kTimeToAnswer,
      [ended = ends.ended](const Result<std::string>& answer, bool) {
        ended(answer ? Error{"etcd ended what it was saying"} : answer.error());
      },
      [heed = ends.heed, own = std::weak_ptr(call)](std::string& said) {
        for (size_t end = said.find('\n'); end != std::string::npos; end = said.find('\n')) {
          const auto object = object_of(said.substr(0, end));
          said.erase(0, end + 1);
          if (!object) return false;
          heed(*object);
          if (const auto one = own.lock(); !one || one->is_over())
            return true;   // nobody is to hear the rest
        }
        return said.size() <= kLongestObject;
      });
  return call;
}

Result<std::shared_ptr<ssl::context>> etcd_trust(const std::string& ca, const std::string& cert,
                                                 const std::string& key) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->set_verify_mode(ssl::verify_peer);
  error_code error;
  if (ca.empty())
    context->set_default_verify_paths(error);
  else
    context->add_certificate_authority(asio::buffer(ca), error);
  if (error) return fail("certificates of etcd's authority: " + error.message());
  if (cert.empty()) return context;
  context->use_certificate_chain(asio::buffer(cert), error);
  if (error) return fail("this gateway's certificate for etcd: " + error.message());
  context->use_private_key(asio::buffer(key), ssl::context::pem, error);
  if (error) return fail("this gateway's key for etcd: " + error.message());
  return context;
}

}   // namespace sluice
