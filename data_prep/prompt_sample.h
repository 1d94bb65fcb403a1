/// @file
/// A uniform sample without replacement of a stream of prompts of unknown length, in one pass: each prompt has a random key, and
/// the n smallest keys are the sample (bottom-k sampling; Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007).
/// Memory holds keys and places of at most 2n prompts; the texts are on disk.
#pragma once

#include <array>
#include <atomic>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "data_prep/text_spool.h"

namespace cxr {

struct SampleKey {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const SampleKey&) const = default; // NOLINT(modernize-use-nullptr): clang-tidy 14 takes its 0 for a pointer
};

/// Keys that depend on the seed and the prompt's position alone. Neighbours share a block of random words, so ascending positions
/// cost half.
class PositionKeys {
 public:
  explicit PositionKeys(std::uint64_t seed) : seed_(seed) {}
  SampleKey operator()(std::uint64_t position);

 private:
  std::uint64_t seed_, pair_ = ~std::uint64_t{0}; ///< of the positions 2 × pair and 2 × pair + 1
  std::array<std::uint64_t, 2> words_{};
};
/// A key that depends on the seed and the text (XXH3, 128 bits): equal texts have equal keys, so that the smallest keys are a
/// uniform sample of the distinct texts.
SampleKey key_of_text(std::string_view text, std::uint64_t seed);

/// A set of keys, which are random already: open addressing by their own bits. A node a key would cost five times as much.
class KeySet {
 public:
  /// Keeps a key; whether it is new. @param key not {0, 0}, which marks what is free (a text has it with probability 2^-128)
  bool insert(const SampleKey& key);
  void clear();

 private:
  void grow();

  std::vector<SampleKey> slots_ = std::vector<SampleKey>(1024); ///< a power of two; {0, 0} is free
  std::size_t size_ = 0;
};

class PromptSample {
 public:
  /// @param n how many prompts are wanted, at least 1  @param distinct of those with equal keys only the first is kept
  /// @param beside the texts are spooled on the disk of this file
  PromptSample(std::int64_t n, bool distinct, const std::filesystem::path& beside);

  /// False only if the prompt is not in the sample, whatever comes. Any thread.
  bool may_take(const SampleKey& key) const { return key.high <= bound_.load(std::memory_order_relaxed); }
  /// The next candidate, in ascending positions.
  void add(const SampleKey& key, std::uint64_t position, std::string_view id, std::string_view text);

  struct Entry {
    SampleKey key;
    std::uint64_t position = 0, place = 0; ///< in the source, and in the spool
  };
  /// After the last: the sample in the order of the positions.
  const std::vector<Entry>& finish();
  TextSpool::Entry read(const Entry& entry) { return spool_.read(entry.place); }
  /// A bound for the bytes of an id.
  std::int64_t id_bytes() const { return id_bytes_; }

 private:
  void prune();

  std::size_t n_;
  bool distinct_;
  std::atomic<std::uint64_t> bound_;
  std::vector<Entry> entries_; ///< the n smallest so far, and at most as many that came since
  KeySet keys_;                ///< of entries_, if they are distinct
  TextSpool spool_;
  std::int64_t id_bytes_ = 0;
};

} // namespace cxr
