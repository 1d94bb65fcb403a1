#include "run/device.h"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <dlfcn.h>

#include "core/error.h"

namespace cxr {
namespace {

// The CUDA half of LibTorch takes seconds to load, so the program loads it only for those who ask: from the folder
// that the CPU half came from. Its static initialisers register every kernel. Loaded for good.
void load_cuda_library() {
  static const bool loaded = [] {
    Dl_info cpu{};
    std::string folder;
    if (dladdr(reinterpret_cast<void*>(&at::globalContext), &cpu) && cpu.dli_fname) {
      folder = std::filesystem::path(cpu.dli_fname).parent_path().string() + "/";
    }
    if (dlopen((folder + "libtorch_cuda.so").c_str(), RTLD_NOW | RTLD_GLOBAL)) return true;
    throw InputError("--device", "cuda", "a LibTorch with CUDA", dlerror());
  }();
  static_cast<void>(loaded);
}

} // namespace

at::Device open_device(const std::string& name, int local_rank) {
  if (name == "cpu") return at::kCPU;
  if (name != "cuda") throw InputError("--device", "", "cpu or cuda", name);
  if (!at::hasCUDA()) load_cuda_library();
  const auto gpus = at::hasCUDA() ? at::getNumGPUs() : 0;
  if (gpus == 0) throw InputError("--device", "cuda", "a GPU that CUDA can use", "none");
  const at::Device device(at::kCUDA,
                          static_cast<at::DeviceIndex>(static_cast<std::size_t>(local_rank) % static_cast<std::size_t>(gpus)));
  c10::impl::VirtualGuardImpl(at::kCUDA).setDevice(device);
  return device;
}

} // namespace cxr
