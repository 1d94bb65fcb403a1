// Parity with torchxrayvision's DenseNet on weights that exercise every parameter.
#include "models/densenet.h"

#include <gtest/gtest.h>

#include "models/dense_block.h"
#include "models/fixture.h"
#include "models/pretrained.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using test::Path;

constexpr double kTolerance = 1e-5; // float64 answers; the library's own float32 is within 2e-7 of them

class DenseNetParity : public testing::TestWithParam<Path> {
 protected:
  DenseNet model_ = load_densenet(test::model_fixture("densenet"));
  StateDict expected_ = read_safetensors(test::model_fixture("densenet") / "expected.safetensors");

  template <typename Module>
  at::Tensor run(const std::string& name, const std::string& input) {
    return test::on_path(GetParam(), [&] { return model_->named_modules()[name]->as<Module>()->forward(expected_.at(input)); });
  }
};

TEST_P(DenseNetParity, LayersAndBlocks) {
  EXPECT_CLOSE(run<nn::Conv2d>("features.conv0", "images"), expected_.at("features.conv0"), kTolerance);
  EXPECT_CLOSE(run<nn::BatchNorm>("features.norm0", "features.conv0"), expected_.at("features.norm0"), kTolerance);
  const std::string layer = "features.denseblock1.denselayer1";
  EXPECT_CLOSE(run<nn::BatchNorm>(layer + ".norm1", "features.pool0"), expected_.at(layer + ".norm1"), kTolerance);
  EXPECT_CLOSE(run<nn::BatchNorm>(layer + ".norm2", layer + ".conv1"), expected_.at(layer + ".norm2"), kTolerance);
  // The library's layer returns its input and the new channels; ours the new channels alone.
  EXPECT_CLOSE(run<DenseLayer>(layer, "features.pool0"), expected_.at(layer).slice(1, -4), kTolerance);
  for (int i = 1; i <= 4; ++i) {
    const auto input = i == 1 ? std::string("features.pool0") : fmt::format("features.transition{}", i - 1);
    const auto block = fmt::format("features.denseblock{}", i), transition = fmt::format("features.transition{}", i);
    EXPECT_CLOSE(run<DenseBlock>(block, input), expected_.at(block), kTolerance);
    if (i < 4) {
      EXPECT_CLOSE(run<Transition>(transition, block), expected_.at(transition), kTolerance);
    }
  }
}

TEST_P(DenseNetParity, FeaturesAndScores) {
  const auto features = test::on_path(GetParam(), [&] { return model_.ptr()->features(expected_.at("images")); });
  EXPECT_CLOSE(features, expected_.at("features"), kTolerance);
  const auto logits = test::on_path(GetParam(), [&] { return model_.ptr()->logits(features); });
  EXPECT_CLOSE(logits, expected_.at("logits"), kTolerance);
  EXPECT_CLOSE(logits.sigmoid(), expected_.at("scores"), kTolerance);
  EXPECT_CLOSE(model_->calibrate(logits.sigmoid()), expected_.at("scores_calibrated"), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Paths, DenseNetParity, testing::Values(Path::kPlain, Path::kFused));

TEST(DenseNet, ANaNThresholdGivesOneHalf) {
  const auto model = load_densenet(test::model_fixture("densenet"));
  const auto calibrated = model->calibrate(at::full({1, 18}, 0.9));
  EXPECT_EQ(calibrated[0][13].item<float>(), 0.5F); // Hernia, untrained in the fixture
  EXPECT_NE(calibrated[0][0].item<float>(), 0.5F);
}

} // namespace
} // namespace cxr
