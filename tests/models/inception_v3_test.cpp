// Parity with pytorch-fid's InceptionV3. Its 24 million weights come from a formula (tests/support/weight_formula.h).
#include "models/inception_v3.h"

#include <gtest/gtest.h>

#include "io/json.h"
#include "models/fixture.h"
#include "models/model_input.h"
#include "models/pretrained.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

constexpr double kTolerance = 1e-5; // float64 answers; the library's own float32 is within 4e-7 of them
const std::vector<std::int64_t> kTaps(kInceptionTaps.begin(), kInceptionTaps.end());

StateDict formula_weights() {
  StateDict state;
  const JsonFile keys(test::model_fixture("inception_keys.json"));
  for (const auto& [key, shape] : keys.root().items()) {
    state.emplace(key, test::formula_tensor(key, shape.get<std::vector<std::int64_t>>()));
  }
  return state;
}

class InceptionParity : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    model_ = new InceptionV3;
    load_state_dict(**model_, formula_weights(), "formula");
  }
  static void TearDownTestSuite() { delete model_; }

  StateDict expected_ = read_safetensors(test::model_fixture("inception_expected.safetensors"));
  static inline InceptionV3* model_ = nullptr;
};

// Two images of three channels, 139 × 139, in [-1, 1].
at::Tensor images() {
  std::vector<at::Tensor> all;
  for (int n = 0; n < 2; ++n) {
    std::vector<at::Tensor> channels;
    for (int c = 0; c < 3; ++c) channels.push_back(test::formula_image(fmt::format("image.{}.{}", n, c), 139, 139));
    all.push_back(at::stack(channels));
  }
  return at::stack(all).to(at::kFloat) / 255 * 2 - 1;
}

TEST_F(InceptionParity, TapsOnTheFusedPath) {
  const c10::InferenceMode no_autograd;
  for (const auto& [tap, features] : (*model_)->features(images(), kTaps)) {
    EXPECT_CLOSE(features, expected_.at(fmt::format("features_{}", tap)), kTolerance) << tap;
  }
}

TEST_F(InceptionParity, TapsOnThePlainPath) {
  for (const auto& [tap, features] : (*model_)->features(images(), kTaps)) {
    EXPECT_CLOSE(features, expected_.at(fmt::format("features_{}", tap)), kTolerance) << tap;
  }
}

TEST_F(InceptionParity, GreyImagesThroughTheLibrarysResizing) {
  const c10::InferenceMode no_autograd;
  const auto grey = test::formula_image("grey", 64, 64).unsqueeze(0);
  for (const auto& [tap, features] : (*model_)->features(fid_input(grey, FidResize::kPytorchFid), kTaps)) {
    EXPECT_CLOSE(features, expected_.at(fmt::format("grey.features_{}", tap)), kTolerance) << tap;
  }
}

TEST_F(InceptionParity, EveryBlock) {
  const c10::InferenceMode no_autograd;
  const auto check = [&](const char* name, const at::Tensor& y) {
    EXPECT_CLOSE(y.mean({2, 3}), expected_.at(std::string(name) + ".channel_means"), kTolerance) << name;
    EXPECT_CLOSE(y.slice(0, 0, 1).slice(1, 0, 2), expected_.at(std::string(name) + ".first_channels"), kTolerance) << name;
    return y;
  };
  auto modules = (*model_)->named_children();
  const auto conv = [&](const char* name, const at::Tensor& x) { return modules[name]->as<BasicConv2d>()->forward(x); };
  auto x = check("Conv2d_1a_3x3", conv("Conv2d_1a_3x3", images()));
  x = check("Conv2d_2b_3x3", conv("Conv2d_2b_3x3", conv("Conv2d_2a_3x3", x)));
  x = at::max_pool2d(x, 3, 2);
  x = at::max_pool2d(check("Conv2d_4a_3x3", conv("Conv2d_4a_3x3", conv("Conv2d_3b_1x1", x))), 3, 2);
  for (const char* name : {"Mixed_5b", "Mixed_5c", "Mixed_5d"}) x = check(name, modules[name]->as<InceptionA>()->forward(x));
  x = check("Mixed_6a", modules["Mixed_6a"]->as<InceptionB>()->forward(x));
  for (const char* name : {"Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"})
    x = check(name, modules[name]->as<InceptionC>()->forward(x));
  x = check("Mixed_7a", modules["Mixed_7a"]->as<InceptionD>()->forward(x));
  for (const char* name : {"Mixed_7b", "Mixed_7c"}) x = check(name, modules[name]->as<InceptionE>()->forward(x));
}

TEST(RandomInception, IsFiniteAndTheSameEachTime) {
  const c10::InferenceMode no_autograd;
  const auto x = images();
  const auto a = random_inception_v3(0)->features(x, {2048}).at(2048), b = random_inception_v3(0)->features(x, {2048}).at(2048);
  EXPECT_TRUE(a.isfinite().all().item<bool>());
  EXPECT_TRUE(a.equal(b));
  EXPECT_GT((a[0] - a[1]).abs().max().item<float>(), 1e-3F);
}

TEST(RandomInception, HasAllWeightsThatATapNeeds) {
  const c10::InferenceMode no_autograd;
  const auto x = images();
  const auto whole = random_inception_v3(0)->features(x, {64, 192, 768});
  for (const std::int64_t tap : {64, 192, 768})
    EXPECT_TRUE(random_inception_v3(0, {}, tap)->features(x, {tap}).at(tap).equal(whole.at(tap))) << tap;
}

} // namespace
} // namespace cxr
