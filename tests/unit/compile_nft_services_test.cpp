// SPDX-License-Identifier: GPL-2.0-or-later
// Services in the table: a chain draws the turn, and a flow to any of the backends is admitted.
#include "compile_nft_fixture.hpp"

namespace sluice::test {
namespace {

std::string service(std::string_view rest) {
  return house(
      R"("underlays": {"near": {"zone": "lan"}}, "services": {"web": {"listen": "203.0.113.1", "ports": 80,)" +
      std::string(rest) + "}}");
}

constexpr std::string_view kTwo = R"("backends": [{"name": "one", "near": "192.168.10.2:8080", "weight": 2},
  {"name": "two", "near": "192.168.10.3:8080"}])";

TEST(NftServices, AChainDrawsTheTurn) {
  const Table table = table_of(service(kTwo));
  EXPECT_EQ(table.rows("service_range4"), Texts{"203.0.113.1 . 6 . 80 : goto service4/web"});
  EXPECT_EQ(table.chain("service4/web").size(), 1u);
  EXPECT_EQ(table.chain("backend4/web/one/near").size(), 1u);
  EXPECT_EQ(table.set("forward_to4"), nullptr);
}

TEST(NftServices, AFlowToEachBackendIsAdmittedAndCounted) {
  const Table table = table_of(service(kTwo));
  EXPECT_EQ(table.rows("forward_object_range4").size(), 2u);
  EXPECT_NE(table.rows("forward_object_range4").at(0), table.rows("forward_object_range4").at(1));
}

TEST(NftServices, WithoutABackendItIsRefused) {
  const Table table =
      table_of(service(R"("backends": [{"name": "one", "near": "192.168.10.2:8080", "drain": true}])"));
  EXPECT_EQ(table.rows("service_refused_range4"), Texts{"203.0.113.1 . 6 . 80 : goto drop_no_backend"});
  EXPECT_EQ(table.set("service_range4"), nullptr);
  EXPECT_EQ(table.rows("forward_object_range4").size(), 1u) << "flows that are there go on";
}

}   // namespace
}   // namespace sluice::test
