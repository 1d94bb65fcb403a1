/// @file
/// The ranks of a run. The default is one rank in one process; MPI is used where mpirun or srun started the program.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cxr {

/// Small objects between ranks. All ranks call each collective in the same order.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// The rank among those on this node: which GPU is ours.
  virtual int local_rank() const = 0;
  /// How many ranks share this node: how many cores are ours.
  virtual int local_size() const = 0;
  virtual void barrier() = 0;
  /// Rank `root`'s bytes, on every rank.
  virtual std::string broadcast(std::string bytes, int root = 0) = 0;
  /// Each rank's bytes in rank order, on every rank.
  virtual std::vector<std::string> all_gather(const std::string& bytes) = 0;
  /// The largest of the ranks' values, on every rank.
  virtual std::int64_t all_reduce_max(std::int64_t value) = 0;
  /// Each element summed over the ranks, which give equally many; the same bits on every rank and from run to run.
  virtual std::vector<double> all_reduce_sum(std::vector<double> values) = 0;

  bool is_root() const { return rank() == 0; }
};

/// One rank: collectives return what they were given.
class LocalCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int local_rank() const override { return 0; }
  int local_size() const override { return 1; }
  void barrier() override {}
  std::string broadcast(std::string bytes, int) override { return bytes; }
  std::vector<std::string> all_gather(const std::string& bytes) override { return {bytes}; }
  std::int64_t all_reduce_max(std::int64_t value) override { return value; }
  std::vector<double> all_reduce_sum(std::vector<double> values) override { return values; }
};

/// The communicator of this process: local until an MpiSession lives.
Communicator& world();

} // namespace cxr
