#include "analysis/grid_figure.h"

#include <gmock/gmock.h>

#include "analysis/commands.h"
#include "analysis/synthetic_generation_study.h"
#include "analysis/synthetic_study.h"
#include "core/error.h"
#include "io/hdf5.h"
#include "io/image_file.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Wrapped, BreaksAtSpacesAndLongWords) {
  EXPECT_THAT(wrapped("a photo of a  lung xray", 10), ElementsAre("a photo of", "a lung", "xray"));
  EXPECT_THAT(wrapped("Röntgenröhre an", 6), ElementsAre("Röntge", "nröhre", "an"));
  EXPECT_THAT(wrapped("", 10), ElementsAre());
}

// Each image is a colour of its own: where it lies in the PNG is where the grid puts it.
TEST(GridFigure, PutsEachImageWhereItBelongs) {
  const test::TemporaryFolder folder;
  const auto plain = [](int grey, std::int64_t height = 8) { return at::full({height, 8, 3}, grey, at::kByte); };
  const ImageGrid grid{
      .headings = {"first", "second"},
      .rows = {{"above", {"its caption"}, {{plain(10), plain(60)}, {plain(110, 4)}}}, {"below", {}, {{plain(160)}, {}}}},
      .images_per_cell = 2,
      .side = 40};
  draw_grid_figure(grid, folder / "grid");
  const auto png = read_grey_image(folder / "grid.png");
  // In points: labels are 170 wide; a cell is two images of 40 with a gap of 3, then comes a gap of 18.
  const auto at_point = [&](double x, double y) {
    return png[static_cast<std::int64_t>(1.5 * y)][static_cast<std::int64_t>(1.5 * x)].item<int>();
  };
  EXPECT_EQ(png.size(1), (170 + 2 * 83 + 18 + 12) * 3 / 2);
  EXPECT_EQ(at_point(190, 45), 10);
  EXPECT_EQ(at_point(233, 45), 60);
  EXPECT_EQ(at_point(211.5, 45), 255); // between them
  EXPECT_EQ(at_point(291, 45), 110);
  EXPECT_EQ(at_point(291, 28), 255); // a wide image has white above it
  EXPECT_EQ(at_point(190, 97), 160);
  EXPECT_EQ(at_point(291, 97), 255); // an empty cell
  const auto svg = test::file_bytes(folder / "grid.svg");
  for (const auto* text : {"first", "second", "above", "its caption", "below"}) EXPECT_THAT(svg, HasSubstr(text));
}

class GenerationFigures : public testing::Test {
 protected:
  void SetUp() override { test::write_generation_study(folder_.path()); }
  int draw() {
    CLI::App root;
    const auto command = figures_command(root);
    root.parse("figures " + folder_.path().string());
    return command.run();
  }

  test::TemporaryFolder folder_;
};

TEST_F(GenerationFigures, AllMethodsAndTheBestBesideTheOriginal) {
  test::write_generated_scores(folder_ / "own-scores", {0.6F, 0.6F, 0.6F, 0.6F, 0.9F, 0.9F, 0.9F, 0.9F}); // AUC 1, accuracy 0.5
  test::write_text(folder_ / "study.toml", test::file_bytes(folder_ / "study.toml") + "classify = \"own-scores\"\n");
  EXPECT_EQ(draw(), kDone);
  const auto figures = folder_ / "figures";
  for (const auto* name : {"figure1-original-and-best.png", "figure4-methods.png"})
    EXPECT_GT(read_grey_image(figures / name).to(at::kFloat).std().item<float>(), 10) << name; // not blank
  const auto all = test::file_bytes(figures / "figure4-methods.svg");
  for (const auto* text :
       {"Stable Diffusion", "U-Net, no", "My_own | method", test::kPositiveText, "a photo in the style of a lung xray"})
    EXPECT_THAT(all, HasSubstr(text));
  const auto best = test::file_bytes(figures / "figure1-original-and-best.svg");
  EXPECT_THAT(best, HasSubstr(">AUC 0.500<"));
  EXPECT_THAT(best, HasSubstr(">AUC 1.000<"));
  EXPECT_THAT(best, testing::Not(HasSubstr("My_own")));
  for (const auto& entry : fs::directory_iterator(figures))
    EXPECT_THAT(entry.path().extension().string(), testing::AnyOf(".png", ".svg")) << entry.path(); // nothing temporary stays
}

TEST_F(GenerationFigures, AnOriginalAloneIsDrawn) {
  test::write_text(folder_ / "study.toml", fmt::format("[generation]\nfinding = \"Edema\"\nnegative = \"{}\"\npositive = \"{}\"\n"
                                                       "[[method]]\nname = \"only\"\ngenerate = \"own\"\n",
                                                       test::kNegativeText, test::kPositiveText));
  EXPECT_EQ(draw(), kDone);
  EXPECT_THAT(test::file_bytes(folder_ / "figures/figure1-original-and-best.svg"), HasSubstr("only"));
}

TEST_F(GenerationFigures, RunsWithoutImagesAreRefused) {
  auto run = hdf5::File::create(folder_ / "own" / "results.h5");
  run.write_strings("ids", {"a", "b"});
  run.write_strings("prompts", {test::kNegativeText, test::kPositiveText});
  run.close();
  EXPECT_THAT(test::refusal([&] { draw(); }), HasSubstr("own/results.h5: images: expected uint8 [N,H,W] or [N,H,W,3]"));
}

} // namespace
} // namespace cxr
