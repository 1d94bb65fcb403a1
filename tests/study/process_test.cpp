#include "study/process.h"

#include <csignal>
#include <thread>

#include <gmock/gmock.h>

#include "support/file_bytes.h"
#include "support/temporary_folder.h"

namespace cxr::study {
namespace {

Exit wait_for(Process& process) {
  for (;;) {
    if (const auto exit = process.poll()) return *exit;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// As in this program, which leaves signals to a thread of their own.
struct AllSignalsBlocked {
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  sigset_t before;
};

TEST(Process, ItsOutputGoesBehindTheLogAndItsStatusIsTold) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "log", "before\n");
  Process process({.command = {"sh", "-c", "echo out; echo $GREETING >&2; pwd; exit 3"},
                   .folder = folder.path(),
                   .log = folder / "log",
                   .environment = {{"GREETING", "hello"}}});
  EXPECT_EQ(wait_for(process).status, 3);
  EXPECT_EQ(test::file_bytes(folder / "log"), "before\nout\nhello\n" + std::filesystem::canonical(folder.path()).string() + "\n");
}

// It would take itself for the launcher's rank, and wait for the others.
TEST(Process, ALaunchersVariablesStayWithTheRank) {
  const test::TemporaryFolder folder;
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_SIZE", "OMPI_MCA_ess", "OMPI_MCA_ess_base_jobid",
                           "OMPI_MCA_pmix", "OMPI_MCA_btl"})
    ::setenv(name, "7", 1);
  Process process(
      {.command = {"sh", "-c", "env | grep -c -E '^(OMPI_COMM_WORLD|PMIX_|PMI_|OMPI_MCA_ess|OMPI_MCA_pmix)'; echo $OMPI_MCA_btl"},
       .folder = folder.path(),
       .log = folder / "log",
       .environment = {}});
  EXPECT_EQ(wait_for(process).status, 0);
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_SIZE", "OMPI_MCA_ess", "OMPI_MCA_ess_base_jobid",
                           "OMPI_MCA_pmix", "OMPI_MCA_btl"})
    ::unsetenv(name);
  EXPECT_EQ(test::file_bytes(folder / "log"), "0\n7\n"); // a person's setting goes on
}

TEST(Process, APeakOfMemoryIsTold) {
  const test::TemporaryFolder folder;
  Process process({.command = {"sh", "-c", "head -c 50000000 /dev/zero | tail -c 1 >/dev/null"},
                   .folder = folder.path(),
                   .log = folder / "log",
                   .environment = {}});
  EXPECT_GT(wait_for(process).peak_memory_bytes, 1 << 20);
}

TEST(Process, AProgramThatIsNotThereIsAStatus) {
  const test::TemporaryFolder folder;
  Process process({.command = {"/no/such/program"}, .folder = folder.path(), .log = folder / "log", .environment = {}});
  EXPECT_EQ(wait_for(process).status, 127);
}

TEST(Process, OneThatIsLeftIsStopped) {
  const test::TemporaryFolder folder;
  {
    const Process process({.command = {"sh", "-c", "trap 'echo stopped; exit 75' USR1; touch begun; while :; do sleep 0.02; done"},
                           .folder = folder.path(),
                           .log = folder / "log",
                           .environment = {}});
    while (!std::filesystem::exists(folder / "begun")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(test::file_bytes(folder / "log"), "stopped\n");
}

// Not a shell: it unblocks them itself.
TEST(Process, ItHeedsSignalsThatThisThreadLeavesToAnother) {
  const test::TemporaryFolder folder;
  const AllSignalsBlocked here;
  Process process({.command = {"sleep", "20"}, .folder = folder.path(), .log = folder / "log", .environment = {}});
  process.signal(SIGTERM);
  EXPECT_EQ(wait_for(process).status, 128 + SIGTERM);
}

} // namespace
} // namespace cxr::study
