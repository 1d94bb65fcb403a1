#include "data_prep/decoding.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "core/error.h"

namespace cxr {
namespace {

DecodedImage decode_one(const Source& source, const SourceItem& item, const std::function<at::Tensor(const at::Tensor&)>& resize) {
  DecodedImage decoded;
  try {
    decoded.image = resize(source.read_image(item));
    if (source.read_report) decoded.text = source.read_report(item);
  } catch (const InputError& error) {
    decoded = {{}, {}, error.what()};
  }
  return decoded;
}

} // namespace

std::vector<DecodedImage> decode(const Source& source, std::span<const SourceItem> items,
                                 const std::function<at::Tensor(const at::Tensor&)>& resize, int threads) {
  std::vector<DecodedImage> decoded(items.size());
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::mutex mutex;
  const auto work = [&] {
    try {
      for (auto i = next++; i < items.size(); i = next++) decoded[i] = decode_one(source, items[i], resize);
    } catch (...) { // not the image's fault: no memory, say
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      next = items.size();
    }
  };
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  return decoded;
}

} // namespace cxr
