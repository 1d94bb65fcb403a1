/// @file
/// Tells of ranks that were stopped, died or hang, whatever the others do or wait for: a collective alone would wait for them for
/// ever.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace cxr {

/// A thread that sends a beat to the next rank once a second, and expects one from the rank before. It watches this process, too
/// (Pulse): work that is still for ten times as long as another rank may be silent hangs. All ranks make theirs, and end them,
/// together: the destructor waits, watching on, until all have come to theirs.
class Heartbeat {
 public:
  using OnSilence = std::function<void(int rank, std::chrono::milliseconds silent)>;

  /// Collective. Over all launched ranks, several; needs MPI_THREAD_MULTIPLE. @param limit how long a rank may be silent; it may be
  /// lowered later
  /// @param on_silence called once, on the heartbeat's thread, with the rank that is silent, or this one if it hangs; by default
  /// says so and ends all
  explicit Heartbeat(std::chrono::milliseconds limit, OnSilence on_silence = {});
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// From now on no rank may be silent for longer than this, if it is less than the limit so far.
  void lower_limit(std::chrono::milliseconds limit);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What CXR_HEARTBEAT_SECONDS says, or 60 s. 0: ranks do not watch each other (one is to be stopped in a debugger, say).
/// @throws InputError for what is no number
std::chrono::milliseconds heartbeat_limit();

} // namespace cxr
