#include "combinations/rank_groups.h"

#include <chrono>
#include <thread>

namespace cxr::combinations {
namespace {

int launched(int (*of)(MPI_Comm, int*)) {
  int value = 0;
  of(MPI_COMM_WORLD, &value);
  return value;
}

} // namespace

RankGroups::RankGroups(int size) : count_(launched(MPI_Comm_size) / size), mine_(launched(MPI_Comm_rank) / size) {
  if (mine_ >= count_) mine_ = -1;
  check_mpi(MPI_Comm_split(MPI_COMM_WORLD, mine_ < 0 ? MPI_UNDEFINED : mine_, 0, &group_), "cannot make groups of ranks");
  if (mine_ < 0) return;
  if (size == 1) {
    ranks_ = std::make_unique<LocalCommunicator>();
  } else {
    ranks_ = std::make_unique<MpiCommunicator>(group_);
  }
}

RankGroups::~RankGroups() {
  ranks_.reset();
  if (group_ != MPI_COMM_NULL) MPI_Comm_free(&group_);
}

void wait_for_all() {
  MPI_Request request;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  for (int is_done = 0; !is_done;) {
    MPI_Test(&request, &is_done, MPI_STATUS_IGNORE);
    if (!is_done) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

} // namespace cxr::combinations
