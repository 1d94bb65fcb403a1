#include "models/inception_v3.h"

#include "core/error.h"

namespace cxr {
namespace {

nn::Conv2dOptions conv(std::int64_t in, std::int64_t out, std::int64_t kernel) { return {in, out, kernel}; }

} // namespace

InceptionV3Impl::InceptionV3Impl()
    : Conv2d_1a_3x3(register_module("Conv2d_1a_3x3", BasicConv2d(conv(3, 32, 3).with_stride(2)))),
      Conv2d_2a_3x3(register_module("Conv2d_2a_3x3", BasicConv2d(conv(32, 32, 3)))),
      Conv2d_2b_3x3(register_module("Conv2d_2b_3x3", BasicConv2d(conv(32, 64, 3).with_padding(1)))),
      Conv2d_3b_1x1(register_module("Conv2d_3b_1x1", BasicConv2d(conv(64, 80, 1)))),
      Conv2d_4a_3x3(register_module("Conv2d_4a_3x3", BasicConv2d(conv(80, 192, 3)))),
      Mixed_5b(register_module("Mixed_5b", InceptionA(192, 32))),
      Mixed_5c(register_module("Mixed_5c", InceptionA(256, 64))),
      Mixed_5d(register_module("Mixed_5d", InceptionA(288, 64))),
      Mixed_6a(register_module("Mixed_6a", InceptionB(288))),
      Mixed_6b(register_module("Mixed_6b", InceptionC(768, 128))),
      Mixed_6c(register_module("Mixed_6c", InceptionC(768, 160))),
      Mixed_6d(register_module("Mixed_6d", InceptionC(768, 160))),
      Mixed_6e(register_module("Mixed_6e", InceptionC(768, 192))),
      Mixed_7a(register_module("Mixed_7a", InceptionD(768))),
      Mixed_7b(register_module("Mixed_7b", InceptionE(1280, InceptionEImpl::Pool::kAverage))),
      Mixed_7c(register_module("Mixed_7c", InceptionE(2048, InceptionEImpl::Pool::kMax))),
      fc(register_module("fc", nn::Linear(2048, 1008))) {}

std::map<std::int64_t, at::Tensor> InceptionV3Impl::features(const at::Tensor& images, const std::vector<std::int64_t>& taps) {
  expects(images.dim() == 4 && images.size(1) == 3, "InceptionV3: images are [N,3,H,W], got {} dimensions", images.dim());
  std::map<std::int64_t, at::Tensor> out;
  const auto last = *std::max_element(taps.begin(), taps.end());
  // Keeps x's average if tap `channels` is asked for; false when it was the last.
  const auto tap = [&](std::int64_t channels, const at::Tensor& x) {
    if (std::find(taps.begin(), taps.end(), channels) != taps.end()) out[channels] = x.to(at::kFloat).mean({2, 3});
    return channels < last;
  };

  auto x = at::max_pool2d(Conv2d_2b_3x3(Conv2d_2a_3x3(Conv2d_1a_3x3(images))), 3, 2); // [N,64,73,73]
  if (!tap(64, x)) return out;
  x = at::max_pool2d(Conv2d_4a_3x3(Conv2d_3b_1x1(x)), 3, 2); // [N,192,35,35]
  if (!tap(192, x)) return out;
  x = Mixed_6a(Mixed_5d(Mixed_5c(Mixed_5b(x)))); // [N,768,17,17]
  x = Mixed_6e(Mixed_6d(Mixed_6c(Mixed_6b(x))));
  if (!tap(768, x)) return out;
  x = Mixed_7c(Mixed_7b(Mixed_7a(x))); // [N,2048,8,8]
  tap(2048, x);
  return out;
}

bool has_part_in(std::int64_t tap, const std::string& key) {
  if (key.starts_with("Conv2d_1a") || key.starts_with("Conv2d_2")) return true;
  if (key.starts_with("Conv2d_")) return tap >= 192;
  if (key.starts_with("Mixed_5") || key.starts_with("Mixed_6")) return tap >= 768;
  return key.starts_with("Mixed_7") && tap >= 2048;
}

} // namespace cxr
