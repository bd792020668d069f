// SPDX-License-Identifier: GPL-2.0-or-later
#include "ddns/provider.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <nlohmann/json.hpp>

#include "base/https_url.hpp"

namespace sluice {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kProviderTime{15};
constexpr size_t kLongestProviderHeader = 8192;

// Begins something and waits for its end.
template <class Begin>
error_code await(asio::io_context& io, Begin&& begin) {
  error_code result = asio::error::timed_out;
  begin([&](const error_code& error, auto&&...) { result = error; });
  io.restart();
  io.run();
  return result;
}

Result<std::vector<tcp::endpoint>> places_of(const HttpsUrl& url, const NameServers& resolvers) {
  std::vector<tcp::endpoint> places;
  const auto add = [&](const std::string& text) {
    error_code error;
    const auto address = asio::ip::make_address(text, error);
    if (!error) places.emplace_back(address, url.port);
  };
  add(url.host);
  if (!places.empty()) return places;
  for (const char* type : {"AAAA", "A"})
    for (const std::string& text : TRY(resolvers.find(url.host, type))) add(text);
  if (places.empty()) return fail(fmt::format("{} has no address", url.host));
  return places;
}

Result<> trust_in(ssl::context& context, const std::string& ca) {
  error_code error;
  context.set_verify_mode(ssl::verify_peer);
  if (ca.empty())
    context.set_default_verify_paths(error);
  else
    context.add_certificate_authority(asio::buffer(ca), error);
  return error ? fail("the certificates to trust cannot be read: " + error.message()) : Result<>();
}

class ProviderTalk {
 public:
  ProviderTalk(const HttpsUrl& url, ssl::context& context) : url_(url), stream_(io_, context) {
    if (!IpAddress::parse(url.host)) SSL_set_tlsext_host_name(stream_.native_handle(), url.host.c_str());
    stream_.set_verify_callback(ssl::host_name_verification(url.host));
    beast::get_lowest_layer(stream_).expires_after(kProviderTime);
  }

  Result<unsigned> post(const std::vector<tcp::endpoint>& places, const std::string& token,
                        const std::string& text) {
    auto& lowest = beast::get_lowest_layer(stream_);
    TRY(done("connect", await(io_, [&](auto end) { lowest.async_connect(places, end); })));
    TRY(done("shake hands",
             await(io_, [&](auto end) { stream_.async_handshake(ssl::stream_base::client, end); })));
    const auto request = request_of(token, text);
    TRY(done("ask", await(io_, [&](auto end) { http::async_write(stream_, request, end); })));
    http::response_parser<http::empty_body> answer;
    answer.header_limit(static_cast<uint32_t>(kLongestProviderHeader));
    beast::flat_buffer buffer(2 * kLongestProviderHeader);
    TRY(done("hear", await(io_, [&](auto end) { http::async_read_header(stream_, buffer, answer, end); })));
    return answer.get().result_int();
  }

 private:
  http::request<http::string_body> request_of(const std::string& token, const std::string& text) const {
    const bool is_ipv6 = url_.host.contains(':');
    http::request<http::string_body> request(http::verb::post, url_.target, 11, text);
    request.set(http::field::host,
                fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), url_.host, url_.port));
    request.set(http::field::user_agent, "sluice");
    request.set(http::field::authorization, "Bearer " + token);
    request.set(http::field::content_type, "application/json");
    request.set(http::field::connection, "close");
    request.prepare_payload();
    return request;
  }

  Result<> done(std::string_view what, const error_code& error) {
    if (!error) return {};
    const long verdict = SSL_get_verify_result(stream_.native_handle());
    const std::string why = verdict == X509_V_OK
                                ? error.message()
                                : std::string("its certificate: ") + X509_verify_cert_error_string(verdict);
    return fail(fmt::format("{} {}: {}", what, url_.host, why));
  }

  const HttpsUrl& url_;
  asio::io_context io_{1};
  beast::ssl_stream<beast::tcp_stream> stream_;
};

}   // namespace

std::string provider_text(const std::string& name, const OutsideSpot& spot) {
  const auto text = [](const std::optional<IpAddress>& address) {
    return address ? nlohmann::json(address->to_string()) : nlohmann::json();
  };
  return nlohmann::json{{"name", name}, {"ipv4", text(spot.ipv4)}, {"ipv6", text(spot.ipv6)}}.dump();
}

Result<> tell_provider(const ProviderAccess& access, const NameServers& resolvers, const std::string& name,
                       const OutsideSpot& spot) {
  const auto url = parse_https_url(access.url);
  if (!url) return fail("the provider's URL is none");
  const auto places = TRY(places_of(*url, resolvers));
  ssl::context context(ssl::context::tls_client);
  context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  TRY(trust_in(context, access.ca));
  const unsigned status =
      TRY(ProviderTalk(*url, context).post(places, access.token, provider_text(name, spot)));
  return status / 100 == 2 ? Result<>() : fail(fmt::format("{} answers status {}", url->host, status));
}

}   // namespace sluice
