// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach/upnp_session.hpp"

#include <fmt/format.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/miniwget.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>

#include "base/number.hpp"

namespace sluice {
namespace {

using std::chrono::seconds;

constexpr int kAnswersWithinMs = 1000;
constexpr int kMostPorts = 5;   // that are tried, where others have them
constexpr uint16_t kLowestPort = 1024;
constexpr const char* kProtocol = "UDP";
constexpr const char* kDescription = "sluice";
constexpr int kPermanentOnly = 725, kConflict = 718, kOtherMechanism = 729;   // IGD 1 and 2, table 2-20

struct Freer {
  void operator()(UPNPDev* devices) const { freeUPNPDevlist(devices); }
  void operator()(void* bytes) const { std::free(bytes); }
};

// One service of the router that makes mappings.
class Igd {
 public:
  static Result<Igd> find(const UpnpAsk& ask);
  ~Igd() {
    if (urls_) FreeUPNPUrls(urls_.get());
  }
  Igd(Igd&&) = default;

  UpnpAnswer map(const UpnpAsk& ask);
  UpnpAnswer end(const UpnpAsk& ask);

 private:
  Igd() = default;
  static std::optional<Igd> described_at(const char* location, unsigned scope, const IpAddress& router);

  const char* url() const { return urls_->controlURL; }
  const char* type() const { return data_->first.servicetype; }
  IpAddress outside() const;
  bool is_of_another(uint16_t outside, const UpnpAsk& ask) const;
  int add(uint16_t outside, const UpnpAsk& ask, seconds life) const;

