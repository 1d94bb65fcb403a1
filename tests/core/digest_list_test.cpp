#include "core/digest_list.h"

#include <fstream>

#include <gmock/gmock.h>

#include "core/digest.h"
#include "core/error.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using test::refusal;
using testing::HasSubstr;

class DigestList : public testing::Test {
 protected:
  DigestList() { test::put_bytes(file_, "weights"); }
  std::string list() const { return test::file_bytes(folder_ / "SHA256SUMS"); }

  test::TemporaryFolder folder_;
  fs::path file_ = folder_ / "model.safetensors";
};

TEST_F(DigestList, TheFirstUseRecordsAndLaterOnesCompare) {
  EXPECT_EQ(checked_digest(file_), sha256("weights"));
  EXPECT_EQ(list(), sha256("weights") + "  model.safetensors\n"); // as sha256sum writes it
  EXPECT_EQ(checked_digest(file_), sha256("weights"));
  test::put_bytes(file_, "Weights");
  fs::last_write_time(file_, fs::last_write_time(folder_ / "SHA256SUMS") - std::chrono::hours(1)); // nobody wrote it since
  const auto damaged =
      testing::AllOf(HasSubstr("model.safetensors: SHA-256: expected " + sha256("weights") + ", as in "),
                     HasSubstr("SHA256SUMS, found " + sha256("Weights") + ": the file is damaged, or was replaced"));
  EXPECT_THAT(refusal([&] { checked_digest(file_); }), damaged);
  EXPECT_THAT(refusal([&] { require_recorded(file_, sha256("Weights")); }), damaged);
  fs::remove(folder_ / "SHA256SUMS");
  EXPECT_EQ(checked_digest(file_), sha256("Weights"));
}

TEST_F(DigestList, AFileThatWasWrittenSinceIsReadWithAWarning) {
  checked_digest(file_);
  test::put_bytes(file_, "Weights");
  fs::last_write_time(file_, fs::last_write_time(folder_ / "SHA256SUMS") + std::chrono::hours(1));
  for (int use = 0; use < 2; ++use) { // each time
    testing::internal::CaptureStderr();
    EXPECT_EQ(checked_digest(file_), sha256("Weights"));
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("warning: " + file_.string() + ": SHA-256: expected"));
  }
  EXPECT_THAT(refusal([&] { require_recorded(file_, sha256("Weights")); }), HasSubstr("SHA-256: expected"));
}

TEST_F(DigestList, ListsOfOtherProgramsAreRead) {
  auto upper = sha256("weights");
  for (auto& c : upper) c = static_cast<char>(std::toupper(c));
  test::put_bytes(folder_ / "SHA256SUMS",
                  "# a comment\n" + upper + " *model.safetensors\r\n" + "12  short\n" + sha256("a") + "  a b\n");
  EXPECT_EQ(recorded_digests(folder_.path()),
            (std::map<std::string, std::string>{{"model.safetensors", sha256("weights")}, {"a b", sha256("a")}}));
  checked_digest(file_);
}

TEST_F(DigestList, OtherFilesOfTheListStay) {
  record_digest(folder_ / "config.json", sha256("config"));
  record_digest(file_, sha256("weights"));
  record_digest(file_, sha256("other"));
  EXPECT_EQ(list(), sha256("config") + "  config.json\n" + sha256("other") + "  model.safetensors\n");
}

TEST_F(DigestList, AFileWithoutARecordInAFolderThatNobodyMayWriteIsRead) {
  fs::create_directory(folder_ / "SHA256SUMS"); // so that no list can be written, whoever runs the test
  EXPECT_EQ(checked_digest(file_), sha256("weights"));
}

TEST_F(DigestList, WhileAFileIsWrittenThereIsNoRecord) {
  record_digest(file_, sha256("weights"));
  write_recorded(file_, [&] {
    EXPECT_EQ(recorded_digests(folder_.path()).count("model.safetensors"), 0u);
    test::put_bytes(file_, "new weights, damaged on the way");
    return sha256("new weights");
  });
  EXPECT_THAT(refusal([&] { checked_digest(file_); }), HasSubstr("expected " + sha256("new weights")));
  EXPECT_THROW(write_recorded(file_, [&]() -> std::string { throw std::runtime_error("a full disk"); }), std::runtime_error);
  EXPECT_EQ(recorded_digests(folder_.path()).size(), 0u);
}

} // namespace
} // namespace cxr
