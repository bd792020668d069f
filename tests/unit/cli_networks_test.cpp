// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs of networks and endpoints: what goes to the daemon, what is written where.
#include <sys/stat.h>

#include "cli_rig.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

struct NetworkVerbs : CliTest {
  static constexpr std::string_view kText = "[Interface]\nPrivateKey = secret\n";

  NetworkVerbs() {
    for (const char* call :
         {"add_network", "remove_network home", "add_endpoint", "import_endpoints",
          "remove_endpoint home phone", "disable_endpoint home phone", "enable_endpoint home phone",
          "forget_endpoint home phone", "rotate_endpoint home phone", "rotate_endpoint to K= home phone"})
      daemon.service.answers.insert({call, json{{"revision", 5}, {"steps", json::array()}}});
    answer_config("phone", true);
  }

  void answer_config(const std::string& name, bool kept) {
    daemon.service.answers.insert_or_assign(
        "endpoint_config home " + name,
        json{{"network", "home"}, {"endpoint", name}, {"text", kText}, {"private_key_kept", kept}});
  }
  void answer_endpoints(const json& rows) {
    daemon.service.answers.insert_or_assign("show endpoints", json{{"endpoints", rows}});
  }
  static unsigned mode_of(const std::filesystem::path& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }
};

TEST_F(NetworkVerbs, network_add_and_remove_carry_what_was_said) {
  const auto ran = run({"network",
                        "add",
                        "home",
                        "--type",
                        "remote-resource",
                        "--users",
                        "6",
                        "--subnet",
                        "10.9.0.0/29",
                        "--port",
                        "51822",
                        "--endpoint",
                        "vpn.example.org",
                        "--internet",
                        "wan",
                        "--resource",
                        "192.168.10.0/24,servers",
                        "--resource",
                        "printers",
                        "--dns",
                        "10.9.0.1",
                        "--peers-may-talk",
                        "--why",
                        "the new office"});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(ran.err, "revision 5 is in force: nothing was to do\n");
  ASSERT_EQ(daemon.service.networks.size(), 1u);
  const auto& network = daemon.service.networks[0];
  EXPECT_EQ(network.name, "home");
  EXPECT_EQ(network.type, "remote-resource");
  EXPECT_EQ(network.why, "the new office");
  EXPECT_EQ(network.values, (DocumentValues{{"expected_users", "6"},
                                            {"subnet", "\"10.9.0.0/29\""},
                                            {"port", "51822"},
                                            {"endpoint", "\"vpn.example.org\""},
                                            {"internet", "\"wan\""},
                                            {"resources", R"(["192.168.10.0/24","servers","printers"])"},
                                            {"dns", R"(["10.9.0.1"])"},
                                            {"peers_may_talk", "true"}}));
  EXPECT_EQ(run({"network", "remove", "home"}).status, kExitDone);
  EXPECT_EQ(daemon.service.calls.back(), "remove_network home");
}

TEST_F(NetworkVerbs, a_network_has_a_type) {
  EXPECT_EQ(run({"network", "add", "home"}).status, kExitUsage);
  EXPECT_EQ(run({"network", "add", "--type", "secure-internet"}).status, kExitUsage);
  EXPECT_EQ(run({"network", "add", "home", "--type", "secure-internet", "--users", "six"}).status,
            kExitUsage);
  EXPECT_TRUE(daemon.service.calls.empty());
}

TEST_F(NetworkVerbs, endpoint_add_carries_what_was_said) {
  const auto ran = run({"endpoint",     "add",
                        "home",         "branch",
                        "--type",       "gateway",
                        "--public-key", "K=",
                        "--address",    "10.9.0.3",
                        "--expires",    "2027-01-01T00:00:00Z",
                        "--route",      "10.2.0.0/16,10.3.0.0/16",
                        "--dial",       "198.51.100.7:51820",
                        "--keepalive",  "25s",
                        "--maximum",    "50mbit"});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  ASSERT_EQ(daemon.service.endpoints.size(), 1u);
  const auto& endpoint = daemon.service.endpoints[0];
  EXPECT_EQ(endpoint.network, "home");
  EXPECT_EQ(endpoint.name, "branch");
  EXPECT_EQ(endpoint.type, "gateway");
  EXPECT_EQ(endpoint.values, (DocumentValues{{"public_key", "\"K=\""},
                                             {"address", "\"10.9.0.3\""},
                                             {"expires", "\"2027-01-01T00:00:00Z\""},
                                             {"dial", "\"198.51.100.7:51820\""},
                                             {"routes", R"(["10.2.0.0/16","10.3.0.0/16"])"},
                                             {"keepalive", "\"25s\""},
                                             {"bandwidth", R"({ "maximum": "50mbit" })"}}));
}

