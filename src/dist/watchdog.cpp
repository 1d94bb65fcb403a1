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

  std::chrono::milliseconds timeout, allowed{};
  OnTimeout on_timeout;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Clock::time_point> deadline; ///< none: nothing is expected yet
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
      const auto after = allowed;
      lock.unlock();
      return on_timeout(late, after);
    }
  }
}

Watchdog::Watchdog(std::chrono::milliseconds timeout, OnTimeout on_timeout) : impl_(std::make_unique<Impl>()) {
  impl_->timeout = timeout;
  impl_->on_timeout = on_timeout ? std::move(on_timeout) : [](const std::string& what, std::chrono::milliseconds allowed) {
    log::warn_line(fmt::format("{} has taken more than {} s: a rank hangs or is dead; ending all", what,
                               static_cast<double>(allowed.count()) / 1e3));
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

void Watchdog::feed(std::string what, int times) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->allowed = impl_->timeout * times;
    impl_->deadline = Impl::Clock::now() + impl_->allowed;
    impl_->what = std::move(what);
  }
  impl_->changed.notify_one();
}

} // namespace cxr
