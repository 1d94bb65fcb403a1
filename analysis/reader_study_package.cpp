#include "analysis/reader_study_package.h"

#include <array>

#include <nlohmann/json.hpp>

#include "analysis/html.h"
#include "analysis/run_results.h"
#include "core/base64.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/rng.h"
#include "data/image_set.h"
#include "data/resize.h"
#include "io/image_file.h"

namespace cxr {

extern const std::string_view kReaderStudyPage, kReaderStudyStyle, kReaderStudyViewerScript, kReaderStudySessionScript,
    kReaderStudyScript; // reader_study.html, .css and .js

namespace {

// Which of several independent draws of the study's stream; the sample itself is draw 0.
constexpr std::uint64_t kOrderDraw = 1, kSideDraw = 2;

using Pair = std::array<at::Tensor, 2>; ///< left and right, uint8 [H,W] of one size

/// The numbers of the pairs in the order shown.
std::vector<std::int64_t> draw_order(std::int64_t population, const ReaderStudyOptions& options) {
  auto order = rng::sample_without_replacement(population, options.pairs, options.seed, rng::Stream::kReaderStudy);
  rng::Generator generator(options.seed, rng::Stream::kReaderStudy, kOrderDraw);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[generator.below(i)]);
  return order;
}

void check_pairs(const ImageSet& originals, const ReaderStudyOptions& options) {
  check_samples(open_results(options.reconstructions), originals.info().ids, "the image set");
  if (originals.size() < options.pairs) {
    throw InputError(originals.path().string(), "ids", fmt::format("at least {} samples (--n)", options.pairs),
                     fmt::format("{}", originals.size()));
  }
}

/// Image i as the reader sees it: grey, without padding, at most `max_side` pixels a side.
at::Tensor shown_image(const ImageSet& images, std::int64_t i, std::int64_t max_side) {
  const auto [height, width] = images.image_size(i);
  auto image = images.images(i, 1)[0].slice(0, 0, height).slice(1, 0, width); // [H,W] or [H,W,3]
  if (image.dim() == 3) image = image.to(at::kFloat).mean(2).round().to(at::kByte);
  image = image.contiguous();
  return std::max(height, width) > max_side ? limit_side(image, max_side) : image;
}

/// The images of the pairs as inert scripts, from which the page takes them when they are needed, and their digest.
class Images {
 public:
  Images(const ImageSet& originals, const ImageSet& reconstructions, const ReaderStudyOptions& options)
      : originals_(originals), reconstructions_(reconstructions), options_(options) {
    digest_.add(fmt::format("reader study 1\nseed {}\nsides {}\n", options.seed, options.hide_sides ? "hidden" : "shown"));
  }

  void add(std::int64_t sample, const ReaderCase& shown) {
    auto pair = Pair{shown_image(originals_, sample, options_.max_side), shown_image(reconstructions_, sample, options_.max_side)};
    if (pair[0].sizes() != pair[1].sizes()) {
      throw InputError(reconstructions_.path().string(), fmt::format("images, sample {}", sample),
                       fmt::format("{} pixels, as the original has", fmt::join(pair[0].sizes(), " × ")),
                       fmt::format("{}", fmt::join(pair[1].sizes(), " × ")));
    }
    if (!shown.original_is_left) std::swap(pair[0], pair[1]);
    digest_.add(fmt::format("{}\n{}\n", shown.id, fmt::join(pair[0].sizes(), ",")));
    ++number_;
    for (std::size_t side = 0; side < pair.size(); ++side) {
      digest_.add({static_cast<const char*>(pair[side].const_data_ptr()), pair[side].nbytes()});
      html_ +=
          fmt::format("<script type=\"text/plain\" id=\"image-{}-{}\">{}</script>\n", number_, side, base64(png_bytes(pair[side])));
    }
  }

  const std::string& html() const { return html_; }
  std::string identity() { return digest_.hex().substr(0, 16); }

 private:
  const ImageSet &originals_, &reconstructions_;
  const ReaderStudyOptions& options_;
  std::string html_;
  Sha256 digest_;
  std::int64_t number_ = 0;
};

std::string page_of(const std::string& study, const std::string& images, const ReaderStudyOptions& options) {
  const std::array<std::string, 2> sides =
      options.hide_sides ? std::array<std::string, 2>{"A", "B"} : std::array<std::string, 2>{"Original", "Reconstruction"};
  const nlohmann::ordered_json facts = {{"study", study}, {"cases", options.pairs}, {"sides", sides}};
  const auto* task = options.hide_sides ? "Which of the two is which is not said, and changes from pair to pair."
                                        : "The original is on the left (on a narrow screen, above).";
  return fill_template(
      kReaderStudyPage,
      {{"style", std::string(kReaderStudyStyle)},
       {"cases", fmt::format("{}", options.pairs)},
       {"task", task},
       {"first", sides[0]},
       {"second", sides[1]},
       {"study", facts.dump()},
       {"images", images},
       {"script", fmt::format("{}\n{}\n{}", kReaderStudyViewerScript, kReaderStudySessionScript, kReaderStudyScript)}});
}

} // namespace

ReaderStudyPackage make_reader_study(const ReaderStudyOptions& options) {
  const ImageSet originals(options.images);
  check_pairs(originals, options);
  const ImageSet reconstructions(options.reconstructions);
  ReaderStudyPackage package;
  Images images(originals, reconstructions, options);
  rng::Generator sides(options.seed, rng::Stream::kReaderStudy, kSideDraw);
  for (const auto sample : draw_order(originals.size(), options)) {
    const bool swaps = options.hide_sides && sides.below(2) == 1;
    package.key.cases.push_back({originals.info().ids[static_cast<std::size_t>(sample)], !swaps});
    images.add(sample, package.key.cases.back());
  }
  package.key.study = images.identity();
  package.page = page_of(package.key.study, images.html(), options);
  return package;
}

} // namespace cxr
