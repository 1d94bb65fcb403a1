/// @file
/// The ranks that mpirun or srun started.
#pragma once

#include <mpi.h>

#include "dist/communicator.h"

namespace cxr {

/// Throws std::runtime_error with MPI's own words unless `status` is MPI_SUCCESS.
void check_mpi(int status, const char* what);

/// Collectives over a duplicate of another communicator, so that no library's messages mix with ours.
/// Messages of any length: MPI counts in int, so long ones go in pieces.
class MpiCommunicator final : public Communicator {
 public:
  /// Collective. @param of the ranks that take part: by default all that the launcher started
  explicit MpiCommunicator(MPI_Comm of = MPI_COMM_WORLD);
  ~MpiCommunicator() override;
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }
  int local_size() const override { return local_size_; }
  void barrier() override;
  std::string broadcast(std::string bytes, int root) override;
  std::vector<std::string> all_gather(const std::string& bytes) override;
  std::int64_t all_reduce_max(std::int64_t value) override;
  std::vector<double> all_reduce_sum(std::vector<double> values) override;

  /// Borrowed: to duplicate for messages of another kind.
  MPI_Comm handle() const { return world_; }

 private:
  MPI_Comm world_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1;
};

} // namespace cxr
