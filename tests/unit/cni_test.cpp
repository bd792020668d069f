// SPDX-License-Identifier: GPL-2.0-or-later
// What the plugin reads and answers. That it does what it says is proven by tests/net/test_containers.py.
#include <gmock/gmock.h>

#include <map>

#include "cni/answer.hpp"
#include "cni/verbs.hpp"

namespace sluice::cni {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

using Variables = std::map<std::string, std::string>;

std::function<std::string(const char*)> variables(Variables values) {
  return [values = std::move(values)](const char* name) {
    const auto at = values.find(name);
    return at == values.end() ? std::string() : at->second;
  };
}

Variables of_add() {
  return {{"CNI_COMMAND", "ADD"},
          {"CNI_CONTAINERID", "id"},
          {"CNI_NETNS", "/run/netns/x"},
          {"CNI_IFNAME", "eth0"},
          {"CNI_ARGS", "IgnoreUnknown=1;SLUICE_POD=app1;"}};
}

constexpr const char* kConfig = R"({"cniVersion": "0.4.0", "name": "dmz", "type": "sluice-cni", "zone": "dmz",
  "subnet": "172.20.1.0/24", "socket": "/run/nobody", "runtimeConfig": {"portMappings": [
  {"hostPort": 8080, "containerPort": 80, "protocol": "TCP", "hostIP": ""},
  {"hostPort": 53, "containerPort": 5353, "protocol": "udp", "hostIP": "2001:db8::1"}]}})";

TEST(CniEnvironment, IsReadWhole) {
  const auto read = read_environment(variables(of_add()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, "id");
  EXPECT_EQ(read->arguments.at("SLUICE_POD"), "app1");
}

TEST(CniEnvironment, SaysWhatItLacks) {
  for (const char* name : {"CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"}) {
    Variables without = of_add();
    without.erase(name);
    const auto read = read_environment(variables(without));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, kInvalidEnvironment);
    EXPECT_THAT(read.error().message, HasSubstr(name));
  }
  Variables broken = of_add();
  broken["CNI_ARGS"] = "x";
  EXPECT_EQ(read_environment(variables(broken)).error().code, kInvalidEnvironment);
}

TEST(CniConfig, HasItsPortsAsTheDaemonReadsThem) {
  const auto read = read_config(kConfig);
  ASSERT_TRUE(read);
  EXPECT_THAT(read->ports, ElementsAre("8080:80/tcp", "[2001:db8::1]:53:5353/udp"));
  EXPECT_EQ(read->version, "0.4.0");
}

TEST(CniConfig, NamesAPodByALabel) {
  json config = json::parse(kConfig);
  config["args"]["cni"]["labels"] =
      json::parse(R"([{"key": "app", "value": "x"}, {"key": "SLUICE_POD", "value": "app2"}])");
  EXPECT_EQ(read_config(config.dump())->pod, "app2");
  const json told = json::parse(run(variables(of_add()), config.dump()).output);
  EXPECT_EQ(told["code"], kInvalidConfig);
  EXPECT_EQ(told["msg"], "CNI_ARGS says pod \"app1\", and its label SLUICE_POD says pod \"app2\"");
  config["args"]["cni"]["labels"] = "app2";
  EXPECT_EQ(read_config(config.dump()).error().code, kInvalidConfig);
}

TEST(CniConfig, ThatIsWrongIsRefused) {
  const std::pair<const char*, int> kWrong[] = {
      {"", kUndecodable},
      {"[1]", kUndecodable},
      {R"({"cniVersion": "9.9.9"})", kIncompatibleVersion},
      {R"({"name": "x", "zone": "z", "subnet": "s"})", kIncompatibleVersion},
      {R"({"cniVersion": "1.0.0", "name": "x", "zone": 7, "subnet": "s"})", kInvalidConfig},
      {R"({"cniVersion": "1.0.0", "name": "x", "zone": "z"})", kInvalidConfig},
      {R"({"cniVersion": "1.0.0", "name": "x", "zone": "z", "subnet": "s", "runtimeConfig": {"portMappings": 1}})",
       kInvalidConfig},
      {R"({"cniVersion": "1.0.0", "name": "x", "zone": "z", "subnet": "s", "runtimeConfig": {"portMappings": [{"hostPort": -1, "containerPort": 1}]}})",
       kInvalidConfig},
  };
  for (const auto& [text, code] : kWrong) {
    const auto read = read_config(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, code) << text;
  }
}

TEST(CniVerbs, AnswerInTheVersionThatWasAsked) {
  const Outcome outcome = run(variables(of_add()), kConfig);
  EXPECT_EQ(outcome.status, 1);
  const json told = json::parse(outcome.output);
  EXPECT_EQ(told["code"], kTryAgainLater);
  EXPECT_EQ(told["cniVersion"], "0.4.0");
  EXPECT_EQ(json::parse(run(variables({{"CNI_COMMAND", "VERSION"}}), "").output)["cniVersion"], "1.0.0");
}

// Nothing stands behind it: the daemon finds that out by itself.
TEST(CniVerbs, RemoveWithoutADaemonWhatHasNoNamespace) {
  Variables of_removal = of_add();
  of_removal["CNI_COMMAND"] = "DEL";
  of_removal["CNI_NETNS"] = "/run/netns/no-such-namespace";
  EXPECT_EQ(run(variables(of_removal), kConfig).status, 0);
  of_removal["CNI_NETNS"] = "/proc/self/ns/net";
  EXPECT_EQ(run(variables(of_removal), kConfig).status, 1);
}

}   // namespace
}   // namespace sluice::cni
