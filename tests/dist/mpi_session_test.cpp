#include "dist/mpi_session.h"

#include <cstdlib>

#include <gmock/gmock.h>

#include "support/refusal.h"

namespace cxr {
namespace {

TEST(MpiSession, WithoutALauncherThereIsOneRank) {
  const MpiSession session(nullptr, nullptr);
  EXPECT_EQ(world().size(), 1);
  MpiSession::abort(1); // returns where there is no MPI
}

TEST(MpiSession, RefusesTasksOfSrunThatCannotFindEachOther) {
  setenv("SLURM_STEP_NUM_TASKS", "4", 1);
  EXPECT_THAT(test::refusal([] { const MpiSession session(nullptr, nullptr); }), testing::HasSubstr("srun --mpi=pmix"));
  setenv("SLURM_STEP_NUM_TASKS", "1", 1);
  EXPECT_NO_THROW(MpiSession(nullptr, nullptr));
  unsetenv("SLURM_STEP_NUM_TASKS");
}

} // namespace
} // namespace cxr
