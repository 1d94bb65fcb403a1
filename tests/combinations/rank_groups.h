/// @file
/// The launched ranks cut into groups, each of which runs a command by itself.
#pragma once

#include <memory>

#include <mpi.h>

#include "dist/mpi_communicator.h"

namespace cxr::combinations {

/// Groups of `size` consecutive ranks of MPI_COMM_WORLD; those that are left over have no part in any.
class RankGroups {
 public:
  /// Collective over MPI_COMM_WORLD.
  explicit RankGroups(int size);
  ~RankGroups();
  RankGroups(const RankGroups&) = delete;
  RankGroups& operator=(const RankGroups&) = delete;

  int count() const { return count_; }
  /// This rank's group, 0 to count() - 1; -1: it has no part.
  int mine() const { return mine_; }
  /// This rank among those of its group: a local one where a group is one rank, as when no launcher starts the program.
  Communicator& ranks() { return *ranks_; }

 private:
  int count_, mine_;
  MPI_Comm group_ = MPI_COMM_NULL;
  std::unique_ptr<Communicator> ranks_;
};

/// Waits for all launched ranks without taking a core from those that still work.
void wait_for_all();

} // namespace cxr::combinations
