#include "run/toy_run.h"

#include <algorithm>

#include "dist/communicator.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace cxr::test {
namespace fs = std::filesystem;

Columns toy_columns(Batch batch) {
  const auto index = at::arange(batch.begin, batch.end());
  std::vector<std::string> names;
  for (auto sample = batch.begin; sample < batch.end(); ++sample) names.push_back(fmt::format("sample {}", sample));
  return {{"squares", at::stack({index * index, index}, 1)}, {"names", names}};
}

std::vector<std::int64_t> saved_samples(const RunFolder& folder) {
  std::vector<std::int64_t> saved;
  for (const auto& entry : fs::directory_iterator(folder.shards())) {
    const auto index = read_shard_index(entry.path(), folder.identity(), kToySamples);
    saved.insert(saved.end(), index.begin(), index.end());
  }
  std::sort(saved.begin(), saved.end());
  return saved;
}

void wait_for_shards(const fs::path& run, std::ptrdiff_t count) {
  const auto shards = [&] {
    return std::count_if(fs::directory_iterator(run / "shards"), {},
                         [](const auto& entry) { return entry.path().extension() == ".h5"; });
  };
  for (int tries = 0; shards() < count; ++tries) {
    if (tries == 2000) throw std::runtime_error("the shards never came");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::vector<Batch> finish_toy_run(const fs::path& path, const std::function<void(Batch)>& before) {
  LocalCommunicator ranks;
  RunFolder folder(path, "toy", "seed = 3\n", ranks);
  ShardedRun run(folder, kToySamples, kToyBatch, {"", 0, {{"format", "toy"}}, {}}, "toy", "samples", kShardABatch);
  std::vector<Batch> worked;
  run.for_each([&](Batch batch) {
    before(batch);
    worked.push_back(batch);
    return toy_columns(batch);
  });
  run.merge();
  return worked;
}

std::string undisturbed_results() {
  const TemporaryFolder folder;
  finish_toy_run(folder / "run");
  return file_bytes(folder / "run/results.h5");
}

} // namespace cxr::test
