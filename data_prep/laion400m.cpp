#include "data_prep/laion400m.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "data/text_set_writer.h"
#include "data_prep/prompt_sample.h"
#include "data_prep/storable_text.h"

namespace cxr {
namespace {

constexpr std::size_t kHeldBytes = 16 << 20; // of candidates that a thread holds while others have the turn
constexpr std::int64_t kRowsPerStep = 65536; // between two looks at signals

/// Prompts of a part that may be in the sample.
struct Candidates {
  struct Item {
    SampleKey key;
    std::uint64_t position;
    std::size_t id_bytes, text_bytes;
  };
  std::vector<Item> items;
  std::string bytes; ///< ids and texts, one after the other
  std::int64_t rows = 0, without_text = 0;

  void clear() {
    items.clear();
    bytes.clear();
    rows = without_text = 0;
  }
};

/// Threads read parts side by side and hand over what may be in the sample in the order of the parts.
class Sampling {
 public:
  Sampling(const LaionOptions& options, const PromptFiles& files)
      : options_(options), files_(files), sample_(options.n, options.drop_duplicates, options.out) {
    const bool by_row = files.rows() > 0;
    progress_.emplace("laion", by_row ? "prompts" : "files", by_row ? files.rows() : std::ssize(files.parts()));
  }

  /// @throws what a thread threw first
  void run() {
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < options_.threads; ++i) threads.emplace_back([this] { work(); });
    }
    progress_.reset();
    if (failure_) std::rethrow_exception(failure_);
    signals::throw_if_received();
  }
  PromptSample& sample() { return sample_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t without_text() const { return without_text_; }

 private:
  void work() {
    try {
      PromptReader reader(files_);
      Candidates found;
      for (auto part = next_part_++; part < files_.parts().size() && !stopped_; part = next_part_++) {
        reader.read(files_.parts()[part], [&](const PromptRows& rows) {
          pick(files_.parts()[part], rows, found);
          if (has_turn(part) || found.bytes.size() >= kHeldBytes) hand_over(part, found);
          return !stopped_ && !signals::received();
        });
        hand_over(part, found);
        pass_turn(part);
      }
    } catch (...) {
      fail(std::current_exception());
    }
    if (signals::received()) fail(nullptr);
  }

  void pick(const PromptPart& part, const PromptRows& rows, Candidates& found) const {
    PositionKeys key_of_position(options_.seed);
    found.rows += std::ssize(rows.texts);
    for (std::size_t i = 0; i < rows.texts.size(); ++i) {
      const auto& text = rows.texts[i];
      if (!text || is_blank(*text)) {
        ++found.without_text;
        continue;
      }
      const auto position = rows.position + i;
      const auto key = options_.drop_duplicates ? key_of_text(*text, options_.seed) : key_of_position(position);
      if (!sample_.may_take(key)) continue;
      const auto before = found.bytes.size();
      found.bytes.append(files_.label(part.file)).append(":");
      found.bytes += rows.keys.empty() ? std::to_string(position & kRowMask) : rows.keys[i];
      found.items.push_back({key, position, found.bytes.size() - before, text->size()});
      found.bytes.append(*text);
    }
  }

  bool has_turn(std::size_t part) {
    const std::lock_guard lock(mutex_);
    return turn_ == part;
  }
  // Waits for the part's turn. Only the thread that has it touches the sample, the counts and the progress bar.
  void hand_over(std::size_t part, Candidates& found) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return turn_ == part || stopped_; });
    }
    if (stopped_) return;
    std::string_view bytes = found.bytes;
    for (const auto& item : found.items) {
      sample_.add(item.key, item.position, bytes.substr(0, item.id_bytes), bytes.substr(item.id_bytes, item.text_bytes));
      bytes.remove_prefix(item.id_bytes + item.text_bytes);
    }
    rows_ += found.rows;
    without_text_ += found.without_text;
    if (files_.rows() > 0) progress_->update(rows_);
    found.clear();
  }
  void pass_turn(std::size_t part) {
    if (stopped_) return;
    if (files_.rows() == 0) progress_->update(static_cast<std::int64_t>(part) + 1);
    {
      const std::lock_guard lock(mutex_);
      turn_ = part + 1;
    }
    changed_.notify_all();
  }
  // Ends all threads.
  void fail(std::exception_ptr failure) {
    {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::move(failure);
      stopped_ = true;
    }
    changed_.notify_all();
  }

  static constexpr std::uint64_t kRowMask = (std::uint64_t{1} << 40) - 1;

  const LaionOptions& options_;
  const PromptFiles& files_;
  PromptSample sample_;
  std::optional<Progress> progress_; ///< until all is read
  std::int64_t rows_ = 0, without_text_ = 0;
  std::atomic<std::size_t> next_part_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t turn_ = 0; ///< the part whose candidates are taken
  std::exception_ptr failure_;
};

// Writes the sample; returns how many texts are no UTF-8 as they come.
std::int64_t write_set(const LaionOptions& options, PromptSample& sample, std::int64_t rows) {
  const auto& entries = sample.finish();
  TextSetPlan plan{std::ssize(entries), sample.id_bytes(), false, {}};
  plan.attributes = {{"source", "laion"},
                     {"seed", fmt::format("{}", options.seed)},
                     {"sampled_from", fmt::format("{} prompts", rows)},
                     {"program_version", CXR_VERSION},
                     {"configuration", options.configuration}};
  TextSetWriter writer(options.out, std::move(plan));
  Progress progress("write", "prompts", std::ssize(entries));
  std::int64_t repaired = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto [id, text] = sample.read(entries[i]);
    if (!is_storable(text)) {
      ++repaired;
      text = storable(text);
    }
    writer.add({std::move(text), std::move(id), {}});
    if (i % kRowsPerStep != 0) continue;
    signals::throw_if_received();
    progress.update(static_cast<std::int64_t>(i));
  }
  writer.finish();
  progress.update(std::ssize(entries));
  return repaired;
}

} // namespace

void prepare_laion(const LaionOptions& options) {
  const PromptFiles files(options.files, options.format, options.columns);
  Sampling sampling(options, files);
  sampling.run();
  const auto rows = sampling.rows(), without_text = sampling.without_text();
  if (rows == without_text) {
    throw InputError(options.files.front().string(), "", "prompts with a text", fmt::format("{} prompts without one", rows));
  }
  const auto repaired = write_set(options, sampling.sample(), rows);
  const auto kept = std::ssize(sampling.sample().finish());
  if (repaired > 0) log::warn("{} prompts have bytes that are no UTF-8: U+FFFD stands for them", repaired);
  if (kept < options.n) log::info("the source has {} prompts of the {} asked for: all are taken", kept, options.n);
  log::info("{}: {} of {} prompts, {} without a text left out", options.out.string(), kept, rows, without_text);
}

} // namespace cxr
