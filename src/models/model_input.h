/// @file
/// From 8-bit images to what each network sees, as its own library prepares them.
#pragma once

#include <torch/types.h>

#include <string_view>

namespace cxr {

/// 8-bit images as [N,3,H,W] in [-1, 1]. @param images uint8 [N,H,W] or [N,H,W,3]
at::Tensor vae_input(const at::Tensor& images);

/// A decoded sample clamped to [-1, 1] and rounded to 8 bits. @param sample [N,3,H,W]  @return uint8 [N,H,W,3]
at::Tensor to_rgb8(const at::Tensor& sample);

/// Grey as it is stored and classified: the rounded mean of the three clamped channels before they are rounded.
/// @param sample [N,3,H,W]  @return uint8 [N,H,W]
at::Tensor to_grey8(const at::Tensor& sample);

/// Grey of 8-bit images: themselves, or the rounded mean of RGB. @param images uint8 [N,H,W] or [N,H,W,3]  @return uint8 [N,H,W]
at::Tensor grey_of(const at::Tensor& images);

/// How torchxrayvision shrinks: with antialiasing since January 2025 (version 1.3.4), without it when the paper was written.
enum class XrayResize { kAntialias, kPlain };

/// torchxrayvision's input: (2·x/255 - 1)·1024, the centre square, bilinear to resolution². @param images uint8 [N,H,W] or
/// [N,H,W,3]
/// @return float32 [N,1,resolution,resolution]
at::Tensor xray_input(const at::Tensor& images, std::int64_t resolution, XrayResize rule);

/// Which tool's preparation the Inception features follow.
enum class FidResize {
  kPytorchFid,    ///< x/255, bilinear without antialias, ·2 - 1
  kTorchFidelity, ///< TensorFlow 1's bilinear on 8-bit values, (x - 128)/128
  kCleanFid,      ///< Pillow's bicubic on floats a channel, clipped to [0, 255], (x - 128)/128
};

/// Inception's input. @param images uint8 [N,H,W] (three equal channels) or [N,H,W,3]  @return float32 [N,3,299,299]
at::Tensor fid_input(const at::Tensor& images, FidResize rule);

/// "pytorch-fid", "torch-fidelity", "clean-fid". @throws InputError
FidResize parse_fid_resize(std::string_view name);

} // namespace cxr
