#include <cmath>

#include "analysis/figures.h"
#include "io/gnuplot.h"
#include "analysis/pixel_files.h"
#include "data/image_set.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

struct Example {
  const char* rank; ///< of its SSIM
  std::int64_t sample;
};

// By SSIM: the best, the median and the worst pair; fewer where the arm has fewer.
std::vector<Example> choose_examples(const std::vector<double>& ssim) {
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < std::ssize(ssim); ++i) {
    if (std::isfinite(ssim[i])) order.push_back(i);
  }
  if (order.empty()) return {{"first", 0}};
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return ssim[a] > ssim[b]; });
  std::vector<Example> examples = {{"largest", order.front()}};
  if (order.size() > 2) examples.push_back({"median", order[order.size() / 2]});
  if (order.size() > 1) examples.push_back({"smallest", order.back()});
  return examples;
}

// Image i as grey levels, int16 [H,W], without padding.
at::Tensor grey_levels(const ImageSet& images, std::int64_t i) {
  const auto [height, width] = images.image_size(i);
  auto image = images.images(i, 1)[0].slice(0, 0, height).slice(1, 0, width).to(at::kShort); // [H,W] or [H,W,3]
  if (image.dim() == 3) image = image.to(at::kFloat).mean(2).round().to(at::kShort);
  return image.contiguous();
}

std::string image_script(const std::string& data, const std::string& title, const std::string& label) {
  return fmt::format("set title {}\nset ylabel {}\nplot {} with image notitle\n", gnuplot::quoted(title), gnuplot::quoted(label),
                     data);
}

constexpr const char* kGreyScale = "set palette gray\nset cbrange [0:255]\nunset colorbox\n";

// Blue below, white at, red above no difference: told apart with any colour vision.
std::string difference_scale(std::int64_t limit) {
  return fmt::format(
      "set palette defined (-1 '#053061', -0.5 '#4393c3', 0 '#ffffff', 0.5 '#d6604d', 1 '#67001f')\n"
      "set cbrange [{}:{}]\nset colorbox\nset cbtics\nset cblabel 'grey levels'\n",
      -limit, limit);
}

} // namespace

void draw_pair_figure(const ArmFigures& arm, const fs::path& target) {
  const ImageSet originals(arm.arm.images), reconstructions(arm.arm.reconstruct);
  PixelFiles files(target);
  const auto examples = choose_examples(arm.results.quality.at("ssim"));
  auto script = fmt::format(
      "set multiplot layout {},3 margins 0.04,0.9,0.02,0.95 spacing 0.02,0.03\n"
      "unset tics\nunset border\nset size ratio -1\nset autoscale xfix\nset autoscale yfix\n",
      examples.size());
  for (const auto& example : examples) {
    const auto original = grey_levels(originals, example.sample);
    const auto reconstruction =
        grey_levels(reconstructions, example.sample).slice(0, 0, original.size(0)).slice(1, 0, original.size(1)).contiguous();
    const auto difference = reconstruction - original;
    // The 99.5th percentile of the differences' sizes: a few pixels of burnt-in text would make all others pale.
    const auto sizes = std::get<0>(difference.abs().flatten().sort());
    const auto limit = std::max<std::int64_t>(sizes[(sizes.numel() - 1) * 995 / 1000].item<std::int64_t>(), 4);
    const auto ssim = arm.results.quality.at("ssim")[static_cast<std::size_t>(example.sample)];
    script += kGreyScale;
    const bool top = &example == examples.data();
    script += image_script(files.add(original), top ? "original" : "", fmt::format("{} SSIM: {:.3f}", example.rank, ssim));
    script += image_script(files.add(reconstruction), top ? "reconstruction" : "", "");
    script += difference_scale(limit) + image_script(files.add(difference), top ? "reconstruction - original" : "", "");
  }
  gnuplot::draw(target, 960, 40 + 300 * static_cast<int>(examples.size()), script + "unset multiplot\n");
}

} // namespace cxr
