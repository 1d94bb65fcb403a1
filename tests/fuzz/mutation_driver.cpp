// Runs a fuzz target on mutated seeds, where libFuzzer is not to be had. The input of a run follows from the seed and the run's
// number alone, so `--seed S --first N --runs 1` repeats a failure.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>

#include <CLI/CLI.hpp>

#include "core/memory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
/// Of the sanitizers' run time; absent without them.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

namespace fs = std::filesystem;

// A header may claim 2^60 elements; a reader that believes it shows here. The address sanitizer's quarantine takes 256 MiB.
constexpr std::int64_t kMostMemory = std::int64_t{1} << 30;
constexpr std::size_t kLongestInput = 1 << 14;

std::uint64_t current_run = 0;

void name_current_run() { std::fprintf(stderr, "stopped in run %llu\n", static_cast<unsigned long long>(current_run)); }

std::vector<std::string> read_corpus(const fs::path& folder) {
  std::vector<fs::path> paths(fs::directory_iterator(folder), fs::directory_iterator{});
  std::ranges::sort(paths);
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

// One mutated input.
class Mutation {
 public:
  Mutation(const std::vector<std::string>& corpus, std::uint64_t seed, std::uint64_t run)
      : corpus_(corpus), random_(seed * 0x9e3779b97f4a7c15 + run), input_(seed_text()) {}

  std::string make() {
    const auto changes = 1 + below(6);
    for (std::size_t i = 0; i < changes; ++i) change();
    if (input_.size() > kLongestInput) input_.resize(kLongestInput);
    return std::move(input_);
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  std::size_t place() { return below(input_.size() + 1); }
  const std::string& seed_text() { return corpus_[below(corpus_.size())]; }

  std::string piece(const std::string& text) {
    const auto start = below(text.size());
    return text.substr(start, 1 + below(32));
  }

  void change() {
    switch (below(9)) {
      case 0:
        return overwrite({static_cast<char>(random_())});
      case 1:
        return flip_bit();
      case 2:
        return write_extreme_number();
      case 3:
        return change_digit();
      case 4:
        input_.resize(place());
        return;
      case 5:
        input_.erase(place(), 1 + below(16));
        return;
      case 6:
        input_.insert(place(), piece(input_));
        return;
      case 7:
        input_.insert(place(), piece(seed_text()));
        return;
      case 8:
        return overwrite(piece(seed_text()));
    }
  }

  void overwrite(const std::string& bytes) { input_.replace(place(), bytes.size(), bytes); }

  void flip_bit() {
    if (!input_.empty()) input_[below(input_.size())] ^= static_cast<char>(1 << below(8));
  }

  // Little-endian numbers at the edges of their types, in 1 to 8 bytes.
  void write_extreme_number() {
    constexpr std::array<std::uint64_t, 8> kExtremes{
        0, 1, 0x7f, 0x80, 0x7fff'ffff, 0x8000'0000, 0x7fff'ffff'ffff'ffff, 0xffff'ffff'ffff'ffff};
    const auto number = kExtremes[below(kExtremes.size())];
    overwrite({reinterpret_cast<const char*>(&number), std::size_t{1} << below(4)});
  }

  // Text formats: another digit, or so many that the number overflows.
  void change_digit() {
    const auto at = input_.find_first_of("0123456789", place());
    if (at == std::string::npos) return;
    input_.replace(at, 1, std::string(below(8) == 0 ? 20 : 1, static_cast<char>('0' + below(10))));
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
  std::string input_;
};

void run_once(const std::string& input) {
  try {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  } catch (...) {
    name_current_run();
    throw;
  }
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs a fuzz target on mutations of its seeds");
  std::uint64_t runs = 20000, seed = 1, first = 0;
  fs::path folder;
  app.add_option("--runs", runs, "how many inputs")->capture_default_str();
  app.add_option("--seed", seed, "of the mutations")->capture_default_str();
  app.add_option("--first", first, "the first run's number")->capture_default_str();
  app.add_option("--corpus", folder, "a folder of seeds")->required();
  CLI11_PARSE(app, argc, argv);

  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(name_current_run);
  const auto corpus = read_corpus(folder);
  for (const auto& text : corpus) run_once(text);
  const auto before = cxr::peak_memory();
  for (current_run = first; current_run < first + runs; ++current_run) run_once(Mutation(corpus, seed, current_run).make());
  const auto grown = cxr::peak_memory() - before;
  std::printf("%llu runs from %zu seeds, memory grew by %lld MiB\n", static_cast<unsigned long long>(runs), corpus.size(),
              static_cast<long long>(grown >> 20));
  return grown > kMostMemory ? 1 : 0;
}
