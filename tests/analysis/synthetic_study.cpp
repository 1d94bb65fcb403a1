#include "analysis/synthetic_study.h"

#include <fstream>
#include <limits>

#include "data/image_set.h"
#include "io/hdf5.h"

namespace cxr::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> ids() {
  std::vector<std::string> ids;
  for (std::int64_t i = 0; i < kStudySamples; ++i) ids.push_back(fmt::format("sample-{}", i));
  return ids;
}

// A disc on a ramp, so that figures show something.
at::Tensor images(int shift) {
  const auto row = at::arange(32).view({1, 32, 1}), column = at::arange(32).view({1, 1, 32});
  const auto sample = at::arange(kStudySamples).view({-1, 1, 1});
  const auto disc = ((row - 16).square() + (column - 16).square() < 60).to(at::kLong) * 80;
  return (row * 3 + column * 2 + disc + sample % 5 + shift * (row % 3)).clamp(0, 255).to(at::kByte);
}

void write_images(const fs::path& path) {
  auto labels = at::full({kStudySamples, 14}, kNotMentioned, at::kChar);
  const auto column_of = [](std::string_view name) {
    return std::find(kCheXpertLabels.begin(), kCheXpertLabels.end(), name) - kCheXpertLabels.begin();
  };
  auto atelectasis = labels.select(1, column_of("Atelectasis"));
  atelectasis.slice(0, 0, 10).fill_(kPositive);
  atelectasis.slice(0, 10, 15).fill_(kUncertain);
  labels.select(1, column_of("Pleural Effusion")).slice(0, 0, std::nullopt, 2).fill_(kPositive);
  labels.select(1, column_of("Pneumothorax")).fill_(kNegative);
  auto file = hdf5::File::create(path);
  file.write("images", images(0));
  file.write_strings("ids", ids());
  file.write("labels", labels);
  file.write_attribute("labels", "names", std::vector<std::string>(kCheXpertLabels.begin(), kCheXpertLabels.end()));
  file.close();
}

void write_reconstruct(const fs::path& run) {
  fs::create_directories(run);
  const auto number = at::arange(kStudySamples, at::kDouble);
  auto psnr = 30 + number / 10;
  psnr[0] = std::numeric_limits<double>::infinity();
  auto file = hdf5::File::create(run / "results.h5");
  file.write("index", at::arange(kStudySamples));
  file.write_strings("ids", ids());
  file.write("images", images(2));
  file.write("rmse", number + 1);
  file.write("rmse_paper", 10 * (number + 1));
  file.write("psnr", psnr);
  file.write("psnr_paper", psnr + 2);
  file.write("ssim", 1 - number / 100);
  file.close();
}

void write_classify(const fs::path& run, bool reversed) {
  fs::create_directories(run);
  const std::vector<std::string> names = {"Atelectasis", "Effusion", "Pneumothorax"};
  const auto share = at::arange(kStudySamples, at::kFloat) / kStudySamples;
  const auto scores = (reversed ? share : 1 - share).unsqueeze(1).repeat({1, 3});
  auto file = hdf5::File::create(run / "results.h5");
  file.write("index", at::arange(kStudySamples));
  file.write_strings("ids", ids());
  file.write("scores", scores / 10);
  file.write("scores_calibrated", scores);
  for (const auto* name : {"scores", "scores_calibrated"}) file.write_attribute(name, "names", names);
  file.write("features", at::ones({kStudySamples, 4}, at::kFloat));
  file.close();
}

} // namespace

void write_text(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

void write_synthetic_study(const fs::path& folder, const std::string& dataset) {
  write_images(folder / "set.h5");
  write_reconstruct(folder / "reconstruct");
  write_classify(folder / "original", false);
  write_classify(folder / "reconstruction", true);
  write_text(folder / "fid.json", R"({"weights": "random", "fid": {"64": 0.5, "2048": 12.25}, "batch": 32,
                                      "fid_batches": {"64": [1, 2, 3], "2048": []}})");
  write_text(folder / "study.toml", fmt::format("[[arm]]\ndataset = \"{}\"\nimages = \"set.h5\"\nreconstruct = \"reconstruct\"\n"
                                                "classify_original = \"original\"\nclassify_reconstruction = \"reconstruction\"\n"
                                                "fid = \"fid.json\"\n",
                                                dataset));
}

} // namespace cxr::test
