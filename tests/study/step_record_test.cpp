#include "study/step_record.h"

#include <gmock/gmock.h>

#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr::study {
namespace {

TEST(StepRecord, IsReadAsItWasWritten) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(read_record(folder.path(), "s"));
  StepRecord record;
  record.name = "s";
  record.what = "What <it> does";
  record.command = {"generate", "--prompt", "a \"photo\""};
  record.state = RunState::kFailed;
  record.inputs = {{"models", "12ab"}};
  record.result = {"34cd", 12};
  record.seconds = 1.5;
  record.launches = 2;
  record.exit_status = 2;
  record.job = "12_3";
  record.cause = "not \xff UTF-8"; // a log's line may be anything
  write_record(folder.path(), record);
  const auto read = read_record(folder.path(), "s");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->command, record.command);
  EXPECT_EQ(read->state, RunState::kFailed);
  EXPECT_EQ(read->inputs, record.inputs);
  EXPECT_EQ(read->result.bytes, 12);
  EXPECT_EQ(read->seconds, 1.5);
  EXPECT_EQ(read->launches, 2);
  EXPECT_EQ(read->job, "12_3");
}

TEST(StepRecord, AnythingElseIsRefused) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "steps");
  test::put_bytes(folder.path() / "steps" / "s.json", "{\"format\": \"other\"}");
  EXPECT_THAT(test::refusal([&] { read_record(folder.path(), "s"); }),
              testing::HasSubstr("format: expected cxr-step, found other"));
}

} // namespace
} // namespace cxr::study
