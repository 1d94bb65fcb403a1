// `cxr classify`, `features` and `fid` on phantoms with the toy classifier of models/toy and an untrained Inception.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "data/image_set.h"
#include "data_prep/phantom/phantom.h"
#include "experiments/commands.h"
#include "io/hdf5.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

constexpr std::int64_t kEach = 12;  ///< phantoms with an effusion, and as many without a finding
constexpr std::int64_t kSize = 128; ///< what the toy classifier was made for

class ImageCommands : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TemporaryFolder>();
    const auto write = [](const std::string& name, std::uint64_t seed) {
      std::vector<ImageRecord> records;
      for (std::int64_t i = 0; i < 2 * kEach; ++i) {
        records.push_back(
            make_phantom(seed, i, kSize, i < kEach ? std::vector<int>{phantom::kPleuralEffusion} : std::vector<int>{}));
      }
      write_image_set(path(name), records, true, true, {});
    };
    write("a.h5", 31); // seeds that no training of models/toy saw
    write("b.h5", 32);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return (*folder_ / name).string(); }
  static std::string classifier() { return CXR_SOURCE_DIR "/models/toy/xrv"; }

  /// Runs a command; returns what it printed.
  static std::string run(Subcommand (*command_of)(CLI::App&), const std::string& options) {
    CLI::App root;
    const auto command = command_of(root);
    root.parse(options + " --threads 1 --quiet");
    testing::internal::CaptureStdout();
    const int status = command.run();
    const auto printed = testing::internal::GetCapturedStdout();
    EXPECT_EQ(status, kDone) << options;
    return printed;
  }
  static hdf5::File results(const std::string& name) { return hdf5::File::open(path(name + "/results.h5")); }

  static std::unique_ptr<test::TemporaryFolder> folder_;
};

std::unique_ptr<test::TemporaryFolder> ImageCommands::folder_;

TEST_F(ImageCommands, ClassifyScoresEveryImage) {
  run(classify_command, fmt::format("classify --classifier {} --images {} --out {}", classifier(), path("a.h5"), path("scores")));
  const auto file = results("scores");
  const auto scores = file.read("scores"), calibrated = file.read("scores_calibrated"), features = file.read("features");
  EXPECT_EQ(file.read_strings("ids"), ImageSet(path("a.h5")).info().ids);
  ASSERT_EQ(scores.sizes(), (std::vector<std::int64_t>{2 * kEach, 18}));
  ASSERT_EQ(calibrated.sizes(), scores.sizes());
  EXPECT_EQ(features.size(0), 2 * kEach);
  EXPECT_TRUE(features.isfinite().all().item<bool>());
  EXPECT_GE(features.min().item<float>(), 0.F); // after a ReLU
  for (const auto& s : {scores, calibrated}) {
    EXPECT_TRUE(((s >= 0) & (s <= 1)).all().item<bool>());
  }
  const auto names = file.read_attribute_strings("scores", "names");
  const auto effusion = std::ranges::find(names, "Effusion") - names.begin();
  ASSERT_LT(effusion, 18);
  // The toy classifier's AUC of effusions is 1.000 on 300 phantoms (models/toy/README.md): of 144 pairs hardly one is wrong.
  const auto with = scores.slice(0, 0, kEach).select(1, effusion), without = scores.slice(0, kEach).select(1, effusion);
  EXPECT_GT((with.unsqueeze(1) > without.unsqueeze(0)).to(at::kDouble).mean().item<double>(), 0.97);
  // Calibration maps the operating point to one half and so never changes an image's place.
  EXPECT_TRUE(at::equal(scores.select(1, effusion).argsort(), calibrated.select(1, effusion).argsort()));
}

TEST_F(ImageCommands, FeaturesOfAClassifierAreThoseThatClassifyKeeps) {
  run(classify_command, fmt::format("classify --classifier {} --images {} --out {}", classifier(), path("b.h5"), path("kept")));
  run(features_command, fmt::format("features --model {} --images {} --out {}", classifier(), path("b.h5"), path("alone")));
  const auto kept = results("kept").read("features");
  const auto name = fmt::format("features_{}", kept.size(1));
  const auto alone = results("alone");
  EXPECT_EQ(alone.datasets(), (std::vector<std::string>{name, "ids", "index", "labels"}));
  EXPECT_TRUE(at::equal(alone.read(name), kept));
}

/// The Fréchet distance by another way than metrics/frechet.h: tr (A B)^½ from the eigenvalues of A B, which are not negative.
double frechet_by_eigenvalues(const at::Tensor& a, const at::Tensor& b) {
  const auto x = a.to(at::kDouble), y = b.to(at::kDouble);
  const auto covariance_x = at::cov(x.t()), covariance_y = at::cov(y.t());
  const auto root = at::linalg_eigvals(at::matmul(covariance_x, covariance_y)).sqrt();
  const auto distance =
      (x.mean(0) - y.mean(0)).square().sum() + covariance_x.trace() + covariance_y.trace() - 2 * at::real(root).sum();
  return distance.item<double>();
}

TEST_F(ImageCommands, FidComparesFeaturesOfRuns) {
  for (const char* set : {"a", "b"}) {
    run(features_command, fmt::format("features --model random --taps 64 --images {} --out {}", path(std::string(set) + ".h5"),
                                      path(std::string("inception-") + set)));
  }
  const auto a = results("inception-a").read("features_64"), b = results("inception-b").read("features_64");
  ASSERT_EQ(a.sizes(), (std::vector<std::int64_t>{2 * kEach, 64}));
  const auto fid = [&](const std::string& real, const std::string& fake) {
    const auto options = fmt::format("fid --json --taps 64 --batch {} --real {} --fake {}", kEach, path(real), path(fake));
    return nlohmann::json::parse(run(fid_command, options));
  };
  const auto printed = fid("inception-a", "inception-b");
  EXPECT_EQ(printed.at("weights"), "random");
  EXPECT_EQ(printed.at("real").at("images"), 2 * kEach);
  // Both are exact but for rounding of near-zero eigenvalues, of which 24 images leave 41: 1e-6 of the variance.
  const double expected = frechet_by_eigenvalues(a, b), slack = 1e-6 * at::cov(a.t()).trace().item<double>();
  EXPECT_NEAR(printed.at("fid").at("64").get<double>(), expected, slack);
  EXPECT_GT(expected, 10 * slack);
  const auto batches = printed.at("fid_batches").at("64");
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_NEAR(batches[1].get<double>(), frechet_by_eigenvalues(a.slice(0, kEach), b.slice(0, kEach)), slack);
  EXPECT_NEAR(fid("inception-a", "inception-a").at("fid").at("64").get<double>(), 0, slack);
}

} // namespace
} // namespace cxr
