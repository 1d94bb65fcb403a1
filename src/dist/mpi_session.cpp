#include "dist/mpi_session.h"

#include <cstdlib>
#include <exception>

#include "core/error.h"
#include "dist/current_communicator.h"
#include "dist/mpi_communicator.h"

namespace cxr {
namespace {

bool is_set(const char* variable) { return std::getenv(variable) != nullptr; }

// A launcher that speaks PMI or PMIx to its ranks: Open MPI's mpirun, MPICH's hydra, srun --mpi=pmix or pmi2.
bool has_process_manager() {
  return is_set("OMPI_COMM_WORLD_SIZE") || is_set("PMIX_RANK") || is_set("PMI_RANK") || is_set("PMI_SIZE");
}

// srun sets SLURM_STEP_NUM_TASKS; without a PMI each task would take itself for a whole run, and all would write the same files.
void refuse_lonely_tasks() {
  const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS");
  if (tasks && std::atoi(tasks) > 1) {
    throw InputError("srun", "--mpi", "a process manager for several tasks (srun --mpi=pmix)", "none");
  }
}

bool is_running() {
  int initialized = 0, finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  return initialized && !finalized;
}

} // namespace

MpiSession::MpiSession(int* argc, char*** argv) : exceptions_at_start_(std::uncaught_exceptions()) {
  if (!has_process_manager()) {
    refuse_lonely_tasks();
    return;
  }
  int provided = MPI_THREAD_SINGLE;
  // Gradients are reduced by a thread of their own (MpiChannel, which refuses less). All else calls MPI from main()'s thread.
  check_mpi(MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided), "cannot start");
  if (provided < MPI_THREAD_FUNNELED) throw std::runtime_error("MPI: this build allows no threads beside the one that calls it");
  world_ = std::make_unique<MpiCommunicator>();
  current_communicator() = world_.get();
}

MpiSession::~MpiSession() {
  if (!world_ || std::uncaught_exceptions() > exceptions_at_start_) return;
  current_communicator() = nullptr;
  world_.reset();
  MPI_Finalize();
}

void MpiSession::abort(int status) {
  if (is_running()) MPI_Abort(MPI_COMM_WORLD, status);
}

} // namespace cxr
