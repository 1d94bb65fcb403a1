#include "models/densenet.h"

#include "core/error.h"
#include "io/json.h"
#include "models/dense_block.h"

namespace cxr {

DenseNetOptions DenseNetOptions::read(const std::filesystem::path& path) {
  const JsonFile config(path);
  DenseNetOptions o;
  if (const auto arch = config.require<std::string>("arch"); !arch.starts_with("densenet"))
    config.refuse("arch", "densenet…", arch);
  o.growth_rate = config.get_or("growth_rate", o.growth_rate);
  o.block_config = config.get_or("block_config", o.block_config);
  o.num_init_features = config.get_or("num_init_features", o.num_init_features);
  o.bn_size = config.get_or("bn_size", o.bn_size);
  o.in_channels = config.get_or("in_channels", o.in_channels);
  o.num_classes = config.get_or("num_classes", o.num_classes);
  o.input_resolution = config.get_or("input_resolution", o.input_resolution);
  o.pathologies = config.require<std::vector<std::string>>("pathologies");
  if (config.has("op_threshs")) {
    for (const auto& threshold : config.root().at("op_threshs"))
      o.op_threshs.push_back(threshold.is_number() ? threshold.get<double>() : NAN);
  }

  const auto positive = [&](const char* field, std::int64_t value) {
    if (value < 1 || value > 4096) config.refuse(field, "1 to 4096", fmt::format("{}", value));
  };
  positive("growth_rate", o.growth_rate);
  positive("num_init_features", o.num_init_features);
  positive("bn_size", o.bn_size);
  positive("num_classes", o.num_classes);
  positive("input_resolution", o.input_resolution);
  if (o.in_channels != 1) config.refuse("in_channels", "1", fmt::format("{}", o.in_channels));
  if (o.block_config.empty() || o.block_config.size() > 8)
    config.refuse("block_config", "1 to 8 numbers", fmt::format("{}", o.block_config.size()));
  for (auto layers : o.block_config) positive("block_config", layers);
  const auto classes = fmt::format("{} entries", o.num_classes);
  if (std::ssize(o.pathologies) != o.num_classes) config.refuse("pathologies", classes, fmt::format("{}", o.pathologies.size()));
  if (!o.op_threshs.empty() && std::ssize(o.op_threshs) != o.num_classes) {
    config.refuse("op_threshs", classes, fmt::format("{}", o.op_threshs.size()));
  }
  return o;
}

DenseNetFeaturesImpl::DenseNetFeaturesImpl(const DenseNetOptions& o)
    : channels_(o.num_init_features),
      conv0(register_module(
          "conv0",
          nn::Conv2d(nn::Conv2dOptions(o.in_channels, o.num_init_features, 7).with_stride(2).with_padding(3).without_bias()))),
      norm0(register_module("norm0", nn::BatchNorm(o.num_init_features))) {
  for (std::size_t i = 0; i < o.block_config.size(); ++i) {
    blocks_.push_back(register_module(fmt::format("denseblock{}", i + 1),
                                      std::make_shared<DenseBlockImpl>(o.block_config[i], channels_, o.growth_rate, o.bn_size)));
    channels_ += o.block_config[i] * o.growth_rate;
    if (i + 1 == o.block_config.size()) break;
    transitions_.push_back(
        register_module(fmt::format("transition{}", i + 1), std::make_shared<TransitionImpl>(channels_, channels_ / 2)));
    channels_ /= 2;
  }
  norm5 = register_module("norm5", nn::BatchNorm(channels_));
}

at::Tensor DenseNetFeaturesImpl::forward(const at::Tensor& images) {
  auto x = folded0_(*conv0, *norm0, images); // [N,64,R/2,R/2]
  x = at::max_pool2d(x, 3, 2, 1);            // [N,64,R/4,R/4]
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i]->forward(x);
    if (i < transitions_.size()) x = transitions_[i]->forward(x);
  }
  return norm5->forward_relu(x); // [N,1024,R/32,R/32]
}

DenseNetImpl::DenseNetImpl(DenseNetOptions options)
    : options_(std::move(options)), features_(register_module("features", DenseNetFeatures(options_))) {
  classifier = register_module("classifier", nn::Linear(features_->channels(), options_.num_classes));
  op_threshs = register_buffer("op_threshs", at::full({options_.num_classes}, NAN));
  for (std::size_t i = 0; i < options_.op_threshs.size(); ++i) op_threshs[static_cast<std::int64_t>(i)] = options_.op_threshs[i];
}

at::Tensor DenseNetImpl::features(const at::Tensor& images) {
  expects(images.dim() == 4 && images.size(1) == options_.in_channels, "DenseNet: images are [N,{},R,R], got {} dimensions",
          options_.in_channels, images.dim());
  return features_(images).mean({2, 3});
}

at::Tensor DenseNetImpl::calibrate(const at::Tensor& scores) const {
  const auto p = scores.to(at::kFloat), t = op_threshs.to(scores.device(), at::kFloat).unsqueeze(0); // [N,K], [1,K]
  const auto calibrated = at::where(p < t, p / (2 * t), 1 - (1 - p) / (2 * (1 - t)));
  return at::where(t.isnan(), at::full_like(p, 0.5), calibrated);
}

} // namespace cxr
