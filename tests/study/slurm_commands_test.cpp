#include "study/slurm_commands.h"

#include <cstdlib>

#include <gmock/gmock.h>

#include "study/submission_note.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace cxr::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(JobNumber, IsFoundAmongNoticesAndBanners) {
  EXPECT_EQ(job_number("12\n"), "12");
  EXPECT_EQ(job_number("12;cluster\n"), "12");
  EXPECT_EQ(job_number("-----\n  Welcome to the 2 Supercomputers\n\n--> Verifying jobname...OK\n 12 \r\n"), "12");
  EXPECT_EQ(job_number("Submitted batch job 12\n"), "12");
  EXPECT_EQ(job_number("Submitted batch job 12 on cluster c\n"), "12");
  EXPECT_EQ(job_number("12 nodes are down\n"), std::nullopt);
  EXPECT_EQ(job_number(""), std::nullopt);
}

TEST(PassingTrouble, IsATimeOutAndNotARefusal) {
  const auto passes = [](const std::string& words) { return is_passing_trouble({.status = 1, .out = {}, .err = words}); };
  EXPECT_TRUE(passes("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"));
  EXPECT_TRUE(passes("sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)"));
  EXPECT_TRUE(passes("sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying"));
  EXPECT_TRUE(
      passes("sbatch: error: slurm_persist_conn_open: failed to open persistent connection to slurmdbd: Connection refused"));
  EXPECT_FALSE(passes("sbatch: error: invalid partition specified: gpuu"));
  EXPECT_FALSE(passes("sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified"));
  EXPECT_FALSE(is_passing_trouble({.status = 0, .out = "12", .err = "busy"}));
}

TEST(SlurmCommand, SpeaksOnTwoStreams) {
  const auto said = run_command({"sh", "-c", "echo 12; echo a notice >&2; exit 3"});
  EXPECT_EQ(said.status, 3);
  EXPECT_EQ(said.out, "12\n");
  EXPECT_EQ(said.err, "a notice\n");
  EXPECT_THAT(run_command({"no-such-command"}).err, HasSubstr("no-such-command: cannot start it"));
}

TEST(Patience, Ends) {
  ::setenv("CXR_SLURM_PATIENCE", "0.05", 1);
  Patience patience;
  int waits = 0;
  while (patience.wait()) ++waits;
  EXPECT_GT(waits, 1);
  EXPECT_LT(waits, 50);
  ::unsetenv("CXR_SLURM_PATIENCE");
}

/// A job in the queue.
QueuedJob queued(const std::string& id, const std::string& name, const std::string& comment, const std::string& state = "PENDING") {
  return {.id = id, .state = state, .reason = {}, .name = name, .comment = comment, .folder = "/study"};
}

TEST(ForgottenJobs, AreKnownByTheirCommentElseByNameAndFolder) {
  const SubmissionNote note{.comment = "cxr-1", .is_array = true, .steps = {"a", "b", "c"}};
  const auto found = [&](const std::vector<QueuedJob>& queue) { return forgotten_jobs("/study", note, queue, {"7"}); };
  EXPECT_THAT(found({queued("12_0", "a", "cxr-1"), queued("12_2", "a", "cxr-1")}),
              ElementsAre(Pair("a", "12_0"), Pair("c", "12_2")));
  EXPECT_THAT(found({queued("12_1", "a", "the site's own")}), ElementsAre(Pair("b", "12_1")));
  EXPECT_THAT(found({queued("7_1", "a", "")}), ElementsAre());                 // another job, which is known
  EXPECT_THAT(found({queued("12_1", "x", "")}), ElementsAre());                // of another step
  EXPECT_THAT(found({queued("12_1", "a", "cxr-1", "FAILED")}), ElementsAre()); // no longer in the queue
}

TEST(SubmissionNote, StaysUntilTheJobIsKnown) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "jobs");
  const SubmissionNote note{.comment = new_comment(folder.path()), .is_array = false, .steps = {"a", "b"}};
  EXPECT_NE(note.comment, new_comment(folder.path()));
  write_note(folder.path(), note);
  const auto notes = read_notes(folder.path());
  ASSERT_EQ(notes.size(), 1);
  EXPECT_EQ(notes[0].comment, note.comment);
  EXPECT_FALSE(notes[0].is_array);
  EXPECT_THAT(notes[0].steps, ElementsAre("a", "b"));
  remove_note(folder.path(), note);
  EXPECT_TRUE(read_notes(folder.path()).empty());
}

} // namespace
} // namespace cxr::study
