#include "data/origin.h"

#include <gmock/gmock.h>

#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using test::refusal;
using testing::HasSubstr;

class OriginTest : public testing::Test {
 protected:
  Origin of(const std::string& configuration) {
    auto file = hdf5::File::create(folder / "results.h5");
    if (!configuration.empty()) file.write_attribute("/", "configuration", configuration);
    file.close();
    return Origin(hdf5::File::open(folder / "results.h5"));
  }
  test::TemporaryFolder folder;
};

TEST_F(OriginTest, TellsWhatTheResultsSayOfThemselves) {
  const auto origin = of("extraction = \"cls\"\nsize = 32\ninputs.images = \"d1\"\n");
  EXPECT_EQ(origin.of("extraction"), "cls");
  EXPECT_EQ(origin.of("size"), "32");
  EXPECT_EQ(origin.of("inputs.images"), "d1");
  EXPECT_EQ(origin.of("inputs.model"), "");
}

TEST_F(OriginTest, RefusesWhatWasMadeOfSomethingElse) {
  const auto origin = of("inputs.images = \"d1\"\n");
  origin.require("inputs.images", "d1", "a.h5");
  origin.require("inputs.images", "", "a.h5"); // what the other side does not say
  origin.require("inputs.model", "m", "a.h5"); // nor this one
  EXPECT_THAT(refusal([&] { origin.require("inputs.images", "d2", "a.h5"); }),
              HasSubstr("results.h5: inputs.images: expected d2, as of a.h5, found d1"));
  of("").require("inputs.images", "d2", "a.h5"); // no run made it
  EXPECT_THAT(refusal([&] { of("= x"); }), HasSubstr("attribute configuration: expected TOML"));
}

} // namespace
} // namespace cxr
