// SPDX-License-Identifier: GPL-2.0-or-later
// What strangers send to the resolver: the first byte says whether it is a question of a client or an answer
// of an upstream to one of its own. What is answered has to be a message again, and no longer than it may be.
#include <cstdint>
#include <cstdlib>

#include "dns/cache.hpp"
#include "dns/known_names.hpp"
#include "dns/message.hpp"
#include "dns/service_hints.hpp"

namespace {

using namespace sluice;
using std::chrono::seconds;

const dns::KnownNames& known() {
  static const dns::KnownNames names({{"www.example.org", {*IpAddress::parse("192.0.2.1")}},
                                      {"web.services.internal", {*IpAddress::parse("2001:db8::1")}}});
  return names;
}

void must_be_an_answer(const dns::Bytes& message, const dns::Query& query, size_t most) {
  const bool is_answer = message.size() >= 12 && message.size() <= most && message[2] & 0x80 &&
                         (message[0] << 8 | message[1]) == query.id;
  if (!is_answer) std::abort();
}

void ask(dns::BytesView message) {
  const auto query = dns::read_query(message);
  if (!query) {
    if (query.error() && query.error()->size() < 12) std::abort();
    return;
  }
  if (dns::key_of(*query).size() < 4) std::abort();
  if (const auto answer = known().answer(*query)) must_be_an_answer(*answer, *query, dns::kLongestMessage);
  must_be_an_answer(dns::write_error(*query, dns::kServFail), *query, dns::kPlainPayload);
  if (!dns::read_query(dns::write_question(*query, 1))) std::abort();
}

dns::Query question() {
  dns::Query query{.id = 7, .name = "www.example.org", .type = dns::kTypeA};
  query.question = {3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 1, 0, 1};
  query.edns = true;
  return query;
}

void answer(dns::BytesView rest) {
  if (const auto hints = dns::hints_of(rest); hints && hints->size() > rest.size() / 4) std::abort();
  const dns::Query query = question();
  dns::Bytes message{0, 9};
  message.insert(message.end(), rest.begin(),
                 rest.begin() + static_cast<ptrdiff_t>(std::min<size_t>(rest.size(), 10)));
  if (rest.size() > 10) {
    message.insert(message.end(), query.question.begin(), query.question.end());
    message.insert(message.end(), rest.begin() + 10, rest.end());
  }
  const auto reply = dns::read_reply(message, query, 9);
  if (!reply) return;
  const auto cleaned =
      dns::without_addresses(*reply, query, [](const IpAddress& one) { return one.is_ipv4(); });
  if (cleaned)
    for (const auto& [address, lives] : cleaned->addresses)
      if (!address.is_ipv4() || lives < seconds(0)) std::abort();
  if (reply->lives < seconds(0) || reply->message.size() > dns::kLongestMessage) std::abort();
  must_be_an_answer(dns::write_answer(*reply, query, seconds(1), query.room), query, query.room);
  must_be_an_answer(dns::write_answer(*reply, query, seconds(0), dns::kLongestMessage), query,
                    dns::kLongestMessage + 16);
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const dns::BytesView rest(data + 1, size - 1);
  data[0] & 1 ? ask(rest) : answer(rest);
  return 0;
}
