/// @file
/// MPI's life in this process.
#pragma once

#include <chrono>
#include <memory>

#include "dist/communicator.h"

namespace cxr {

class Heartbeat;

/// Starts MPI if mpirun or srun launched this process, makes world() speak for all ranks, and lets them watch each other
/// (Heartbeat). One a process, in main(). Its destructor finalises MPI, unless an exception unwinds: then other ranks may wait in a
/// collective, and main() calls abort().
class MpiSession {
 public:
  /// @throws InputError under srun with several tasks but without a PMI (srun --mpi=pmix)
  MpiSession(int* argc, char*** argv);
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  /// Lowers how long another rank may be silent. Nothing to do where there is no MPI, or one rank.
  static void lower_silence(std::chrono::milliseconds limit);
  /// Ends every rank with `status`. Returns where there is no MPI.
  static void abort(int status);

 private:
  int exceptions_at_start_;
  std::unique_ptr<Communicator> world_;
  std::unique_ptr<Heartbeat> heartbeat_;
};

} // namespace cxr
