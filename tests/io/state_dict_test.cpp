#include "io/state_dict.h"

#include <gmock/gmock.h>

#include "io/safetensors.h"
#include "support/memory_file.h"
#include "support/ramp.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using test::ramp;
using test::refusal;
using test::spill;
using testing::HasSubstr;

const std::filesystem::path kCheckpoints = std::filesystem::path(CXR_FIXTURES) / "checkpoints";

class StateDictFile : public testing::Test {
 protected:
  std::string reading(const std::string& name) const {
    return refusal([&] { read_state_dict(folder_ / name); });
  }
  test::TemporaryFolder folder_;
};

TEST_F(StateDictFile, IsTheSameFromEveryKindOfFile) {
  const auto pickled = read_state_dict(kCheckpoints / "module.bin");
  const auto sharded = read_state_dict(kCheckpoints / "model.safetensors.index.json");
  EXPECT_EQ(pickled.size(), 7);
  ASSERT_EQ(sharded.size(), pickled.size());
  for (const auto& [key, tensor] : pickled) EXPECT_CLOSE(sharded.at(key), tensor, 0);
  EXPECT_EQ(read_state_dict(kCheckpoints / "every_dtype.safetensors").size(), 10);
  EXPECT_EQ(read_state_dict(kCheckpoints / "views.pth").size(), 7);
  EXPECT_EQ(read_state_dict(kCheckpoints / "parameter.pt").size(), 1);
  EXPECT_EQ(read_state_dict(kCheckpoints / "training.ckpt").size(), 7);
}

TEST_F(StateDictFile, ReadsAnIndexOfPickles) {
  std::filesystem::copy(kCheckpoints / "parameter.pt", folder_ / "part.bin");
  spill(folder_ / "pytorch_model.bin.index.json", R"({"weight_map": {"weight": "part.bin"}})");
  EXPECT_CLOSE(read_state_dict(folder_ / "pytorch_model.bin.index.json").at("weight"), ramp({3}, at::kFloat), 0);
}

TEST_F(StateDictFile, RefusesFilesThatHoldNoWeights) {
  spill(folder_ / "empty.bin", "");
  spill(folder_ / "pointer.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3438167540\n");
  spill(folder_ / "pointer.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3438167540\n");
  spill(folder_ / "weights.h5", "x");
  std::filesystem::create_directory(folder_ / "folder.bin");
  EXPECT_THAT(reading("absent.bin"), HasSubstr("absent.bin: expected a file, found nothing of that name"));
  EXPECT_THAT(reading("empty.bin"), HasSubstr("expected a file with content, found an empty file"));
  EXPECT_THAT(reading("folder.bin"), HasSubstr("expected a file, found a folder"));
  EXPECT_THAT(reading("pointer.safetensors"), HasSubstr("expected the file itself, found a Git-LFS pointer; run git lfs pull"));
  EXPECT_THAT(reading("pointer.bin"), HasSubstr("a Git-LFS pointer"));
  EXPECT_THAT(reading("weights.h5"),
              HasSubstr("expected a file ending in .safetensors, .index.json, .bin, .pt, .pth or .ckpt, found '.h5'"));
}

TEST_F(StateDictFile, RefusesAnIndexThatIsWrong) {
  write_safetensors(folder_ / "a.safetensors", {{"a", ramp({2}, at::kFloat)}});
  const auto with = [&](const std::string& content) {
    spill(folder_ / "m.index.json", content);
    return reading("m.index.json");
  };
  EXPECT_EQ(with(R"({"weight_map": {"a": "a.safetensors"}})"), "nothing was refused");
  EXPECT_THAT(with("{}"), HasSubstr("weight_map: expected an object, found none"));
  EXPECT_THAT(with(R"({"weight_map": []})"), HasSubstr("weight_map: expected an object"));
  EXPECT_THAT(with(R"({"weight_map": {"a": 1}})"), HasSubstr("weight_map: a: expected a file's name, found number"));
  EXPECT_THAT(with(R"({"weight_map": {"b": "a.safetensors"}})"),
              HasSubstr("a.safetensors: b: expected a tensor that the index places here, found none"));
  EXPECT_THAT(with(R"({"weight_map": {"a": "b.safetensors"}})"), HasSubstr("b.safetensors: expected a file, found nothing"));
  EXPECT_THAT(with(R"({"weight_map": {"a": "m.index.json"}})"), HasSubstr("expected a file ending in"));
  for (const std::string path : {"../a.safetensors", "/etc/passwd", "x/a.safetensors", "", ".", ".."}) {
    EXPECT_THAT(with(fmt::format(R"({{"weight_map": {{"a": "{}"}}}})", path)),
                HasSubstr("weight_map: a: expected the name of a file beside the index"));
  }
}

} // namespace
} // namespace cxr
