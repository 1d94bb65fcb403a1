#include "simulated_gpu/timeline.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include "simulated_gpu/counters.h"

namespace cxr::simulated_gpu {
namespace {

struct PendingCopy {
  Moment::key_type stream;
  std::int64_t place; ///< among the stream's work
  at::Tensor destination, values;

  void land() const { std::memcpy(destination.mutable_data_ptr(), values.const_data_ptr(), values.nbytes()); }
};

struct Timeline {
  std::mutex mutex;
  std::map<Moment::key_type, Moment> streams;
  Moment known; ///< to be done
  std::vector<PendingCopy> copies;
};

Timeline& timeline() {
  static auto* const shared = new Timeline;
  return *shared;
}

Moment::key_type key_of(const c10::Stream& stream) { return {stream.device_index(), stream.id()}; }

// The later of the two, stream by stream.
void advance(Moment& moment, const Moment& to) {
  for (const auto& [stream, place] : to) moment[stream] = std::max(moment[stream], place);
}

// Under the mutex, as all below.
std::int64_t add_work(const c10::Stream& stream) { return ++timeline().streams[key_of(stream)][key_of(stream)]; }

bool is_before_known(const Moment& moment) {
  const auto& known = timeline().known;
  return std::ranges::all_of(moment, [&](const auto& entry) {
    const auto found = known.find(entry.first);
    return found != known.end() && found->second >= entry.second;
  });
}

template <typename Predicate>
void land_copies_if(const Predicate& is_due) {
  auto& copies = timeline().copies;
  const auto rest = std::stable_partition(copies.begin(), copies.end(), is_due);
  for (auto copy = copies.begin(); copy != rest; ++copy) copy->land();
  copies.erase(copies.begin(), rest);
}

} // namespace

void enqueue(const c10::Stream& stream) {
  const std::lock_guard lock(timeline().mutex);
  add_work(stream);
}

void enqueue_copy(const c10::Stream& stream, at::Tensor destination, at::Tensor values) {
  const std::lock_guard lock(timeline().mutex);
  std::memset(destination.mutable_data_ptr(), 0xFF, destination.nbytes());
  timeline().copies.push_back({key_of(stream), add_work(stream), std::move(destination), std::move(values)});
}

Moment moment_of(const c10::Stream& stream) {
  const std::lock_guard lock(timeline().mutex);
  return timeline().streams[key_of(stream)];
}

Moment moment_of(c10::DeviceIndex device) {
  const std::lock_guard lock(timeline().mutex);
  Moment all;
  for (const auto& [stream, moment] : timeline().streams) {
    if (stream.first == device) advance(all, moment);
  }
  return all;
}

void order_after(const c10::Stream& stream, const Moment& moment) {
  const std::lock_guard lock(timeline().mutex);
  advance(timeline().streams[key_of(stream)], moment);
}

bool is_known_done(const Moment& moment) {
  const std::lock_guard lock(timeline().mutex);
  return is_before_known(moment);
}

void learn(const Moment& moment) {
  const std::lock_guard lock(timeline().mutex);
  auto& known = timeline().known;
  advance(known, moment);
  land_copies_if([&](const PendingCopy& copy) { return known[copy.stream] >= copy.place; });
}

void wait_for(const Moment& moment, const char* why) {
  if (!is_known_done(moment)) count_wait(why);
  learn(moment);
}

void land_copies_into(const at::Tensor& destination) {
  const std::lock_guard lock(timeline().mutex);
  land_copies_if([&](const PendingCopy& copy) { return copy.destination.is_alias_of(destination); });
}

} // namespace cxr::simulated_gpu
