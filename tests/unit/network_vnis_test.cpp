// SPDX-License-Identifier: GPL-2.0-or-later
// Names of bridges and VNIs that networks are given.
#include <gmock/gmock.h>

#include "network/allocate.hpp"
#include "network/vnis.hpp"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Network mesh_called(std::string name, std::optional<uint32_t> vni = {}, std::vector<uint16_t> vlans = {}) {
  Network made;
  made.name = made.zone = made.vrf = std::move(name);
  made.type = NetworkType::kL2Mesh;
  made.vni = vni;
  made.vlans = std::move(vlans);
  made.line = 7;
  return made;
}

Document with_meshes(std::vector<Network> networks) {
  Document document;
  document.networks = std::move(networks);
  return document;
}

std::pair<Document, Allotments> given_to(Document document, const Allotments& known = {}) {
  auto given = allocate(document, known, {}, 1'800'000'000);
  EXPECT_TRUE(given) << given.error().message;
  return {std::move(document), given ? *given : Allotments{}};
}

TEST(Vnis, OfNetworksNeverMeetWhateverTheirVlans) {
  const auto [document, given] =
      given_to(with_meshes({mesh_called("a"), mesh_called("b", {}, {1, 4094}), mesh_called("c")}));
  EXPECT_EQ(document.networks[0].vni, 4096u);
  EXPECT_EQ(document.networks[1].vni, 8192u);
  EXPECT_EQ(document.networks[2].vni, 12288u);
  EXPECT_EQ(given.at({"b", "", "vni"}).value, "8192");
}

TEST(Vnis, StayTheirs) {
  const auto [before, known] = given_to(with_meshes({mesh_called("a"), mesh_called("b")}));
  const auto [document, given] = given_to(with_meshes({mesh_called("new"), mesh_called("b")}), known);
  EXPECT_EQ(document.networks[1].vni, 8192u);
  EXPECT_EQ(document.networks[0].vni, 12288u) << "4096 was given back a moment ago";
}

TEST(Vnis, AreNotThoseThatTheDocumentNames) {
  Interface far;
  far.name = "vx7";
  far.made = Vxlan{.vni = 5000, .local = {}, .remotes = {}, .entries = {}, .vrf = {}};
  Document document = with_meshes({mesh_called("a"), mesh_called("said", 8000, {200})});
  document.bridged = {far};
  EXPECT_THAT(give_vnis(document, {}), IsEmpty());
  EXPECT_EQ(document.networks[0].vni, 12288u);
}

TEST(Vnis, ThatMeetNowAreRefusedWithBothNames) {
  Document document = with_meshes({mesh_called("a", {}, {100}), mesh_called("b", 4000, {196})});
  EXPECT_THAT(give_vnis(document, {{{"a", 4096}}, {}, {}}),
              ElementsAre("network \"a\" (line 7): VNI 4196 is that of network \"b\" (line 7)"));
}

TEST(Vnis, ThatWereGivenBackAreNotHadAgainWhereTheyAreAnothers) {
  const auto [first, given] = given_to(with_meshes({mesh_called("a", {}, {100})}));
  const auto [none, freed] = given_to(with_meshes({}), given);
  const auto [back, same] = given_to(with_meshes({mesh_called("a", {}, {100})}), freed);
  EXPECT_EQ(back.networks[0].vni, 4096u);
  const auto [both, again] =
      given_to(with_meshes({mesh_called("a", {}, {100}), mesh_called("b", 4000, {196})}), freed);
  EXPECT_NE(both.networks[0].vni, 4096u);
}

TEST(Vnis, AreTakenAgainWhenNothingElseIsLeft) {
  KnownVnis known;
  for (uint32_t first = 4096; first < kLastVni; first += 4096) known.resting.insert(first);
  Document document = with_meshes({mesh_called("a")});
  EXPECT_THAT(give_vnis(document, known), IsEmpty());
  EXPECT_EQ(document.networks[0].vni, 4096u);
}

TEST(Vnis, AreOfMeshesAlone) {
  Network wire = mesh_called("wire"), home = mesh_called("home");
  wire.type = NetworkType::kL2PointToPoint;
  home.type = NetworkType::kSecureInternet;
  const auto [document, given] = given_to(with_meshes({wire, home}));
  EXPECT_FALSE(document.networks[0].vni || document.networks[1].vni);
  EXPECT_EQ(document.networks[0].bridge, "br-wire");
  EXPECT_EQ(document.networks[1].bridge, "");
  EXPECT_FALSE(document.networks[0].subnet6) << "outer packets are IPv4";
  EXPECT_TRUE(document.networks[1].subnet6);
}

TEST(Bridges, OfNetworksHaveNamesThatNothingElseHas) {
  Network longer = mesh_called("a-very-long-name"), same = mesh_called("a-very-long-names");
  longer.attach = {"br-a-very-long-"};
  const auto [document, given] = given_to(with_meshes({longer, same}));
  EXPECT_EQ(document.networks[0].bridge, "br-a-very-lon-2");
  EXPECT_EQ(document.networks[1].bridge, "br-a-very-lon-3");
  const auto [again, kept] = given_to(with_meshes({same}), given);
  EXPECT_EQ(again.networks[0].bridge, "br-a-very-lon-3");
  EXPECT_EQ(kept.at({"a-very-long-names", "", "bridge"}).value, "br-a-very-lon-3");
}

}   // namespace
}   // namespace sluice
