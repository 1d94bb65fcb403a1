#include "data_prep/prepare.h"

#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/rng.h"
#include "core/signals.h"
#include "data/image_set_writer.h"
#include "data_prep/parts.h"
#include "data_prep/paths.h"
#include "dist/rank_threads.h"
#include "io/csv.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kImagesPerPart = 32; // 1000 images keep 16 ranks busy; 32 frames of 4096² are 0.5 GiB

// The sample in the order of the paths, so that it does not depend on the order in which a file system lists its files.
std::vector<SourceItem> sample(std::vector<SourceItem> items, const PrepareOptions& options) {
  std::ranges::sort(items, {}, &SourceItem::path);
  std::vector<SourceItem> sampled;
  for (const auto i : rng::sample_without_replacement(std::ssize(items), options.n, options.seed, rng::Stream::kSampling)) {
    sampled.push_back(std::move(items[i]));
  }
  return sampled;
}

// Names a job: parts may be reused by a job of the same images and options only.
std::string identity(const Source& source, const PrepareOptions& options) {
  auto text = fmt::format("{}\n{}\n{}\n{} {} {}\n{}\n", CXR_VERSION, source.name, source.root.string(), options.size,
                          static_cast<int>(options.resize), options.max_side, options.configuration);
  for (const auto& item : source.items) text += item.path + '\n';
  return sha256(text);
}

// This rank's share of the parts that are missing.
void decode_parts(const Source& source, const PrepareOptions& options, const Parts& parts, const std::vector<Batch>& blocks,
                  Communicator& ranks) {
  const auto resize = [&](const at::Tensor& image) {
    return options.max_side > 0 ? limit_side(image, options.max_side) : resize_to_square(image, options.size, options.resize);
  };
  std::vector<Batch> missing;
  std::ranges::copy_if(blocks, std::back_inserter(missing), [&](Batch block) { return !parts.has(block); });
  ranks.barrier(); // until every rank has looked: a part written in between would deal the rest differently
  const auto mine = deal(missing, ranks.rank(), ranks.size());
  std::int64_t total = 0;
  for (const auto block : mine) total += block.count;
  const int threads = rank_threads(options.threads, ranks);
  Progress progress(ranks.size() > 1 ? "prepare (rank 0)" : "prepare", "images", total, 0, ranks.is_root());
  for (const auto block : mine) {
    if (signals::received()) break;
    const auto items =
        std::span(source.items).subspan(static_cast<std::size_t>(block.begin), static_cast<std::size_t>(block.count));
    parts.write(block, decode(source, items, resize, threads));
    progress.add(block.count);
  }
  // Also the barrier after which all parts are there.
  if (const auto signal = ranks.all_reduce_max(signals::received())) throw Interrupted(static_cast<int>(signal));
}

/// What all parts together hold.
struct Survey {
  std::int64_t rows = 0, height = 0, width = 0;
  std::vector<std::pair<std::string, std::string>> unreadable; ///< path, reason
};

Survey survey(const Source& source, const Parts& parts, const std::vector<Batch>& blocks) {
  Survey found;
  for (const auto block : blocks) {
    const auto summary = parts.read_summary(block);
    const auto sizes = summary.sizes.accessor<std::int32_t, 2>();
    for (std::int64_t i = 0; i < block.count; ++i) {
      if (!summary.failures[i].empty()) {
        found.unreadable.emplace_back(source.items[block.begin + i].path, summary.failures[i]);
        continue;
      }
      ++found.rows;
      found.height = std::max<std::int64_t>(found.height, sizes[i][0]);
      found.width = std::max<std::int64_t>(found.width, sizes[i][1]);
    }
  }
  return found;
}

// Writes the list, or removes an earlier launch's where all images were read.
fs::path write_quarantine(const fs::path& out, const Survey& found) {
  fs::path path = out.string() + ".quarantine.csv";
  if (found.unreadable.empty()) {
    fs::remove(path);
    return path;
  }
  std::string text = "path,reason\n";
  for (const auto& [image, reason] : found.unreadable) text += csv_field(image) + "," + csv_field(reason) + "\n";
  write_file_atomically(path, text);
  return path;
}

void check_quarantine(const fs::path& list, const Survey& found, std::int64_t samples, double max_bad) {
  const auto bad = std::ssize(found.unreadable);
  if (bad == 0) return;
  if (found.rows > 0 && static_cast<double>(bad) <= max_bad * static_cast<double>(samples)) {
    log::warn("{} of {} images could not be read: {}", bad, samples, list.string());
    return;
  }
  throw InputError(list.string(), "", fmt::format("at most {:g} % of the {} images unreadable (--max-bad)", 100 * max_bad, samples),
                   fmt::format("{}; the first: {}", bad, found.unreadable.front().second));
}

void join(const Source& source, const PrepareOptions& options, const Parts& parts, const std::vector<Batch>& blocks,
          const Survey& found) {
  ImageSetPlan plan{found.rows, found.height, found.width, source.has_labels, source.read_report != nullptr, {}};
  plan.attributes = {{"source", source.name},
                     {"view", source.view},
                     {"seed", fmt::format("{}", options.seed)},
                     {"resize", options.max_side > 0 ? fmt::format("max-side {}", options.max_side)
                                                     : fmt::format("{} {}", resize_rule_name(options.resize), options.size)},
                     {"program_version", CXR_VERSION},
                     {"configuration", options.configuration}};
  ImageSetWriter writer(options.out, std::move(plan));
  for (const auto block : blocks) {
    auto images = parts.read(block);
    for (std::int64_t i = 0; i < block.count; ++i) {
      if (!images[i].failure.empty()) continue;
      const auto& item = source.items[block.begin + i];
      writer.add({images[i].image, item.id, item.study_id, item.subject_id, item.labels, std::move(images[i].text.report),
                  std::move(images[i].text.impression)});
    }
    signals::throw_if_received();
  }
  writer.finish();
}

} // namespace

void prepare(Source source, const PrepareOptions& options, Communicator& ranks) {
  if (std::filesystem::is_regular_file(options.out) && ranks.is_root()) Parts::remove_those_of(options.out);
  check_out(options.out);
  if (source.items.empty()) throw InputError(source.root.string(), "", fmt::format("images ({} views)", source.view), "none");
  const auto offered = std::ssize(source.items);
  source.items = sample(std::move(source.items), options);
  const auto samples = std::ssize(source.items);
  if (samples < options.n) log::info("the source has {} images of the {} asked for: all are taken", offered, options.n);

  const auto job = identity(source, options);
  const Parts parts(Parts::folder_of(options.out, job), job, samples);
  const auto blocks = whole_batches(samples, kImagesPerPart);
  decode_parts(source, options, parts, blocks, ranks);
  if (!ranks.is_root()) return;

  const auto found = survey(source, parts, blocks);
  const auto list = write_quarantine(options.out, found);
  try {
    check_quarantine(list, found, samples, options.max_bad);
  } catch (const InputError&) {
    parts.remove();
    throw;
  }
  join(source, options, parts, blocks, found);
  parts.remove();
  log::info("{}: {} images of {}x{}", options.out.string(), found.rows, found.height, found.width);
}

} // namespace cxr
