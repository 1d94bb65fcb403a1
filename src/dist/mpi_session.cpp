#include "dist/mpi_session.h"

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <string_view>

#include "core/error.h"
#include "core/log.h"
#include "dist/current_communicator.h"
#include "dist/heartbeat.h"
#include "dist/mpi_communicator.h"
#include "dist/watchdog.h"

namespace cxr {
namespace {

bool is_set(const char* variable) { return std::getenv(variable) != nullptr; }

// A launcher that speaks PMI or PMIx to its ranks: Open MPI's mpirun, MPICH's hydra, srun --mpi=pmix or pmi2.
bool has_process_manager() {
  return is_set("OMPI_COMM_WORLD_SIZE") || is_set("PMIX_RANK") || is_set("PMI_RANK") || is_set("PMI_SIZE");
}

int number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? std::atoi(text) : 0;
}

// How many processes were started beside this one, itself included, as their launcher says. A batch script has SLURM_NPROCS and
// SLURM_PROCID 0 too, but is one process.
int started_together() {
  if (is_set("OMPI_COMM_WORLD_SIZE")) return number_in("OMPI_COMM_WORLD_SIZE");
  if (is_set("PMI_SIZE")) return number_in("PMI_SIZE");
  if (is_set("SLURM_STEP_NUM_TASKS")) return number_in("SLURM_STEP_NUM_TASKS");
  const char* environment = std::getenv("ENVIRONMENT");
  const bool is_batch_script = environment && std::string_view(environment) == "BATCH" && number_in("SLURM_PROCID") == 0;
  return is_set("SLURM_PROCID") && !is_batch_script ? number_in("SLURM_NPROCS") : 1;
}

// Each of them would take itself for a whole run, and all would write the same files.
void refuse_lonely_tasks() {
  if (started_together() > 1) throw InputError("srun", "--mpi", "a process manager for several tasks (srun --mpi=pmix)", "none");
}

bool is_running() {
  int initialized = 0, finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  return initialized && !finalized;
}

/// How many times a rank may be silent while MPI starts: libraries come from a busy file system then.
constexpr int kStartLimits = 5;
constexpr std::chrono::seconds kSpare{2}; // for the ends that say what they miss

/// Ends the process where MPI itself takes too long to start or to end: ranks can't watch each other there.
class Within {
 public:
  Within(const char* what, std::chrono::milliseconds limit)
      : watchdog_(limit, [](const std::string& late, std::chrono::milliseconds allowed) {
          log::warn_line(fmt::format("{} has taken more than {} s: a rank was stopped or is dead; ending all", late,
                                     static_cast<double>(allowed.count()) / 1e3));
          std::_Exit(kFailed);
        }) {
    if (limit.count() > 0) watchdog_.feed(what);
  }

 private:
  Watchdog watchdog_;
};

/// Lets the kernel kill this process after `limit`, even if it is stopped then: in its last moments, when the other ranks are gone,
/// nobody watches it but the launcher, who would wait for it for ever.
void end_within(std::chrono::milliseconds limit) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer = nullptr;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const itimerspec when{.it_interval = {}, .it_value = {.tv_sec = seconds.count(), .tv_nsec = 0}};
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || ::timer_settime(timer, 0, &when, nullptr) != 0)
    log::warn("this system has no timers: a rank that is stopped at its end is not noticed");
}

/// The session's, for those who know of a shorter limit.
Heartbeat* g_heartbeat = nullptr;

} // namespace

MpiSession::MpiSession(int* argc, char*** argv) : exceptions_at_start_(std::uncaught_exceptions()) {
  if (!has_process_manager()) {
    refuse_lonely_tasks();
    return;
  }
  const auto limit = heartbeat_limit();
  int provided = MPI_THREAD_SINGLE;
  const Within start("the start of MPI", limit * kStartLimits);
  // Gradients are reduced by a thread of their own (MpiChannel, which refuses less). All else calls MPI from main()'s thread.
  check_mpi(MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided), "cannot start");
  if (provided < MPI_THREAD_FUNNELED) throw std::runtime_error("MPI: this build allows no threads beside the one that calls it");
  world_ = std::make_unique<MpiCommunicator>();
  if (world_->size() == 1) refuse_lonely_tasks(); // a launcher that this MPI does not understand
  current_communicator() = world_.get();
  if (provided < MPI_THREAD_MULTIPLE || world_->size() == 1 || limit.count() == 0) return;
  heartbeat_ = std::make_unique<Heartbeat>(limit);
  g_heartbeat = heartbeat_.get();
}

MpiSession::~MpiSession() {
  g_heartbeat = nullptr;
  if (!world_) return;
  if (std::uncaught_exceptions() > exceptions_at_start_) {
    heartbeat_.release(); // its end would wait for the other ranks
    return;
  }
  const auto limit = heartbeat_limit();
  const bool is_watched = heartbeat_ != nullptr;
  heartbeat_.reset(); // waits for all ranks: one may still work
  if (is_watched) end_within(limit + kSpare);
  current_communicator() = nullptr;
  const Within end("the end of MPI", limit);
  world_.reset();
  MPI_Finalize();
}

void MpiSession::lower_silence(std::chrono::milliseconds limit) {
  if (g_heartbeat) g_heartbeat->lower_limit(limit);
}

void MpiSession::abort(int status) {
  if (is_running()) MPI_Abort(MPI_COMM_WORLD, status);
}

} // namespace cxr
