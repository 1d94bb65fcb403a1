#include "dist/heartbeat.h"

#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <list>
#include <mutex>
#include <string_view>
#include <thread>

#include "core/error.h"
#include "core/log.h"
#include "dist/mpi_communicator.h"
#include "dist/mpi_session.h"
#include "dist/pulse.h"

namespace cxr {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kLongestInterval{1000};
constexpr int kBeatsWithinLimit = 10; ///< so that a few late ones are no silence
constexpr int kStillFactor = 10;      ///< how much longer than silent a rank's work may be still: file servers come back
constexpr milliseconds kLongestPoll{20};
constexpr char kBeat = 1, kLast = 0;

void say_and_end(int rank, milliseconds silent) {
  int mine = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &mine);
  const auto seconds = static_cast<double>(silent.count()) / 1e3;
  log::warn_line(
      rank == mine
          ? fmt::format("rank {} hangs: for {:.3g} s its work has waited in one system call; ending all", rank, seconds)
          : fmt::format("rank {} has not been heard of for {:.3g} s: it was stopped or is dead; ending all", rank, seconds));
  MpiSession::abort(kFailed);
}

} // namespace

struct Heartbeat::Impl {
  struct Sent {
    MPI_Request request = MPI_REQUEST_NULL;
    char beat = kBeat;
  };

  void send(char beat);
  void forget_delivered();
  bool hears_last();
  void run();
  void wait_for_all() const;

  MPI_Comm ranks = MPI_COMM_NULL;
  int rank = 0, next = 0, before = 0;
  std::atomic<milliseconds::rep> limit = 0;
  OnSilence on_silence;
  std::list<Sent> sent; ///< whose buffers MPI still needs
  MPI_Request expected = MPI_REQUEST_NULL;
  char received = kBeat;
  Clock::time_point heard;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_ending = false;
  std::thread thread;
};

void Heartbeat::Impl::send(char beat) {
  auto& each = sent.emplace_back();
  each.beat = beat;
  check_mpi(MPI_Isend(&each.beat, 1, MPI_CHAR, next, 0, ranks, &each.request), "heartbeat");
}

void Heartbeat::Impl::forget_delivered() {
  std::erase_if(sent, [](Sent& each) {
    int is_done = 0;
    MPI_Test(&each.request, &is_done, MPI_STATUS_IGNORE);
    return is_done != 0;
  });
}

/// Takes the beats that have come. @return whether the last was among them
bool Heartbeat::Impl::hears_last() {
  for (;;) {
    if (expected == MPI_REQUEST_NULL) check_mpi(MPI_Irecv(&received, 1, MPI_CHAR, before, 0, ranks, &expected), "heartbeat");
    int is_done = 0;
    check_mpi(MPI_Test(&expected, &is_done, MPI_STATUS_IGNORE), "heartbeat");
    if (!is_done) return false;
    heard = Clock::now();
    if (received == kLast) return true;
  }
}

void Heartbeat::Impl::run() {
  bool has_said_last = false, has_heard_last = false;
  Pulse pulse;
  heard = Clock::now();
  auto due = heard, awake = heard;
  while (!has_said_last || !has_heard_last) {
    const milliseconds allowed(limit.load());
    const auto interval = std::min(kLongestInterval, allowed / kBeatsWithinLimit);
    std::unique_lock lock(mutex);
    changed.wait_for(lock, has_said_last ? milliseconds(5) : interval / 2, [&] { return is_ending && !has_said_last; });
    const bool is_last = is_ending && !has_said_last;
    lock.unlock();
    if (is_last) {
      send(kLast);
      has_said_last = true;
    } else if (!has_said_last && Clock::now() >= due) {
      send(kBeat);
      due = Clock::now() + interval;
    }
    forget_delivered();
    if (Clock::now() - awake > allowed / 2) heard = Clock::now(); // this rank was stopped itself, as all of a suspended job are
    awake = Clock::now();
    has_heard_last = has_heard_last || hears_last();
    const auto silent = std::chrono::duration_cast<milliseconds>(Clock::now() - heard);
    if (!has_heard_last && silent > allowed) return on_silence(before, silent);
    if (const auto still = pulse.still_for(); still > kStillFactor * allowed) return on_silence(rank, still);
  }
  for (auto& each : sent) MPI_Wait(&each.request, MPI_STATUS_IGNORE);
}

Heartbeat::Heartbeat(milliseconds limit, OnSilence on_silence) : impl_(std::make_unique<Impl>()) {
  int rank = 0, size = 1;
  check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &impl_->ranks), "cannot make a communicator");
  MPI_Comm_set_errhandler(impl_->ranks, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  expects(size > 1, "Heartbeat: one rank has none to watch");
  impl_->rank = rank;
  impl_->next = (rank + 1) % size, impl_->before = (rank + size - 1) % size;
  impl_->limit = limit.count();
  impl_->on_silence = on_silence ? std::move(on_silence) : say_and_end;
  impl_->thread = std::thread([this] { impl_->run(); });
}

// A barrier that leaves the processor to the rank that is waited for.
void Heartbeat::Impl::wait_for_all() const {
  MPI_Request all = MPI_REQUEST_NULL;
  if (MPI_Ibarrier(ranks, &all) != MPI_SUCCESS) return; // the last beats tell the same of two ranks
  auto pause = std::chrono::microseconds(100);
  for (int are_here = 0;;) {
    MPI_Test(&all, &are_here, MPI_STATUS_IGNORE);
    if (are_here) return;
    std::this_thread::sleep_for(pause);
    pause = std::min<std::chrono::microseconds>(2 * pause, kLongestPoll);
  }
}

Heartbeat::~Heartbeat() {
  impl_->wait_for_all();
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->is_ending = true;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
  MPI_Comm_free(&impl_->ranks);
}

void Heartbeat::lower_limit(milliseconds limit) { impl_->limit = std::min(impl_->limit.load(), limit.count()); }

milliseconds heartbeat_limit() {
  const char* text = std::getenv("CXR_HEARTBEAT_SECONDS");
  if (!text) return std::chrono::seconds(60);
  const std::string_view digits = text;
  double seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc() || end != digits.data() + digits.size() || !(seconds >= 0) || seconds > 1e6)
    throw InputError("CXR_HEARTBEAT_SECONDS", "", "seconds, or 0", text);
  return milliseconds(static_cast<milliseconds::rep>(seconds * 1e3));
}

} // namespace cxr
