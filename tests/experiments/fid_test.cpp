// `cxr fid` on the toy classifier's features: parts of sets, the measures, and what it refuses.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "data/image_set.h"
#include "experiments/commands.h"
#include "experiments/generated_sets.h"
#include "experiments/set_features.h"
#include "experiments/set_rows.h"
#include "metrics/frechet_interval.h"
#include "metrics/kernel_distance.h"
#include "metrics/manifold.h"
#include "support/refusal.h"
#include "support/thread_ranks.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class FidTest : public test::GeneratedSets {
 protected:
  static nlohmann::json fid(std::vector<std::string> options) {
    options.insert(options.begin(), {"fid", "--json", "--real", path("real.h5"), "--fake", path("generated.h5")});
    return nlohmann::json::parse(run(fid_command, options));
  }
  static nlohmann::json xray_fid(std::vector<std::string> options) {
    options.insert(options.end(), {"--model", classifier()});
    return fid(std::move(options));
  }
  static std::string refused(std::vector<std::string> options) {
    return test::refusal([&] { xray_fid(std::move(options)); });
  }
  /// The toy classifier's features of a set. @return its tap and float32 [N,tap]
  static std::pair<std::string, at::Tensor> features(const std::string& set) {
    FeatureNetwork network({.model = classifier(), .taps = {}}, at::kCPU);
    LocalCommunicator alone;
    const ImageSet images(path(set));
    const auto by_tap = set_features(images, all_rows(images.size()), network, 16, alone);
    return {fmt::format("{}", by_tap.begin()->first), by_tap.begin()->second};
  }
};

TEST_F(FidTest, MeasuresThePartOfEachSetThatIsAskedFor) {
  const auto [tap, all_real] = features("real.h5");
  const auto is_positive = ImageSet(path("real.h5")).info().labels.select(1, 10).eq(kPositive); // a phantom's may be uncertain
  const auto real = all_real.index_select(0, is_positive.nonzero().flatten());
  const auto fake = features("generated.h5").second.slice(0, test::kOfEach);
  ASSERT_GT(real.size(0), 3);
  ASSERT_LT(real.size(0), 2 * test::kOfEach);
  const auto printed = xray_fid({"--prompt", test::kEffusionPrompt, "--real-where", "Pleural Effusion=1", "--neighbours", "2"});
  EXPECT_EQ(printed.at("prompt"), test::kEffusionPrompt);
  EXPECT_EQ(printed.at("real_where"), "Pleural Effusion=1");
  EXPECT_EQ(printed.at("network"), "xrv");
  EXPECT_EQ(printed.at("weights"), "given");
  EXPECT_EQ(printed.at("real").at("images"), real.size(0));
  EXPECT_EQ(printed.at("fake").at("images"), test::kOfEach);

  // Other batches than those above: float32 features round otherwise.
  const auto near = [](const nlohmann::json& value, double expected) {
    EXPECT_NEAR(value.get<double>(), expected, 1e-4 * std::abs(expected));
  };
  near(printed.at("fid").at(tap), frechet_distance(real, fake));
  near(printed.at("fid_interval").at(tap).at(0), frechet_interval(real, fake).low);
  near(printed.at("fid_interval").at(tap).at(1), frechet_interval(real, fake).high);
  near(printed.at("kid").at(tap).at("all"), kernel_distance(real, fake));
  near(printed.at("kid").at(tap).at("interval").at(1), kernel_distance_interval(real, fake).high);
  EXPECT_GT(printed.at("kid").at(tap).at("sd").get<double>(), 0);
  EXPECT_EQ(printed.at("kid_subset_size"), real.size(0) / 2); // the smaller set's half
  EXPECT_EQ(printed.at("neighbours"), 2);
  near(printed.at("precision").at(tap), in_manifold(fake, real, 2).to(at::kDouble).mean().item<double>());
  near(printed.at("recall").at(tap), in_manifold(real, fake, 2).to(at::kDouble).mean().item<double>());
  EXPECT_LE(printed.at("precision_interval").at(tap).at(0), printed.at("precision").at(tap));
}

