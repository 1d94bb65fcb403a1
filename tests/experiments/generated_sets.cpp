#include "experiments/generated_sets.h"

#include "data/image_set.h"
#include "data_prep/phantom/phantom.h"

namespace cxr::test {
namespace {

constexpr std::int64_t kSide = 96;

ImageRecord phantom(std::uint64_t seed, std::int64_t number, bool effusion) {
  return make_phantom(seed, number, kSide, effusion ? std::vector<int>{phantom::kPleuralEffusion} : std::vector<int>{});
}

void write_generated(const std::filesystem::path& path, const at::Tensor& copied) {
  std::vector<at::Tensor> images;
  std::vector<std::string> ids, prompts;
  for (std::int64_t i = 0; i < 2 * kOfEach; ++i) {
    const bool effusion = i >= kOfEach;
    const auto grey = i == 3 ? copied : phantom(32, i, effusion).image;
    images.push_back(grey.unsqueeze(-1).repeat({1, 1, 3}));
    prompts.emplace_back(effusion ? kEffusionPrompt : kPlainPrompt);
    ids.push_back(fmt::format("p{:04}-{:04}", i / kOfEach, i % kOfEach));
  }
  auto file = hdf5::File::create(path);
  file.write("images", at::stack(images));
  file.write_strings("ids", ids);
  file.write_strings("prompts", prompts);
  file.close();
}

} // namespace

std::unique_ptr<TemporaryFolder> GeneratedSets::folder_;

void GeneratedSets::SetUpTestSuite() {
  folder_ = std::make_unique<TemporaryFolder>();
  std::vector<ImageRecord> real;
  for (std::int64_t i = 0; i < 2 * kOfEach; ++i) real.push_back(phantom(31, i, i < kOfEach));
  write_image_set(path("real.h5"), real, true, false, {});
  write_generated(path("generated.h5"), real[5].image);
}

std::string GeneratedSets::run(Subcommand (*command_of)(CLI::App&), std::vector<std::string> arguments) {
  CLI::App root;
  const auto command = command_of(root);
  arguments.insert(arguments.end(), {"--threads", "1", "--quiet"});
  std::reverse(arguments.begin(), arguments.end()); // as CLI11 takes them
  root.parse(std::move(arguments));
  testing::internal::CaptureStdout();
  int status = kFailed;
  try {
    status = command.run();
  } catch (...) {
    testing::internal::GetCapturedStdout();
    throw;
  }
  EXPECT_EQ(status, kDone);
  return testing::internal::GetCapturedStdout();
}

} // namespace cxr::test
