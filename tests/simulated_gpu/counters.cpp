#include "simulated_gpu/counters.h"

#include <execinfo.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>

namespace cxr::simulated_gpu {
namespace {

struct State {
  std::atomic<std::int64_t> operators, copies_to_host, copies_to_device, waits, bytes, peak_bytes;
  std::mutex mutex;
  std::map<std::string, std::int64_t> runs; ///< of each operator, under the mutex
};

// Never destroyed: static tensors give their memory back after the last destructor here.
State& state() {
  static auto* const shared = new State;
  return *shared;
}

thread_local int uncounted_depth = 0;

void raise_peak(std::int64_t bytes) {
  auto& peak = state().peak_bytes;
  auto known = peak.load();
  while (known < bytes && !peak.compare_exchange_weak(known, bytes)) continue;
}

struct ReportAtExit {
  ~ReportAtExit() {
    const auto now = counters();
    if (std::getenv("CXR_SIMULATED_GPU_REPORT")) {
      std::fprintf(stderr,
                   "simulated GPU: %lld operators, %lld copies to the host, %lld copies to the device, %lld waits, peak %lld MiB\n",
                   static_cast<long long>(now.operators), static_cast<long long>(now.copies_to_host),
                   static_cast<long long>(now.copies_to_device), static_cast<long long>(now.waits),
                   static_cast<long long>(now.peak_bytes >> 20));
    }
    const std::lock_guard lock(state().mutex);
    for (const auto& [name, times] : state().runs) {
      std::fprintf(stderr, "simulated GPU: %8lld %s\n", static_cast<long long>(times), name.c_str());
    }
  }
} report_at_exit;

} // namespace

Counters counters() {
  const auto& now = state();
  return {now.operators, now.copies_to_host, now.copies_to_device, now.waits, now.peak_bytes};
}

void reset_counters() {
  auto& now = state();
  now.operators = now.copies_to_host = now.copies_to_device = now.waits = 0;
  now.peak_bytes = now.bytes.load();
}

Uncounted::Uncounted() { ++uncounted_depth; }
Uncounted::~Uncounted() { --uncounted_depth; }
bool is_counting() { return uncounted_depth == 0; }

void count_operator(const std::string& name) {
  ++state().operators;
  static const bool by_name = std::getenv("CXR_SIMULATED_GPU_OPERATORS") != nullptr;
  if (!by_name) return;
  const std::lock_guard lock(state().mutex);
  ++state().runs[name];
}

void count_copy_to_host() { ++state().copies_to_host; }
void count_copy_to_device() { ++state().copies_to_device; }

void count_wait(const char* why) {
  ++state().waits;
  static const bool is_traced = std::getenv("CXR_SIMULATED_GPU_TRACE") != nullptr;
  if (!is_traced) return;
  const std::lock_guard lock(state().mutex); // stacks of two threads stay apart
  std::fprintf(stderr, "simulated GPU: a wait for %s\n", why);
  std::array<void*, 48> frames{};
  backtrace_symbols_fd(frames.data(), backtrace(frames.data(), static_cast<int>(frames.size())), STDERR_FILENO);
}

void count_bytes(std::int64_t bytes) { raise_peak(state().bytes += bytes); }

} // namespace cxr::simulated_gpu
