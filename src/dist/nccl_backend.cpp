#include "dist/nccl_backend.h"

#include <dlfcn.h>
#include <unistd.h>

#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "core/error.h"
#include "dist/nccl_library.h"

namespace cxr {
namespace fs = std::filesystem;
namespace {

OpenNccl* load_nccl_library() {
  const auto program = fs::read_symlink("/proc/self/exe").parent_path();
  const auto candidates = {program / "libcxr_nccl.so", program / ".." / "libcxr_nccl.so", // the build folder, and its tests
                           program / ".." / CXR_LIBRARY_FOLDER / "libcxr_nccl.so"};
  const auto found = std::ranges::find_if(candidates, [](const fs::path& path) { return fs::exists(path); });
  const std::string library = found == candidates.end() ? "libcxr_nccl.so" : found->string();
  void* const handle = dlopen(library.c_str(), RTLD_NOW);
  if (!handle) throw InputError("--device", "cuda", "for several ranks, a build with a LibTorch that has CUDA", dlerror());
  return reinterpret_cast<OpenNccl*>(dlsym(handle, kOpenNccl));
}

// NCCL's ranks find each other through a table that rank 0 serves on a port that the system picks.
c10::intrusive_ptr<c10d::Store> open_store(Communicator& ranks, std::chrono::milliseconds timeout) {
  std::array<char, 256> host{"localhost"};
  if (ranks.local_size() < ranks.size()) gethostname(host.data(), host.size() - 1);
  c10d::TCPStoreOptions options{.port = 0, .isServer = ranks.is_root(), .waitWorkers = false, .timeout = timeout};
  c10::intrusive_ptr<c10d::TCPStore> store;
  if (ranks.is_root()) store = c10::make_intrusive<c10d::TCPStore>(host.data(), options);
  const auto address = ranks.broadcast(store ? fmt::format("{} {}", store->getPort(), host.data()) : std::string());
  if (!store) {
    const auto space = address.find(' ');
    options.port = static_cast<std::uint16_t>(std::stoi(address));
    store = c10::make_intrusive<c10d::TCPStore>(address.substr(space + 1), options);
  }
  return store;
}

} // namespace

c10::intrusive_ptr<c10d::Backend> open_nccl_backend(Communicator& ranks, std::chrono::milliseconds timeout) {
  static OpenNccl* const open = load_nccl_library();
  const auto store = open_store(ranks, timeout);
  try {
    return c10::intrusive_ptr<c10d::Backend>::reclaim(open(store, ranks.rank(), ranks.size(), timeout));
  } catch (const c10::Error& error) {
    throw InputError("--device", "cuda", "GPUs that NCCL can use", error.what_without_backtrace());
  }
}

} // namespace cxr
