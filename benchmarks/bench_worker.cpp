/// @file
/// The program's side of benchmarks/side_by_side.py: a process that loads models and times them on request, line by line.
///
///     load vae|densenet|inception PATH float32|bfloat16        → ok
///     run encode|decode|densenet|inception|frechet REPEATS [BATCH SIZE]   → seconds of each repetition
///
/// Threads are OMP_NUM_THREADS; `--device cuda` as the first argument. Inputs are random; what goes wrong is answered by "error
/// MESSAGE".
#include <iostream>
#include <sstream>

#include "core/error.h"
#include "core/memory.h"
#include "core/timing.h"
#include "metrics/frechet.h"
#include "models/autoencoder_kl.h"
#include "models/densenet.h"
#include "models/inception_v3.h"
#include "models/pretrained.h"
#include "run/device.h"

namespace cxr {
namespace {

class Worker {
 public:
  explicit Worker(at::Device device) : device_(device) {}

  std::string answer(const std::string& line) {
    std::istringstream words(line);
    std::string command, name;
    words >> command >> name;
    if (command == "load") {
      std::string path, dtype;
      words >> path >> dtype;
      load(name, path, dtype == "bfloat16" ? at::kBFloat16 : at::kFloat);
      return "ok";
    }
    if (command == "run") {
      std::int64_t repeats = 1, batch = 0, size = 0;
      words >> repeats >> batch >> size;
      return run(name, repeats, batch, size);
    }
    throw std::runtime_error("unknown command " + command);
  }

 private:
  void load(const std::string& name, const std::string& path, at::ScalarType dtype) {
    const LoadOptions options{.dtype = dtype, .device = device_};
    dtype_ = dtype;
    if (name == "vae") {
      vae_ = load_autoencoder_kl(path, options);
    } else if (name == "densenet") {
      densenet_ = load_densenet(path, options);
    } else if (name == "inception") {
      inception_ = load_inception_v3(path, options);
    } else {
      throw std::runtime_error("unknown model " + name);
    }
  }

  at::Tensor random(at::IntArrayRef shape) const {
    return at::randn(shape).to(device_, dtype_).contiguous(at::MemoryFormat::ChannelsLast);
  }

  std::string run(const std::string& name, std::int64_t repeats, std::int64_t batch, std::int64_t size) {
    if (name == "encode") {
      const auto x = random({batch ? batch : 1, 3, size ? size : 512, size ? size : 512});
      return time(repeats, [&] { vae_->encode(x); });
    }
    if (name == "decode") {
      const auto side = (size ? size : 512) / vae_->options().factor();
      const auto x = random({batch ? batch : 1, vae_->options().latent_channels, side, side});
      return time(repeats, [&] { vae_->decode(x); });
    }
    if (name == "densenet") {
      const auto x = random({batch ? batch : 16, 1, size ? size : 224, size ? size : 224});
      return time(repeats, [&] { densenet_.ptr()->logits(densenet_.ptr()->features(x)); });
    }
    if (name == "inception") {
      const auto x = random({batch ? batch : 16, 3, size ? size : 299, size ? size : 299});
      return time(repeats, [&] { inception_->features(x, {2048}); });
    }
    if (name == "frechet") return frechet(repeats, batch ? batch : 4096, size ? size : 2048);
    throw std::runtime_error("unknown benchmark " + name);
  }

  std::string frechet(std::int64_t repeats, std::int64_t samples, std::int64_t dimensions) {
    Moments a(dimensions), b(dimensions);
    a.add(at::randn({samples, dimensions}));
    b.add(at::randn({samples, dimensions}) * 1.1 + 0.1);
    return time(repeats, [&] { frechet_distance(a, b); });
  }

  std::string time(std::int64_t repeats, const std::function<void()>& work) const {
    std::string seconds;
    for (std::int64_t i = 0; i < repeats; ++i) {
      const Stopwatch clock;
      work();
      if (device_.is_cuda()) c10::impl::VirtualGuardImpl(device_.type()).synchronizeDevice(device_.index());
      seconds += fmt::format("{}{:.6f}", i ? " " : "", clock.seconds());
    }
    return seconds;
  }

  at::Device device_;
  at::ScalarType dtype_ = at::kFloat;
  AutoencoderKL vae_{nullptr};
  DenseNet densenet_{nullptr};
  InceptionV3 inception_{nullptr};
};

} // namespace
} // namespace cxr

int main(int argc, char** argv) {
  cxr::keep_freed_memory();
  const c10::InferenceMode no_autograd;
  const bool on_gpu = argc == 3 && std::string(argv[1]) == "--device" && std::string(argv[2]) == "cuda";
  cxr::Worker worker(cxr::open_device(on_gpu ? "cuda" : "cpu", 0));
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << worker.answer(line) << std::endl;
    } catch (const std::exception& error) {
      std::string message = error.what();
      std::replace(message.begin(), message.end(), '\n', ' ');
      std::cout << "error " << message << std::endl;
    }
  }
}
