// SPDX-License-Identifier: GPL-2.0-or-later
// Where private keys are, and when they go.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "../support/state_directory.hpp"
#include "base/file.hpp"
#include "gateway/key_files.hpp"
#include "network_fixture.hpp"

namespace sluice {
namespace {

using test::key_of;

struct KeyFilesTest : test::StateDirectoryTest {
  KeyFiles files{dir_ / "state", dir_ / "copy"};

  KeyFilesTest() {
    std::filesystem::create_directories(dir_ / "state");
    std::filesystem::create_directories(dir_ / "copy");
  }

  static Network network_with(std::string endpoint) {
    Network made;
    made.name = "home";
    made.endpoints.resize(1);
    made.endpoints[0].name = std::move(endpoint);
    return made;
  }
  static unsigned mode_of(const std::filesystem::path& file) {
    struct stat found {};
    return ::stat(file.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
  }
};

TEST_F(KeyFilesTest, AKeyIsMadeOnceAndIsItsOwnersAlone) {
  EXPECT_EQ(files.of_network({.name = "home"}, false).value(), WireguardKey{})
      << "nothing is made for a plan";
  const WireguardKey made = files.of_network({.name = "home"}, true).value();
  EXPECT_NE(made, WireguardKey{});
  EXPECT_EQ(files.of_network({.name = "home"}, true).value(), made);
  EXPECT_EQ(mode_of(dir_ / "state/network-keys/home.key"), 0600u);
  EXPECT_EQ(mode_of(dir_ / "state/network-keys"), 0700u);
}

TEST_F(KeyFilesTest, OneThatANetworkNamesIsNeverMade) {
  const Network network{.name = "home", .key_file = "keys/home.key", .line = 7};
  const auto refused = files.of_network(network, true, key_of(3));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("network \"home\" (line 7): there is no "), std::string::npos);
  EXPECT_NE(refused.error().message.find("keys/home.key: put the private key there"), std::string::npos);
  std::filesystem::create_directories(dir_ / "state/keys");
  ASSERT_TRUE(write_file_atomically(dir_ / "state/keys/home.key", to_string(key_of(4)) + "\n", 0600));
  EXPECT_EQ(files.of_network(network, false).value(), key_of(4));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "state/network-keys")) << "and no copy is kept";
}

TEST_F(KeyFilesTest, WhicheverIsLostComesFromTheOtherOrFromWhatRuns) {
  const WireguardKey made = files.of_network({.name = "home"}, true).value();
  for (const char* lost : {"state", "copy"}) {
    std::filesystem::remove_all(dir_ / lost / "network-keys");
    EXPECT_EQ(files.of_network({.name = "home"}, true).value(), made) << lost;
  }
  for (const char* lost : {"state", "copy"}) std::filesystem::remove_all(dir_ / lost / "network-keys");
  EXPECT_EQ(files.of_network({.name = "home"}, true, made).value(), made);
  EXPECT_EQ(files.of_network({.name = "home"}, true).value(), made);
}

TEST_F(KeyFilesTest, AFileThatHoldsNoKeyIsNamed) {
  std::filesystem::create_directories(dir_ / "state/network-keys");
  std::ofstream(dir_ / "state/network-keys/home.key") << "nonsense\n";
  EXPECT_NE(files.of_network({.name = "home"}, true).error().message.find("network-keys/home.key"),
            std::string::npos);
}

TEST_F(KeyFilesTest, KeysGoWithWhatIsAllotted) {
  const Network home = network_with("phone");
  ASSERT_TRUE(files.of_network({.name = "home"}, true));
  ASSERT_TRUE(files.of_endpoint(home, home.endpoints[0], true));
  const Allotments both = {{{"home", "", "port"}, {"51820", 0}},
                           {{"home", "phone", "address"}, {"10.100.0.2", 1'800'000'000}}};
  ASSERT_TRUE(files.prune(both));
  EXPECT_TRUE(files.find_of_endpoint(home, home.endpoints[0]).value()) << "what rests may come back";
  ASSERT_TRUE(files.prune({{{"home", "", "port"}, {"51820", 0}}}));
  EXPECT_FALSE(files.find_of_endpoint(home, home.endpoints[0]).value());
  EXPECT_NE(files.of_network({.name = "home"}, false).value(), WireguardKey{});
  ASSERT_TRUE(files.prune({}));
  EXPECT_EQ(files.of_network({.name = "home"}, false).value(), WireguardKey{}) << "nor in the copy";
}

TEST_F(KeyFilesTest, AFileThatTheDocumentNamesIsTheOperators) {
  Network home = network_with("box");
  home.endpoints[0].key_file = "keys/box.key";
  ASSERT_TRUE(files.of_endpoint(home, home.endpoints[0], true));
  ASSERT_TRUE(files.prune({}));
  EXPECT_TRUE(files.find_of_endpoint(home, home.endpoints[0]).value());
}

}   // namespace
}   // namespace sluice
