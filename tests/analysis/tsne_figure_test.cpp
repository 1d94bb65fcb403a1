#include <cmath>

#include <gmock/gmock.h>

#include "analysis/commands.h"
#include "analysis/figures.h"
#include "analysis/synthetic_study.h"
#include "analysis/synthetic_text_study.h"
#include "core/error.h"
#include "data/image_set.h"
#include "io/image_file.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

/// CIE L*a*b* of an sRGB colour (white point D65).
std::array<double, 3> lab(const std::string& colour) {
  std::array<double, 3> linear{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double c = std::stoi(colour.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    linear[i] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  }
  const auto [r, g, b] = linear;
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505), y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const double z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

TEST(TsneFigure, ColoursAreFarApart) {
  for (std::size_t a = 0; a < kCheXpertLabels.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const auto one = lab(label_colour(a)), other = lab(label_colour(b));
      const double distance = std::hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
      EXPECT_GT(distance, 25) << kCheXpertLabels[a] << ", " << kCheXpertLabels[b]; // 2.3 is just noticeable
    }
  }
}

class TsneFigures : public testing::Test {
 protected:
  int draw(const std::string& options) {
    CLI::App root;
    const auto command = figures_command(root);
    root.parse(fmt::format("figures {} {}", folder_.path().string(), options));
    return command.run();
  }
  void SetUp() override { test::write_synthetic_text_study(folder_.path()); }

  test::TemporaryFolder folder_;
};

TEST_F(TsneFigures, TheBestExtractionOfEachEncoderThatHasEmbeddings) {
  EXPECT_EQ(draw("--perplexity 5 --iterations 300 --tsne-seed 3"), kDone);
  const auto figures = folder_ / "figures";
  EXPECT_GT(read_grey_image(figures / "figure6-tsne-clip.png").to(at::kFloat).std().item<float>(), 10); // not blank
  const auto svg = test::file_bytes(figures / "figure6-tsne-clip.svg");
  EXPECT_THAT(svg, testing::HasSubstr("CLIP (Pooler)"));
  EXPECT_THAT(svg, testing::HasSubstr("42 reports: perplexity 5, 300 iterations, seed 3, KL divergence"));
  for (const auto label : kCheXpertLabels) EXPECT_THAT(svg, testing::HasSubstr(std::string(label)));
  EXPECT_EQ(std::distance(fs::directory_iterator(figures), {}), 2); // the other encoder names no embeddings
}

TEST_F(TsneFigures, TheSameOptionsGiveTheSamePicture) {
  EXPECT_EQ(draw("--perplexity 5 --iterations 300"), kDone);
  const auto first = test::file_bytes(folder_ / "figures/figure6-tsne-clip.svg");
  EXPECT_EQ(draw("--perplexity 5 --iterations 300"), kDone);
  EXPECT_EQ(test::file_bytes(folder_ / "figures/figure6-tsne-clip.svg"), first);
}

TEST_F(TsneFigures, RefusesTooLargeAPerplexityAndOtherReports) {
  EXPECT_THROW(draw("--perplexity 42"), InputError);
  test::write_text(folder_ / "study.toml", "[[encoder]]\nname = \"A\"\ncls = \"clip-cls\"\nembed_cls = \"clip-cls\"\n");
  EXPECT_THROW(draw(""), InputError); // a run without embeddings
}

} // namespace
} // namespace cxr