TEST_F(NetworkVerbs, endpoint_add_has_the_pair_made_unless_told_otherwise) {
  EXPECT_EQ(run({"endpoint", "add", "home", "phone", "--type", "mobile"}).status, kExitDone);
  EXPECT_EQ(run({"endpoint", "add", "home", "phone", "--type", "mobile", "--generate"}).status, kExitDone);
  for (const auto& endpoint : daemon.service.endpoints) EXPECT_TRUE(endpoint.values.empty());
  EXPECT_EQ(daemon.service.endpoints.size(), 2u);
}

TEST_F(NetworkVerbs, name_the_endpoint_by_its_network_and_name) {
  for (const std::string verb : {"remove", "disable", "enable", "forget"}) {
    EXPECT_EQ(run({"endpoint", verb, "home", "phone"}).status, kExitDone) << verb;
    EXPECT_EQ(daemon.service.calls.back(), verb + "_endpoint home phone");
    EXPECT_EQ(run({"endpoint", verb, "home"}).status, kExitUsage) << verb;
  }
}

TEST_F(NetworkVerbs, endpoint_rotate_may_say_the_new_key) {
  EXPECT_EQ(run({"endpoint", "rotate", "home", "phone"}).status, kExitDone);
  EXPECT_EQ(daemon.service.calls.back(), "rotate_endpoint home phone");
  EXPECT_EQ(run({"endpoint", "rotate", "home", "phone", "--public-key", "K="}).status, kExitDone);
  EXPECT_EQ(daemon.service.calls.back(), "rotate_endpoint to K= home phone");
}

TEST_F(NetworkVerbs, endpoint_history_is_a_table) {
  daemon.service.answers.insert_or_assign("endpoint_history home phone",
                                          json{{"versions",
                                                {{{"version", 1},
                                                  {"since", "2026-11-25T17:31:13Z"},
                                                  {"public_key", "K="},
                                                  {"changed", "added"}}}}});
  const auto ran = run({"endpoint", "history", "home", "phone"});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(ran.out,
            "VERSION  SINCE                 PUBLIC KEY  CHANGED\n"
            "      1  2026-11-25T17:31:13Z  K=          added\n");
}

// Everywhere else "--version" asks for that of the program.
TEST_F(NetworkVerbs, endpoint_config_takes_a_version) {
  daemon.service.answers.insert_or_assign("endpoint_config home phone 2",
                                          json{{"text", "[Interface]\n"}, {"private_key_kept", false}});
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"endpoint", "config", "home", "phone", "--version", "2"},
                                             {"endpoint", "config", "home", "phone", "--version=2"},
                                             {"endpoint", "config", "--version", "2", "home", "phone"}}) {
    const auto ran = run(words);
    EXPECT_EQ(ran.status, kExitDone) << ran.err;
    EXPECT_EQ(ran.out, "[Interface]\n");
    EXPECT_EQ(ran.err,
              "note: no private key is in it: the gateway keeps that of the newest version at most\n");
  }
  EXPECT_EQ(run({"endpoint", "config", "home", "phone", "--version"}).status, kExitUsage);
  EXPECT_TRUE(run({"--version"}).out.starts_with("sluice "));
  EXPECT_TRUE(run({"endpoint", "history", "--version"}).out.starts_with("sluice "));
}

TEST_F(NetworkVerbs, endpoint_config_prints_what_the_client_is_given) {
  const auto ran = run({"endpoint", "config", "home", "phone"});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(ran.out, kText);
  EXPECT_EQ(ran.err, "");
}

TEST_F(NetworkVerbs, endpoint_config_says_that_the_private_key_is_not_in_it) {
  answer_config("phone", false);
  const auto ran = run({"endpoint", "config", "home", "phone"});
  EXPECT_EQ(ran.status, kExitDone);
  EXPECT_EQ(ran.out, kText);
  EXPECT_EQ(ran.err, "note: the private key is not in it: it stays with the client, who puts it there\n");
}

TEST_F(NetworkVerbs, endpoint_config_writes_files_that_are_the_callers_alone) {
  const auto conf = files / "phone.conf", png = files / "phone.png";
  const auto ran = run({"endpoint", "config", "home", "phone", "-O", conf.native(), "--png", png.native()});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(slurp(conf), kText);
  EXPECT_TRUE(slurp(png).starts_with("\x89PNG"));
  EXPECT_EQ(mode_of(conf), 0600u);
  EXPECT_EQ(mode_of(png), 0600u);
}

