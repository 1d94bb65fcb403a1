/// @file
/// torchxrayvision's DenseNet (Cohen et al. 2022; Huang et al. 2017), with the library's key names, thresholds and features.
#pragma once

#include <torch/nn/modules/container/modulelist.h>

#include <filesystem>

#include "nn/batch_norm.h"
#include "nn/linear.h"

namespace cxr {

/// The fields of a classifier folder's config.json. Defaults are DenseNet-121's.
struct DenseNetOptions {
  std::int64_t growth_rate = 32;
  std::vector<std::int64_t> block_config = {6, 12, 24, 16};
  std::int64_t num_init_features = 64, bn_size = 4, in_channels = 1, num_classes = 18;
  std::int64_t input_resolution = 224;
  std::vector<std::string> pathologies; ///< one a class, '' where untrained
  std::vector<double> op_threshs;       ///< if the configuration rather than the weights holds them

  /// @throws InputError for a field that is absent, of a wrong type or out of range
  static DenseNetOptions read(const std::filesystem::path& config);
};

class DenseBlockImpl;
class TransitionImpl;

/// `features`: conv0, norm0, denseblock1, transition1, …, norm5.
class DenseNetFeaturesImpl : public torch::nn::Module {
 public:
  explicit DenseNetFeaturesImpl(const DenseNetOptions& options);
  /// @param images [N,1,R,R] on [-1024, 1024]  @return relu(norm5(…)) [N,C,R/32,R/32]
  at::Tensor forward(const at::Tensor& images);
  std::int64_t channels() const { return channels_; }

 private:
  std::int64_t channels_;
  nn::Conv2d conv0{nullptr};
  nn::BatchNorm norm0{nullptr}, norm5{nullptr};
  nn::FoldedConv folded0_;
  std::vector<std::shared_ptr<DenseBlockImpl>> blocks_;
  std::vector<std::shared_ptr<TransitionImpl>> transitions_;
};
TORCH_MODULE(DenseNetFeatures);

/// Keys: features, classifier, op_threshs [num_classes].
class DenseNetImpl : public torch::nn::Module {
 public:
  explicit DenseNetImpl(DenseNetOptions options);

  /// ReLU and average over space of the last layer (the library's features2). @param images [N,1,R,R]  @return [N,C]
  at::Tensor features(const at::Tensor& images);
  /// The linear classifier. @param features [N,C]  @return logits [N,num_classes]
  at::Tensor logits(const at::Tensor& features) { return classifier(features); }

  /// Operating-point normalisation (the library's op_norm): p < t → p / 2t, else 1 - (1 - p) / 2(1 - t); a NaN threshold gives 0.5.
  /// @param scores [N,num_classes] after the sigmoid
  at::Tensor calibrate(const at::Tensor& scores) const;

  const DenseNetOptions& options() const { return options_; }
  /// C of features().
  std::int64_t feature_count() const { return features_->channels(); }

 private:
  DenseNetOptions options_;
  DenseNetFeatures features_{nullptr};
  nn::Linear classifier{nullptr};
  at::Tensor op_threshs;
};
TORCH_MODULE(DenseNet);

} // namespace cxr
