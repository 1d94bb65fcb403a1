#include <gmock/gmock.h>

#include "analysis/commands.h"
#include "io/gnuplot.h"
#include "analysis/synthetic_study.h"
#include "core/error.h"
#include "io/image_file.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

TEST(Figures, DistributionsAndPairsAsPngAndSvg) {
  const test::TemporaryFolder folder;
  test::write_synthetic_study(folder.path(), "mimic");
  CLI::App root;
  const auto command = figures_command(root);
  root.parse("figures " + folder.path().string());
  EXPECT_EQ(command.run(), kDone);
  const auto figures = folder / "figures";
  EXPECT_EQ(read_grey_image(figures / "figure3-quality.png").size(1), 1440);
  EXPECT_GT(read_grey_image(figures / "figure3-pairs-mimic-cxr.png").to(at::kFloat).std().item<float>(), 10); // not blank
  const auto svg = test::file_bytes(figures / "figure3-quality.svg");
  EXPECT_THAT(svg, testing::HasSubstr("RMSE (paper's scale)"));
  EXPECT_THAT(svg, testing::HasSubstr("published mean ± SD"));
  EXPECT_THAT(test::file_bytes(figures / "figure3-pairs-mimic-cxr.svg"), testing::HasSubstr("data:image/png;base64"));
  for (const auto& entry : std::filesystem::directory_iterator(figures)) {
    EXPECT_THAT(entry.path().extension().string(), testing::AnyOf(".png", ".svg")) << entry.path(); // nothing temporary stays
  }
}

TEST(Gnuplot, TextIsNeverAScript) { EXPECT_EQ(gnuplot::quoted("a'b\nc`d"), "'a''b c`d'"); }

TEST(Gnuplot, ARefusedScriptIsAnError) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(gnuplot::draw(folder / "figure", 100, 100, "plot no such function"), std::runtime_error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

} // namespace
} // namespace cxr
