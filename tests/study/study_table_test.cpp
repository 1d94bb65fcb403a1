#include "study/study_table.h"

#include <gmock/gmock.h>

#include "study/small_study.h"

namespace cxr::study {
namespace {

using testing::HasSubstr;

constexpr const char* kTablesOfTwo = R"(
[[step]]
name = "fine"
what = "Works"
command = "write fine"
out = "fine.txt"

[[step]]
name = "broken"
what = "Fails"
command = "fail"
out = "broken.txt"

[[step]]
name = "tables"
what = "Of both"
command = "tables ."
out = "tables"
results = true

[[encoder]]
name = "E"
cls = "{out.fine}"
mean = "{out.broken}"
)";

TEST(StudyTable, WhereTablesWaitForWhatFailedItSaysHowToDoWithout) {
  const test::SmallStudy small(kTablesOfTwo);
  small.run();
  const auto study = small.read();
  const auto statuses = StudyFolder(study, small.out()).statuses();
  EXPECT_THAT(advice_text(study, statuses), HasSubstr("--leave-out broken"));
  EXPECT_EQ(summary_text(statuses), "1 done, 1 failed, 1 to do");

  const auto rest = small.read({}, {"broken"});
  const auto of_rest = StudyFolder(rest, small.out()).statuses();
  EXPECT_EQ(advice_text(rest, of_rest), "");
  EXPECT_EQ(summary_text(of_rest), "1 done, 1 to do");
  EXPECT_THAT(graph_text(rest, of_rest, {.only = {true, true}, .force = {false, false}}),
              HasSubstr("left out broken  (as it was asked for)"));
}

} // namespace
} // namespace cxr::study
