// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "api/target.hpp"
#include "api_fake_service.hpp"

namespace sluice {
namespace {

using nlohmann::json;

struct Router : RouterTest {
  ApiResponse apply_packed(std::string_view body) {
    return route(service, {"POST", "/v1/apply", body, "alice", BodyFormat::kMessagePack});
  }
  ApiResponse apply_packed(const json& body) {
    std::string packed;
    json::to_msgpack(body, packed);
    return apply_packed(std::string_view(packed));
  }
};

TEST_F(Router, adds_the_schema_version_to_an_answer) {
  service.answers.insert({"status", json{{"state", "running"}}});
  const auto response = ask("GET", "/v1/status");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, (json{{"schema_version", 1}, {"state", "running"}}));
}

TEST_F(Router, knows_every_target_of_the_documentation) {
  for (const auto object : kShowObjects)
    EXPECT_EQ(ask("GET", "/v1/show/" + std::string(object)).status, 200u);
  EXPECT_EQ(ask("GET", "/v1/document").status, 200u);
  EXPECT_EQ(ask("GET", "/v1/doctor").status, 200u);
  EXPECT_EQ(ask("GET", "/v1/device/status").status, 200u);
  EXPECT_EQ(ask("POST", "/v1/cleanup", "{}").status, 200u);
  EXPECT_EQ(ask("POST", "/v1/plan", R"({"text": "{}"})").status, 200u);
  EXPECT_EQ(ask("DELETE", "/v1/forwards/web").status, 200u);
  EXPECT_EQ(service.calls.back(), "remove_forward web");
  EXPECT_EQ(service.remover, "alice");
  EXPECT_EQ(ask("DELETE", "/v1/networks/home").status, 200u);
  EXPECT_EQ(service.calls.back(), "remove_network home");
}

TEST_F(Router, refuses_unknown_targets_and_wrong_methods) {
  for (const auto target : {"/", "", "/v1", "/v1/status/", "/v1/status?x=1", "/v1/show/", "/v1/show/flwos",
                            "/v2/status", "/v1/show/flows/x", "/v1/show/%zz", "*", "http://sluice/v1/status"})
    EXPECT_EQ(ask("GET", target).status, 404u) << target;
  const auto response = ask("POST", "/v1/status");
  EXPECT_EQ(response.status, 405u);
  EXPECT_EQ(response.allow, "GET");
  EXPECT_EQ(ask("GET", "/v1/forwards").allow, "POST");
  EXPECT_TRUE(service.calls.empty());
}

TEST_F(Router, takes_files_beside_a_document) {
  const auto body = R"({"text": "{}", "file_names": ["a", "b"], "file_texts": ["one", ""]})";
  EXPECT_EQ(ask("POST", "/v1/apply", body).status, 200u);
  EXPECT_EQ(service.documents.back().files, (NamedTexts{{"a", "one"}, {"b", ""}}));
}

TEST_F(Router, refuses_files_without_name_or_with_the_same) {
  EXPECT_EQ(message(ask("POST", "/v1/apply", R"({"text": "{}", "file_names": ["a"]})")),
            "fields \"file_names\" and \"file_texts\" differ in length");
  EXPECT_EQ(message(ask("POST", "/v1/apply",
                        R"({"text": "{}", "file_names": ["a", "a"], "file_texts": ["", ""]})")),
            "field \"file_names\" has a name twice");
  EXPECT_TRUE(service.documents.empty());
}

TEST_F(Router, takes_a_packet_from_the_query) {
  EXPECT_EQ(
      ask("GET", "/v1/explain?in=lan&protocol=tcp&source=%5B2001%3Adb8%3A%3A1%5D%3A5&destination=x&new=1")
          .status,
      200u);
  ASSERT_EQ(service.packets.size(), 1u);
  EXPECT_EQ(service.packets[0].in, "lan");
  EXPECT_EQ(service.packets[0].source, "[2001:db8::1]:5");
  EXPECT_TRUE(service.packets[0].as_new);
}

TEST_F(Router, says_what_is_wrong_with_a_query) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"/v1/explain", "field \"protocol\" is missing"},
      {"/v1/explain?in=lan&protocol=tcp&source=x", "field \"destination\" is missing"},
      {"/v1/explain?in=lan&inn=lan", "there is no field \"inn\""},
      {"/v1/explain?in=lan&in=lan", "field \"in\" is given twice"},
      {"/v1/explain?in=", "field \"in\" is empty or broken"},
      {"/v1/explain?in=%zz", "field \"in\" is empty or broken"},
      {"/v1/explain?in=a&protocol=b&source=c&destination=d&new=yes", "field \"new\" is 0 or 1"},
  };
  for (const auto& [target, sentence] : kWrong) {
    const auto response = ask("GET", target);
    EXPECT_EQ(response.status, 400u) << target;
    EXPECT_EQ(message(response), sentence) << target;
  }
  EXPECT_TRUE(service.packets.empty());
}