  std::string location_;
  std::unique_ptr<UPNPUrls> urls_;
  std::unique_ptr<IGDdatas> data_;
};

std::string reason_of_upnp(int code) {
  const char* text = strupnperror(code);
  return text ? fmt::format("{} ({})", text, code) : fmt::format("error {}", code);
}

uint16_t any_port() {
  uint16_t port = 0;
  if (::getrandom(&port, sizeof(port), 0) != sizeof(port)) port = 51820;
  return std::max(port, kLowestPort);
}

// What the device says of itself is read from the router alone, and only what leads back to it is used.
std::optional<Igd> Igd::described_at(const char* location, unsigned scope, const IpAddress& router) {
  if (!location || !leads_to(location, router)) return std::nullopt;
  int size = 0, status = 0;
  const std::unique_ptr<void, Freer> text(miniwget(location, &size, scope, &status));
  if (!text || size <= 0) return std::nullopt;
  Igd igd;
  igd.data_ = std::make_unique<IGDdatas>();
  igd.urls_ = std::make_unique<UPNPUrls>();
  parserootdesc(static_cast<const char*>(text.get()), size, igd.data_.get());
  GetUPNPUrls(igd.urls_.get(), igd.data_.get(), location, scope);
  igd.location_ = location;
  const bool is_usable = igd.urls_->controlURL && leads_to(igd.url(), router) && igd.type()[0] != '\0';
  return is_usable ? std::optional(std::move(igd)) : std::nullopt;
}

// Where it answered before it needs no search, which a document that no longer asks has closed.
Result<Igd> Igd::find(const UpnpAsk& ask) {
  if (auto igd = described_at(ask.location.c_str(), 0, ask.router)) return std::move(*igd);
  int error = 0;
  const std::unique_ptr<UPNPDev, Freer> devices(
      upnpDiscover(kAnswersWithinMs, ask.device.c_str(), nullptr, UPNP_LOCAL_PORT_SAME, 0, 2, &error));
  if (!devices)
    return fail(error == UPNPDISCOVER_SOCKET_ERROR ? "port 1900 cannot be had" : "nobody answers");
  for (const UPNPDev* device = devices.get(); device; device = device->pNext)
    if (auto igd = described_at(device->descURL, device->scope_id, ask.router)) return std::move(*igd);
  return fail("the router has no service that makes mappings");
}

IpAddress Igd::outside() const {
  std::array<char, 16> text{};
  if (UPNP_GetExternalIPAddress(url(), type(), text.data()) != UPNPCOMMAND_SUCCESS) return {};
  text.back() = '\0';
  return IpAddress::parse(text.data()).value_or(IpAddress());
}

// Some routers give a port again that somebody has.
bool Igd::is_of_another(uint16_t outside, const UpnpAsk& ask) const {
  std::array<char, 16> client{}, life{};
  std::array<char, 6> port{};
  std::array<char, 80> description{};
  std::array<char, 4> enabled{};
  const int code = UPNP_GetSpecificPortMappingEntry(url(), type(), std::to_string(outside).c_str(), kProtocol,
                                                    nullptr, client.data(), port.data(), description.data(),
                                                    enabled.data(), life.data());
  if (code != UPNPCOMMAND_SUCCESS) return false;
  client.back() = port.back() = '\0';
  return ask.local.to_string() != client.data() || std::to_string(ask.port) != port.data();
}

int Igd::add(uint16_t outside, const UpnpAsk& ask, seconds life) const {
  return UPNP_AddPortMapping(url(), type(), std::to_string(outside).c_str(), std::to_string(ask.port).c_str(),
                             ask.local.to_string().c_str(), kDescription, kProtocol, nullptr,
                             std::to_string(life.count()).c_str());
}

UpnpAnswer Igd::map(const UpnpAsk& ask) {
  uint16_t port = ask.wanted;
  int code = kConflict;
  for (int tries = 0; tries < kMostPorts; ++tries, port = any_port()) {
    if (is_of_another(port, ask)) continue;
    seconds life = ask.life;
    code = add(port, ask, life);
    if (code == kPermanentOnly) code = add(port, ask, life = seconds(0));
    if (code == UPNPCOMMAND_SUCCESS)
      return {.trouble = "", .outside = {outside(), port}, .life = life, .location = location_};
    if (code != kConflict && code != kOtherMechanism) break;
  }
  return {.trouble = reason_of_upnp(code), .outside = {}, .life = {}};
}

UpnpAnswer Igd::end(const UpnpAsk& ask) {
  if (is_of_another(ask.wanted, ask)) return {.trouble = "somebody else has it", .outside = {}, .life = {}};
  const int code =
      UPNP_DeletePortMapping(url(), type(), std::to_string(ask.wanted).c_str(), kProtocol, nullptr);
  return {.trouble = code == UPNPCOMMAND_SUCCESS ? "" : reason_of_upnp(code), .outside = {}, .life = {}};
}

UpnpAnswer answer_of(const UpnpAsk& ask) {
  auto igd = Igd::find(ask);
  if (!igd) return {.trouble = igd.error().message, .outside = {}, .life = {}};
  return ask.life.count() ? igd->map(ask) : igd->end(ask);
}

Result<std::string> read_one_line(int from) {
  constexpr size_t kLongest = 4096;
  std::string line;
  std::array<char, 512> piece{};
  while (!line.contains('\n') && line.size() < kLongest) {
    const ssize_t size = ::read(from, piece.data(), piece.size());
    if (size <= 0) return fail("nothing to ask");
    line.append(piece.data(), static_cast<size_t>(size));
  }
  return line;
}

}   // namespace

bool leads_to(std::string_view url, const IpAddress& host) {
  const std::string begin = "http://" + host.to_string();
  if (!url.starts_with(begin)) return false;
  url.remove_prefix(begin.size());
  const size_t path = url.find('/');
  const std::string_view port = url.substr(0, path);
  if (port.empty()) return true;
  return port.front() == ':' && whole_number<uint16_t>(port.substr(1)).has_value();
}

Result<> run_upnp(int in, int out) {
  const UpnpAsk ask = TRY(decode_upnp_ask(TRY(read_one_line(in))));
  const std::string answer = encode_upnp_answer(answer_of(ask));
  if (::write(out, answer.data(), answer.size()) != static_cast<ssize_t>(answer.size()))
    return fail_errno("tell what the router answered", errno);
  return {};
}

}   // namespace sluice
