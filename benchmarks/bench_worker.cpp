/// @file
/// The program's side of benchmarks/side_by_side.py: a process that loads models and times them on request, line by line.
///
///     load vae|unet|densenet|inception|bert|clip_text|unet_training|textual_inversion PATH float32|bfloat16        → ok
///     run encode|decode|unet|densenet|inception|clip_text|frechet REPEATS [BATCH SIZE]   → seconds of each repetition
///     run train_unet|train_unet_uncached|train_inversion|inversion_optimizer REPEATS [BATCH SIZE]   → likewise
///     run texts_as_they_come|texts_sorted REPEATS       → the texts of the folder's texts.safetensors (ids and mask [N,L]), the
///                                                         program's own way both times: sorted, by a budget of tokens
///
/// Threads are OMP_NUM_THREADS; `--device cuda` as the first argument. Inputs are random; what goes wrong is answered by "error
/// MESSAGE".
#include <iostream>
#include <optional>
#include <sstream>

#include "core/error.h"
#include "core/memory.h"
#include "core/timing.h"
#include "io/safetensors.h"
#include "metrics/frechet.h"
#include "models/autoencoder_kl.h"
#include "models/densenet.h"
#include "models/inception_v3.h"
#include "models/pretrained.h"
#include "models/text_encoder.h"
#include "models/unet_2d_condition.h"
#include "nn/large_blocks.h"
#include "run/device.h"
#include "training_worker.h"

namespace cxr {
namespace {

constexpr std::int64_t kPixelsPerLatent = 8, kTokens = 77;
constexpr std::int64_t kTokensPerBatch = 2048; // packed weights stay hot, activations in the caches

class Worker {
 public:
  explicit Worker(at::Device device) : device_(device) {}

  std::string answer(const std::string& line) {
    std::istringstream words(line);
    std::string command, name;
    words >> command >> name;
    const c10::InferenceMode no_autograd(!is_training(name));
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
  static bool is_training(const std::string& name) {
    return name.starts_with("train") || name.ends_with("_optimizer") || name == "unet_training" || name == "textual_inversion";
  }

  void load(const std::string& name, const std::string& path, at::ScalarType dtype) {
    const LoadOptions options{.dtype = dtype, .device = device_};
    dtype_ = dtype;
    if (name == "vae") {
      vae_ = load_autoencoder_kl(path, options);
    } else if (name == "unet") {
      unet_ = load_unet_2d_condition(path, options);
    } else if (name == "densenet") {
      densenet_ = load_densenet(path, options);
    } else if (name == "inception") {
      inception_ = load_inception_v3(path, options);
    } else if (name == "bert" || name == "clip_text") {
      text_encoder_ = load_text_encoder(path, options);
      if (name == "bert") texts_ = read_safetensors(std::filesystem::path(path) / "texts.safetensors");
    } else if (name == "unet_training") {
      unet_training_.emplace(path, options);
    } else if (name == "textual_inversion") {
      inversion_.emplace(path, options);
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
    if (name == "unet") return unet(repeats, batch ? batch : 2, size ? size : 512);
    if (name == "densenet") {
      const auto x = random({batch ? batch : 16, 1, size ? size : 224, size ? size : 224});
      return time(repeats, [&] { densenet_.ptr()->logits(densenet_.ptr()->features(x)); });
    }
    if (name == "inception") {
      const auto x = random({batch ? batch : 16, 3, size ? size : 299, size ? size : 299});
      return time(repeats, [&] { inception_->features(x, {2048}); });
    }
    if (name == "clip_text") {
      const auto ids = at::randint(text_encoder_->vocabulary_size(), {batch ? batch : 32, size ? size : 77}, at::kLong).to(device_);
      return time(repeats, [&] { text_encoder_->hidden_states(ids, {}); });
    }
    if (name == "texts_as_they_come" || name == "texts_sorted") return time(repeats, [&] { embed_texts(); });
    if (name == "frechet") return frechet(repeats, batch ? batch : 4096, size ? size : 2048);
    return train(name, repeats, batch ? batch : 1, size ? size : 512);
  }

  std::string train(const std::string& name, std::int64_t repeats, std::int64_t batch, std::int64_t size) {
    if (name == "train_unet") return time(repeats, [&] { unet_training_.value().step(batch, size); });
    if (name == "train_unet_uncached") return time(repeats, [&] { unet_training_.value().step_uncached(batch, size); });
    if (name == "train_inversion") return time(repeats, [&] { inversion_.value().step(batch, size); });
    if (name == "inversion_optimizer") return time(repeats, [&] { inversion_.value().optimizer_step(); });
    throw std::runtime_error("unknown benchmark " + name);
  }

  // One step of a guided sampler: the condition and its negative side by side. @param size pixels
  std::string unet(std::int64_t repeats, std::int64_t batch, std::int64_t size) {
    const auto x = random({batch, unet_->options().in_channels, size / kPixelsPerLatent, size / kPixelsPerLatent});
    const auto condition = at::randn({batch, kTokens, unet_->options().cross_attention_dim}).to(device_, dtype_);
    const auto timestep = at::full({1}, 500, at::kLong).to(device_);
    return time(repeats, [&] { unet_->forward(x, timestep, condition); });
  }

  // The [CLS] state of every text.
  void embed_texts() {
    const auto& ids = texts_.at("ids");
    const auto& mask = texts_.at("mask");
    const auto lengths = mask.sum(1);
    const auto order = lengths.argsort();
    for (std::int64_t begin = 0, end = 0; begin < order.size(0); begin = end) {
      std::int64_t longest = 0;
      while (end < order.size(0)) {
        const auto length = lengths[order[end].item<std::int64_t>()].item<std::int64_t>(); // ascending
        if (end > begin && length * (end + 1 - begin) > kTokensPerBatch) break;
        longest = length, ++end;
      }
      const auto rows = order.slice(0, begin, end);
      const auto batch = ids.index_select(0, rows).slice(1, 0, longest).to(device_);
      const auto real = mask.index_select(0, rows).slice(1, 0, longest).to(device_);
      text_encoder_->extract(Extraction::kCls, text_encoder_->hidden_states(batch, real), batch, real).cpu();
    }
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
  UNet2DCondition unet_{nullptr};
  DenseNet densenet_{nullptr};
  InceptionV3 inception_{nullptr};
  std::unique_ptr<TextEncoder> text_encoder_;
  std::optional<bench::UNetTraining> unet_training_;
  std::optional<bench::TextualInversion> inversion_;
  StateDict texts_;
};

} // namespace
} // namespace cxr

int main(int argc, char** argv) {
  cxr::keep_freed_memory();
  cxr::nn::keep_tensor_memory();
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