TEST_F(FidTest, KnowsWaysToTheClassifiersSizeAndLeavesOutIntervals) {
  const auto direct = xray_fid({"--no-intervals"}), by_299 = xray_fid({"--no-intervals", "--xray-resize", "via-299"});
  EXPECT_EQ(by_299.at("resize"), "via-299");
  EXPECT_NE(direct.at("fid"), by_299.at("fid"));
  EXPECT_FALSE(direct.contains("fid_interval"));
  EXPECT_FALSE(direct.contains("prompt"));
  EXPECT_EQ(direct.at("fake").at("images"), 2 * test::kOfEach);
}

TEST_F(FidTest, FeaturesAreTheSameOnAnyNumberOfRanks) {
  const auto expected = features("generated.h5").second;
  for (const int size : {2, 3}) {
    test::run_ranks(size, [&](Communicator& ranks) {
      FeatureNetwork network({.model = classifier(), .taps = {}}, at::kCPU);
      const ImageSet images(path("generated.h5"));
      const auto features = set_features(images, {1, 2, 3, 9, 12, 13, 4}, network, 2, ranks).begin()->second;
      const auto picked = expected.index_select(0, at::tensor({1, 2, 3, 9, 12, 13, 4}, at::kLong));
      EXPECT_CLOSE(features, picked, 1e-5); // batches of 2 and of 16 round otherwise
    });
  }
}

TEST_F(FidTest, RefusesWhatTheSetsDoNotHold) {
  EXPECT_THAT(refused({"--prompt", "a cat"}),
              AllOf(HasSubstr("expected \"a cat\""), HasSubstr(test::kPlainPrompt), HasSubstr(test::kEffusionPrompt)));
  EXPECT_THAT(test::refusal([] {
                run(fid_command, {"fid", "--real", path("real.h5"), "--fake", path("real.h5"), "--prompt", "a cat"});
              }),
              HasSubstr("prompts: expected the prompt of each image"));
  EXPECT_THAT(refused({"--real-where", "Effusion=1"}), AllOf(HasSubstr("Pleural Effusion"), HasSubstr("found Effusion")));
  EXPECT_THAT(refused({"--real-where", "Edema"}), HasSubstr("=1 (positive)"));
  EXPECT_THAT(refused({"--real-where", "Edema=7"}), HasSubstr("found Edema=7"));
  EXPECT_THAT(refused({"--real-where", "Edema=1"}), HasSubstr("an image with Edema=1"));
}

// Equal ids are no proof: features must come from one network and one preparation.
TEST_F(FidTest, RefusesFeaturesThatWereMadeInAnotherWay) {
  const auto store = [](const std::string& name, const char* resize) {
    run(features_command,
        {"features", "--model", classifier(), "--images", path("real.h5"), "--xray-resize", resize, "--out", path(name)});
    return path(name);
  };
  const auto plain = store("plain", "plain"), other = store("other", "via-299");
  const auto compared = [&](const std::string& fake, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"fid", "--real", plain, "--fake", fake, "--model", classifier(), "--no-intervals"});
    return test::refusal([&] { run(fid_command, more); });
  };
  EXPECT_THAT(compared(other, {"--xray-resize", "plain"}),
              AllOf(HasSubstr("xray-resize: expected plain"), HasSubstr("found via-299")));
  EXPECT_THAT(compared(plain, {"--xray-resize", "antialias"}), HasSubstr("xray-resize: expected antialias, as of --xray-resize"));
}

TEST_F(FidTest, RefusesSetsTooSmallForAMeasure) {
  EXPECT_THAT(refused({"--neighbours", "16"}), HasSubstr("generated.h5: images: expected at least 17"));
  EXPECT_THAT(refused({"--kid-subset-size", "17"}), AllOf(HasSubstr("--kid-subset-size"), HasSubstr("at most 16")));
  EXPECT_THAT(test::refusal([] { fid({}); }), HasSubstr("--model"));
}

} // namespace
} // namespace cxr
