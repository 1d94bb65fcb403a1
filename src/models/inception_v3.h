/// @file
/// The Inception-V3 of the Fréchet inception distance (Heusel et al. 2017), with pytorch-fid's key names: torchvision's
/// network with 1008 classes and no auxiliary head, averages that leave padding out, and a max pool in Mixed_7c.
#pragma once

#include <functional>

#include "models/inception_blocks.h"

namespace cxr {

/// Channel counts of the four taps: after the first and the second max pool, before Mixed_7a, after Mixed_7c.
inline constexpr std::array<std::int64_t, 4> kInceptionTaps = {64, 192, 768, 2048};

/// Keys: Conv2d_1a_3x3, …, Mixed_7c, fc (loaded for strictness; unused).
class InceptionV3Impl : public torch::nn::Module {
 public:
  InceptionV3Impl();

  /// Features at each asked tap, averaged over space. @param images [N,3,299,299] in [-1, 1]  @param taps of kInceptionTaps
  /// @return tap → [N,tap]
  std::map<std::int64_t, at::Tensor> features(const at::Tensor& images, const std::vector<std::int64_t>& taps);

 private:
  BasicConv2d Conv2d_1a_3x3{nullptr}, Conv2d_2a_3x3{nullptr}, Conv2d_2b_3x3{nullptr}, Conv2d_3b_1x1{nullptr},
      Conv2d_4a_3x3{nullptr};
  InceptionA Mixed_5b{nullptr}, Mixed_5c{nullptr}, Mixed_5d{nullptr};
  InceptionB Mixed_6a{nullptr};
  InceptionC Mixed_6b{nullptr}, Mixed_6c{nullptr}, Mixed_6d{nullptr}, Mixed_6e{nullptr};
  InceptionD Mixed_7a{nullptr};
  InceptionE Mixed_7b{nullptr}, Mixed_7c{nullptr};
  nn::Linear fc{nullptr};
};
TORCH_MODULE(InceptionV3);

/// Whether the features at `tap` depend on the weight of this key.
bool has_part_in(std::int64_t tap, const std::string& key);

} // namespace cxr