TEST_F(Router, hands_a_document_over_with_its_author_and_reason) {
  ask("POST", "/v1/apply", R"({"file": "home.json", "text": "{\"version\": 1}", "why": "shop"})");
  ASSERT_EQ(service.documents.size(), 1u);
  EXPECT_EQ(service.documents[0].file, "home.json");
  EXPECT_EQ(service.documents[0].text, "{\"version\": 1}");
  EXPECT_EQ(service.documents[0].why, "shop");
  EXPECT_EQ(service.documents[0].who, "alice");
}

TEST_F(Router, keeps_a_claimed_author_in_brackets) {
  ask("POST", "/v1/apply", R"({"text": "{}", "who": "bob"})");
  EXPECT_EQ(service.documents[0].who, "alice (bob)");
}

TEST_F(Router, reads_a_forward_with_lists_or_single_values) {
  ask("POST", "/v1/forwards",
      R"({"name": "web", "listen": "203.0.113.1", "ports": 80, "to": "192.0.2.2:8080"})");
  ask("POST", "/v1/forwards", R"({"name": "dns", "listen": "eth0", "ports": ["53", "5353"], "to": "192.0.2.3",
                                  "protocol": ["tcp", "udp"], "source": "admins"})");
  ASSERT_EQ(service.forwards.size(), 2u);
  EXPECT_EQ(service.forwards[0].protocols, std::vector<std::string>{"tcp"});
  EXPECT_EQ(service.forwards[0].ports, std::vector<std::string>{"80"});
  EXPECT_EQ(service.forwards[1].protocols, (std::vector<std::string>{"tcp", "udp"}));
  EXPECT_EQ(service.forwards[1].ports, (std::vector<std::string>{"53", "5353"}));
  EXPECT_EQ(service.forwards[1].sources, std::vector<std::string>{"admins"});
}

TEST_F(Router, says_what_is_wrong_with_a_body) {
  EXPECT_EQ(message(ask("POST", "/v1/apply", "")), "field \"text\" is missing");
  EXPECT_EQ(message(ask("POST", "/v1/apply", R"({"txt": ""})")),
            "unknown field \"txt\", did you mean \"text\"?");
  EXPECT_EQ(message(ask("POST", "/v1/apply", R"({"text": ["a"]})")),
            "field \"text\" is a list and not one text");
  EXPECT_EQ(message(ask("POST", "/v1/apply", R"({"text": "a", "text": "b"})")),
            "body of the request: \"text\" is there twice");
  EXPECT_EQ(message(ask("POST", "/v1/apply", R"({"text": nil})")),
            "body of the request: not JSON at byte 11");
  EXPECT_EQ(message(ask("POST", "/v1/apply", "[1]")), "body of the request: the body is not a JSON object");
  EXPECT_EQ(message(ask("POST", "/v1/apply", "\"x\"")), "body of the request: the body is not a JSON object");
  for (const auto body : {R"({"text": {}})", R"({"text": [[]]})", R"({"text": null})", R"({"text": true})",
                          R"({"text": 1.5})", "{", "{\"text\": \"\xff\"}", "{} {}", "\xef\xbb\xbf"})
    EXPECT_EQ(ask("POST", "/v1/apply", body).status, 400u) << body;
  EXPECT_TRUE(service.calls.empty());
}

TEST_F(Router, reads_a_packed_body_like_a_written_one) {
  const json files = {
      {"text", "{}"}, {"file", "a.json"}, {"file_names", {"b"}}, {"file_texts", {"192.0.2.1"}}};
  EXPECT_EQ(apply_packed(files).status, 200u);
  EXPECT_EQ(service.documents.back().text, "{}");
  EXPECT_EQ(service.documents.back().file, "a.json");
  EXPECT_EQ(service.documents.back().files, (NamedTexts{{"b", "192.0.2.1"}}));
}

// The check that follows says at which line the document is no UTF-8.
TEST_F(Router, leaves_what_bytes_a_packed_document_has_to_the_check) {
  EXPECT_EQ(apply_packed(json{{"text", "\xff"}}).status, 200u);
  EXPECT_EQ(service.documents.back().text, "\xff");
  EXPECT_EQ(message(apply_packed(json{{"text", "{}"}, {"why", "\xff"}})),
            "field \"why\" is not one line of at most 4096 bytes");
}

