// main() of tests in which the binary is a rank, which mpirun starts.
#include <gtest/gtest.h>

#include "core/log.h"
#include "dist/mpi_session.h"

int main(int argc, char** argv) {
  const cxr::MpiSession session(&argc, &argv);
  cxr::log::set_rank(cxr::world().rank(), cxr::world().size());
  cxr::log::set_quiet(true);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
