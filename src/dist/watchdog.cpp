#include "dist/watchdog.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "core/error.h"
#include "core/log.h"
#include "dist/mpi_session.h"

namespace cxr {

struct Watchdog::Impl {
  using Clock = std::chrono::steady_clock;

  void watch();
  void set(std::optional<Clock::time_point> until, std::string now_under_way);

  std::chrono::milliseconds timeout;
  std::function<void(const std::string&)> on_timeout;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Clock::time_point> deadline; ///< none: paused
  std::string what;
  bool is_closed = false;
  std::thread thread;
};

void Watchdog::Impl::watch() {
  std::unique_lock lock(mutex);
  while (!is_closed) {
    if (!deadline) {
      changed.wait(lock);
    } else if (Clock::now() < *deadline) {
      changed.wait_until(lock, *deadline);
    } else {
      const auto late = what;
      lock.unlock();
      return on_timeout(late);
    }
  }
}

void Watchdog::Impl::set(std::optional<Clock::time_point> until, std::string now_under_way) {
  {
    const std::lock_guard lock(mutex);
    deadline = until;
    what = std::move(now_under_way);
  }
  changed.notify_one();
}

Watchdog::Watchdog(std::chrono::milliseconds timeout, std::function<void(const std::string&)> on_timeout)
    : impl_(std::make_unique<Impl>()) {
  impl_->timeout = timeout;
  impl_->on_timeout = on_timeout ? std::move(on_timeout) : [timeout](const std::string& what) {
    log::warn_line(fmt::format("{} has taken more than {} s: a rank hangs or is dead; ending all", what,
                               static_cast<double>(timeout.count()) / 1e3));
    MpiSession::abort(kFailed);
  };
  impl_->thread = std::thread([this] { impl_->watch(); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->is_closed = true;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
}

void Watchdog::feed(std::string what) { impl_->set(Impl::Clock::now() + impl_->timeout, std::move(what)); }
void Watchdog::pause() { impl_->set({}, {}); }

} // namespace cxr
