// SPDX-License-Identifier: GPL-2.0-or-later
// A TLS server that stands for etcd: it answers what a test says, closes when it says so, or falls silent.
#pragma once

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/https_url.hpp"
#include "cluster/etcd_client.hpp"

namespace sluice::test {

struct OwnCertificate {
  std::string chain, key;   // PEM
};

// Of 127.0.0.1, and its own authority.
inline OwnCertificate certificate_of_localhost() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("etcd"), -1, -1,
                             0);
  X509_set_issuer_name(made.get(), name);
  for (const auto& [kind, value] :
       {std::pair(NID_subject_alt_name, "IP:127.0.0.1"), std::pair(NID_basic_constraints, "CA:TRUE")}) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value), X509_EXTENSION_free);
    X509_add_ext(made.get(), extension.get(), -1);
  }
  X509_sign(made.get(), key.get(), EVP_sha256());
  const auto text_of = [](auto write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    const char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return std::string(text, static_cast<size_t>(size));
  };
  return {text_of([&](BIO* out) { PEM_write_bio_X509(out, made.get()); }), text_of([&](BIO* out) {
            PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

class EtcdServer {
 public:
  using Json = nlohmann::json;
  using Answer = std::function<std::optional<Json>(const std::string& path, const Json& body)>;

  explicit EtcdServer(boost::asio::io_context& io)
      : acceptor_(io, {boost::asio::ip::make_address("127.0.0.1"), 0}),
        context_(boost::asio::ssl::context::tls_server) {
    context_.use_certificate_chain(boost::asio::buffer(own_.chain));
    context_.use_private_key(boost::asio::buffer(own_.key), boost::asio::ssl::context::pem);
    accept();
  }
  ~EtcdServer() { close_all(); }

  HttpsUrl url() const { return {"127.0.0.1", acceptor_.local_endpoint().port(), "/"}; }
  const std::string& authority() const { return own_.chain; }
  std::shared_ptr<boost::asio::ssl::context> trust() const { return *etcd_trust(own_.chain, "", ""); }

  Answer answer = [](const std::string&, const Json&) { return Json::object(); };   // nullopt: silence
  bool keeps = true;                // a connection is there for the next request
  std::vector<std::string> asked;   // paths
  size_t connections = 0;

  // Of all that are there; new ones are taken.
  void close_all() {
    for (const auto& one : visits_) {
      boost::system::error_code ignored;
      one->stream.next_layer().close(ignored);
    }
    visits_.clear();
  }
  // To those that asked for an answer that goes on.
  void say_to_watchers(const Json& said) {
    for (const auto& one : visits_)
      if (one->watches) boost::asio::write(one->stream, boost::asio::buffer(chunk_of(said)));
  }

 private:
  struct Visit {
    explicit Visit(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context)
        : stream(std::move(socket), context) {}
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream;
    boost::beast::flat_buffer buffer;
    boost::beast::http::request<boost::beast::http::string_body> request;
    boost::beast::http::response<boost::beast::http::string_body> response;
    bool watches = false;
  };

  static std::string chunk_of(const Json& said) {
    const std::string line = said.dump() + "\n";
    char size[20];
    std::snprintf(size, sizeof(size), "%zx\r\n", line.size());
    return size + line + "\r\n";
  }

  void accept() {
    acceptor_.async_accept(
        [this](const boost::system::error_code& error, boost::asio::ip::tcp::socket socket) {
          if (error) return;
          ++connections;
          auto visit = std::make_shared<Visit>(std::move(socket), context_);
          visits_.push_back(visit);
          visit->stream.async_handshake(boost::asio::ssl::stream_base::server,
                                        [this, visit](const boost::system::error_code& failed) {
                                          if (!failed) serve(visit);
                                        });
          accept();
        });
  }

  void serve(const std::shared_ptr<Visit>& visit) {
    visit->request = {};
    boost::beast::http::async_read(visit->stream, visit->buffer, visit->request,
                                   [this, visit](const boost::system::error_code& error, size_t) {
                                     if (!error) reply(visit);
                                   });
  }

  void reply(const std::shared_ptr<Visit>& visit) {
    namespace http = boost::beast::http;
    const std::string path(visit->request.target());
    asked.push_back(path);
    const auto said = answer(path, Json::parse(visit->request.body()));
    if (!said) return;
    visit->watches = path == "/v3/watch";
    if (visit->watches) {
      const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk_of(*said);
      boost::asio::write(visit->stream, boost::asio::buffer(head));
      return;
    }
    visit->response = {http::status::ok, 11};
    visit->response.keep_alive(keeps);
    visit->response.body() = said->dump();
    visit->response.prepare_payload();
    http::async_write(visit->stream, visit->response,
                      [this, visit](const boost::system::error_code& error, size_t) {
                        if (!error && keeps) serve(visit);
                      });
  }

  const OwnCertificate own_ = certificate_of_localhost();
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ssl::context context_;
  std::vector<std::shared_ptr<Visit>> visits_;
};

}   // namespace sluice::test
