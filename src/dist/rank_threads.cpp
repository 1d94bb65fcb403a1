#include "dist/rank_threads.h"

#include <algorithm>
#include <thread>

#include <sched.h>

#include "core/log.h"

namespace cxr {
namespace {

int cores_of_node() { return static_cast<int>(std::max(std::thread::hardware_concurrency(), 1u)); }

// The cores that the launcher bound this process to, or all.
int cores_of_process() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(CPU_COUNT(&set), 1) : cores_of_node();
}

} // namespace

int rank_threads(int asked, const Communicator& ranks) {
  if (asked > 0) return asked;
  const int share = std::max(cores_of_node() / ranks.local_size(), 1);
  const int bound = cores_of_process();
  if (bound < share && ranks.size() > 1 && ranks.is_root()) {
    log::warn("the launcher binds each rank to {} of its {} cores; mpirun --bind-to none lifts that", bound, share);
  }
  return std::min(share, bound);
}

} // namespace cxr
