#include "diffusion/prediction.h"

#include "core/error.h"

namespace cxr {

at::Tensor predicted_original(Prediction prediction, const at::Tensor& output, const at::Tensor& sample, SignalAndNoise at) {
  switch (prediction) {
    case Prediction::kEpsilon:
      return (sample - at.noise * output) / at.signal;
    case Prediction::kSample:
      return output;
    case Prediction::kVelocity:
      return at.signal * sample - at.noise * output;
  }
  throw LogicError("predicted_original: no such prediction");
}

at::Tensor predicted_noise(Prediction prediction, const at::Tensor& output, const at::Tensor& sample, SignalAndNoise at) {
  switch (prediction) {
    case Prediction::kEpsilon:
      return output;
    case Prediction::kSample:
      return (sample - at.signal * output) / at.noise;
    case Prediction::kVelocity:
      return at.signal * output + at.noise * sample;
  }
  throw LogicError("predicted_noise: no such prediction");
}

} // namespace cxr
