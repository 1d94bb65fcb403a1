/// @file
/// Collectives on memory, for a thread of its own: none blocks inside MPI, so none outlives its time.
#pragma once

#include <mpi.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cxr {

/// A communicator of its own, so that its messages never meet those of another thread (MPI_THREAD_MULTIPLE). All ranks call the
/// collectives in the same order, each with equally many bytes. MPI counts in int: long messages go in pieces.
/// Each collective throws std::runtime_error, naming itself, if the ranks have not all come and gone within its time.
class MpiChannel {
 public:
  /// Collective. @param of the ranks that take part  @throws std::runtime_error where MPI allows no calls from several threads
  explicit MpiChannel(MPI_Comm of);
  ~MpiChannel();
  MpiChannel(const MpiChannel&) = delete;
  MpiChannel& operator=(const MpiChannel&) = delete;

  /// What comes next, for messages, and how long it may take from now.
  void begin(std::string what, std::chrono::milliseconds timeout);

  void barrier();
  /// Rank `root`'s bytes, on every rank.
  void broadcast(std::span<std::byte> bytes, int root);

  /// Combines `count` elements of `width` bytes of all ranks. @param parts the ranks' elements in rank order, any of which may be
  /// `out`
  using Combine = void (*)(const std::vector<const std::byte*>& parts, std::byte* out, std::size_t count);
  /// Every rank's elements combined, on every rank. MPI only moves bytes: each rank combines a part of the elements, in rank order,
  /// so that the result has the same bits on every rank and in every run, whatever the timing and the MPI library.
  void all_reduce(std::byte* elements, std::size_t count, std::size_t width, Combine combine);

  /// Makes the collective under way throw, and those to come. From any thread.
  void stop() { is_stopped_ = true; }

 private:
  using Clock = std::chrono::steady_clock;

  void wait(MPI_Request request, bool may_sleep);
  void reduce_piece(std::byte* elements, std::size_t count, std::size_t width, Combine combine);

  MPI_Comm ranks_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
  std::string what_;
  std::chrono::milliseconds timeout_{};
  Clock::time_point deadline_;
  std::atomic<bool> is_stopped_ = false;
  std::vector<std::byte> others_; ///< the other ranks' elements of the part that this rank combines
};

} // namespace cxr