TEST_F(NetworkVerbs, endpoint_config_for_a_gateway_keeps_secrets_out_of_the_document) {
  daemon.service.answers.insert_or_assign(
      "endpoint_document home phone",
      json{{"text", "{}\n"}, {"private_key", "secret"}, {"preshared_key", nullptr}});
  auto ran = run({"endpoint", "config", "home", "phone", "--sluice"});
  EXPECT_EQ(ran.out, "{}\n");
  EXPECT_EQ(ran.err, "note: the private key is not in it: -O FILE writes it beside the document\n");
  const auto document = files / "home.json";
  ran = run({"endpoint", "config", "home", "phone", "--sluice", "-O", document.native()});
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(slurp(document), "{}\n");
  EXPECT_EQ(slurp(files / "home.key"), "secret\n");
  EXPECT_EQ(mode_of(files / "home.key"), 0600u);
  EXPECT_FALSE(std::filesystem::exists(files / "home.psk"));
  const auto key = (files / "other.key").native();
  EXPECT_EQ(run({"endpoint", "config", "home", "phone", "--sluice", "-O", key}).status, kExitUsage);
  EXPECT_FALSE(std::filesystem::exists(key));
  EXPECT_EQ(run({"endpoint", "config", "home", "phone", "--sluice", "--qr"}).status, kExitUsage);
}

TEST_F(NetworkVerbs, endpoint_config_for_a_gateway_says_where_a_key_stays) {
  daemon.service.answers.insert_or_assign(
      "endpoint_document home phone",
      json{{"text", "{}\n"}, {"private_key", nullptr}, {"preshared_key", "secret"}});
  const auto document = files / "home.json";
  const auto ran = run({"endpoint", "config", "home", "phone", "--sluice", "-O", document.native()});
  EXPECT_NE(ran.err.find("stays with the other gateway"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(files / "home.key"));
  EXPECT_EQ(slurp(files / "home.psk"), "secret\n");
}

TEST_F(NetworkVerbs, endpoint_config_draws_a_code_in_the_terminal) {
  const auto ran = run({"endpoint", "config", "home", "phone", "--qr"});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_NE(ran.out.find("\xe2\x96\x80"), std::string::npos);   // the upper half block
  EXPECT_EQ(ran.out.find("secret"), std::string::npos);
  EXPECT_EQ(run({"endpoint", "config", "home", "phone", "--qr", "--png", "/x"}).status, kExitUsage);
}

TEST_F(NetworkVerbs, endpoint_import_sends_the_table_as_it_is) {
  const auto table = file("people.csv", "name,type\r\nann,mobile\r\n");
  EXPECT_EQ(run({"endpoint", "import", "home", table}).status, kExitDone);
  ASSERT_EQ(daemon.service.tables.size(), 1u);
  EXPECT_EQ(daemon.service.tables[0].network, "home");
  EXPECT_EQ(daemon.service.tables[0].csv, "name,type\r\nann,mobile\r\n");
  EXPECT_EQ(run({"endpoint", "import", "home", "-"}, "name,type\n").status, kExitDone);
  EXPECT_EQ(daemon.service.tables[1].csv, "name,type\n");
  const auto missing = run({"endpoint", "import", "home", "/nowhere/people.csv"});
  EXPECT_EQ(missing.status, kExitFailed);
  EXPECT_NE(missing.err.find("/nowhere/people.csv"), std::string::npos);
}

TEST_F(NetworkVerbs, endpoint_export_writes_a_file_for_each_endpoint) {
  answer_endpoints({{{"network", "home"}, {"name", "phone"}},
                    {{"network", "other"}, {"name", "tablet"}},
                    {{"network", "home"}, {"name", "../evil"}},
                    {{"network", "home"}, {"name", "laptop"}}});
  answer_config("laptop", false);
  const auto directory = files / "out";
  const auto ran = run({"endpoint", "export", "home", directory.native()});
  EXPECT_EQ(ran.status, kExitDone) << ran.err;
  EXPECT_EQ(ran.err, "2 configurations in " + directory.native() + ", 1 without the private key\n");
  EXPECT_EQ(mode_of(directory), 0700u);
  for (const char* name : {"phone.conf", "laptop.conf"}) {
    EXPECT_EQ(slurp(directory / name), kText);
    EXPECT_EQ(mode_of(directory / name), 0600u);
  }
  EXPECT_FALSE(std::filesystem::exists(directory / "tablet.conf"));
}

TEST_F(NetworkVerbs, endpoint_export_of_nothing_is_a_mistake) {
  answer_endpoints(json::array());
  const auto directory = files / "out";
  const auto ran = run({"endpoint", "export", "home", directory.native()});
  EXPECT_EQ(ran.status, kExitUsage);
  EXPECT_EQ(ran.err, "sluice: there is no network \"home\" that has endpoints\n");
  EXPECT_FALSE(std::filesystem::exists(directory));
}

}   // namespace
}   // namespace sluice::cli
