#include "models/model_input.h"

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::int64_t kInceptionSize = 299;

// uint8 [N,H,W] or [N,H,W,3] → float32 [N,3,H,W], 0 … 255; grey becomes equal channels without a copy.
at::Tensor three_channels(const at::Tensor& images) {
  expects(images.scalar_type() == at::kByte && (images.dim() == 3 || (images.dim() == 4 && images.size(3) == 3)),
          "images are uint8 [N,H,W] or [N,H,W,3], got {} dimensions of {}", images.dim(), c10::toString(images.scalar_type()));
  const auto x = images.to(at::kFloat);
  if (x.dim() == 4) return x.permute({0, 3, 1, 2});
  return x.unsqueeze(1).expand({x.size(0), 3, x.size(1), x.size(2)});
}

at::Tensor to_bytes(const at::Tensor& x) { return x.round_().to(at::kByte); }

// TensorFlow 1's resize_bilinear along one axis (align_corners false, half_pixel_centers false): sample i reads i · in/out.
at::Tensor tensorflow_bilinear(const at::Tensor& x, std::int64_t axis, std::int64_t size) {
  const auto in = x.size(axis);
  const auto position = at::arange(size, at::kFloat) * (static_cast<float>(in) / static_cast<float>(size));
  const auto low = position.floor();
  const auto weight = position - low;
  std::vector<std::int64_t> along(x.dim(), 1);
  along[axis] = size;
  const auto low_index = low.to(at::kLong);
  const auto high_index = (low_index + 1).clamp_max(in - 1);
  const auto a = x.index_select(axis, low_index), b = x.index_select(axis, high_index);
  return a + (b - a) * weight.view(along);
}

} // namespace

at::Tensor vae_input(const at::Tensor& images) {
  return (three_channels(images) / 127.5 - 1).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor to_rgb8(const at::Tensor& sample) {
  return to_bytes((sample.to(at::kFloat).clamp(-1, 1) + 1) * 127.5).permute({0, 2, 3, 1}).contiguous();
}

at::Tensor to_grey8(const at::Tensor& sample) { return to_bytes((sample.to(at::kFloat).clamp(-1, 1).mean(1) + 1) * 127.5); }

at::Tensor grey_of(const at::Tensor& images) { return images.dim() == 3 ? images : to_bytes(images.to(at::kFloat).mean(3)); }

at::Tensor xray_input(const at::Tensor& images, std::int64_t resolution, XrayResize rule) {
  const auto grey = grey_of(images).to(at::kFloat); // [N,H,W]
  const auto side = std::min(grey.size(1), grey.size(2));
  const auto top = (grey.size(1) - side) / 2, left = (grey.size(2) - side) / 2; // the library's integer halves
  const auto x = ((2 * (grey / 255) - 1) * 1024).slice(1, top, top + side).slice(2, left, left + side).unsqueeze(1); // [N,1,s,s]
  if (side == resolution) return x.contiguous();
  const std::array<std::int64_t, 2> size = {resolution, resolution};
  if (rule == XrayResize::kAntialias) return at::_upsample_bilinear2d_aa(x, size, /*align_corners=*/false);
  return at::upsample_bilinear2d(x, size, /*align_corners=*/false);
}

at::Tensor fid_input(const at::Tensor& images, FidResize rule) {
  const auto x = three_channels(images).contiguous(); // [N,3,H,W], 0 … 255
  const std::array<std::int64_t, 2> size = {kInceptionSize, kInceptionSize};
  switch (rule) {
    case FidResize::kPytorchFid:
      return at::upsample_bilinear2d(x / 255, size, /*align_corners=*/false) * 2 - 1;
    case FidResize::kTorchFidelity:
      return (tensorflow_bilinear(tensorflow_bilinear(x, 2, kInceptionSize), 3, kInceptionSize) - 128) / 128;
    case FidResize::kCleanFid:
      return (at::_upsample_bicubic2d_aa(x, size, /*align_corners=*/false).clamp(0, 255) - 128) / 128;
  }
  throw LogicError("fid_input: no such rule");
}

FidResize parse_fid_resize(std::string_view name) {
  if (name == "pytorch-fid") return FidResize::kPytorchFid;
  if (name == "torch-fidelity") return FidResize::kTorchFidelity;
  if (name == "clean-fid") return FidResize::kCleanFid;
  throw InputError("--resize", "", "pytorch-fid, torch-fidelity or clean-fid", std::string(name));
}

} // namespace cxr