TEST_F(Router, says_what_is_wrong_with_a_packed_body) {
  EXPECT_EQ(message(apply_packed(json{{"txt", ""}})), "unknown field \"txt\", did you mean \"text\"?");
  EXPECT_EQ(message(apply_packed(json::array({1}))), "body of the request: the body is not a JSON object");
  EXPECT_EQ(message(apply_packed(std::string_view("{\"text\": \"\"}"))),
            "body of the request: the body is not a JSON object");
  for (const json& body :
       {json{{"text", nullptr}}, json{{"text", true}}, json{{"text", 1.5}}, json{{"text", {{"a", 1}}}},
        json{{"text", {json::array()}}}, json{{"text", json::binary({1, 2})}}})
    EXPECT_EQ(apply_packed(body).status, 400u) << body;
  std::string whole;
  json::to_msgpack(json{{"text", std::string(300, 'x')}, {"file_names", {"a"}}, {"file_texts", {"b"}}},
                   whole);
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(apply_packed(std::string_view(whole).substr(0, size)).status, 400u) << size;
  EXPECT_EQ(apply_packed(std::string_view(whole + "x")).status, 400u);
  EXPECT_TRUE(service.documents.empty());
}

// Lengths of 4 GiB that nobody sends, lists in lists.
TEST_F(Router, takes_no_packed_length_at_its_word) {
  for (const std::string body :
       {"\x81\xa4text\xdb\xff\xff\xff\xff", "\xdf\xff\xff\xff\xff", "\x81\xa4text\xdd\xff\xff\xff\xff"})
    EXPECT_EQ(apply_packed(std::string_view(body)).status, 400u);
  EXPECT_EQ(apply_packed(std::string_view("\x81\xa4text" + std::string(32 << 20, '\x91'))).status, 400u);
}

TEST_F(Router, keeps_what_goes_into_a_log_in_one_line) {
  const std::string refusal = "field \"why\" is not one line of at most 4096 bytes";
  EXPECT_EQ(message(ask("POST", "/v1/apply", R"({"text": "", "why": "a\nroot: all is well"})")), refusal);
  EXPECT_EQ(message(ask("POST", "/v1/apply", R"({"text": "", "why": ")" + std::string(4097, 'x') + "\"}")),
            refusal);
}

TEST_F(Router, refuses_deep_nesting_without_reading_on) {
  const std::string deep = "{\"text\": " + std::string(32 << 20, '[');
  EXPECT_EQ(ask("POST", "/v1/apply", deep).status, 400u);
}

TEST_F(Router, gives_each_kind_of_error_its_status_and_name) {
  const std::pair<ErrorKind, std::pair<unsigned, std::string>> cases[] = {
      {ErrorKind::kFailed, {500, "failed"}},
      {ErrorKind::kInvalidDocument, {422, "invalid_document"}},
      {ErrorKind::kUnreachable, {503, "unreachable"}},
      {ErrorKind::kNotPermitted, {403, "not_permitted"}},
      {ErrorKind::kUsage, {400, "usage"}},
      {ErrorKind::kRolledBack, {409, "rolled_back"}},
      {ErrorKind::kBusy, {503, "busy"}}};
  for (const auto& [kind, expected] : cases) {
    service.answers.insert_or_assign("status", ApiResult(std::unexpect, Error{"reason", kind}));
    const auto response = ask("GET", "/v1/status");
    EXPECT_EQ(response.status, expected.first);
    EXPECT_EQ(response.body["error"]["kind"], expected.second);
    EXPECT_EQ(kind_of_name(expected.second), kind);
  }
  EXPECT_EQ(kind_of_name("from the future"), ErrorKind::kFailed);
}

TEST_F(Router, hands_complaints_out) {
  const json complaints = json::array({{{"text", "home.json:1:1: wrong"}}});
  service.answers.insert(
      {"plan", ApiResult(std::unexpect, Error{"refused", ErrorKind::kInvalidDocument}, complaints)});
  const auto response = ask("POST", "/v1/plan", R"({"text": ""})");
  EXPECT_EQ(response.status, 422u);
  EXPECT_EQ(response.body["error"]["complaints"], complaints);
}

TEST_F(Router, makes_an_exception_an_answer) {
  service.before_answer = [](std::string_view) { throw std::runtime_error("out of cheese"); };
  const auto response = ask("GET", "/v1/status");
  EXPECT_EQ(response.status, 500u);
  EXPECT_EQ(message(response), "unexpected failure: out of cheese");
}

TEST(Target, carries_any_name_there_and_back) {
  for (const std::string name : {"web", "a/b", "100%", "\xc3\xa4 \x01", "%2f"}) {
    EXPECT_EQ(decode_segment(encode_segment(name)), name);
    EXPECT_EQ(encode_segment(name).find('/'), std::string::npos);
  }
}

TEST(Target, refuses_broken_escapes) {
  for (const auto text : {"", "%", "%4", "%4g", "a%", "%-1", "a/b", "%+1", "% 1"})
    EXPECT_EQ(decode_segment(text), std::nullopt) << text;
}

}   // namespace
}   // namespace sluice
