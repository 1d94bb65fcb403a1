#include "nn/activation.h"

#include "core/error.h"

namespace cxr::nn {

at::Tensor activate(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kGelu:
      return at::gelu(x);
    case Activation::kGeluTanh:
      return at::gelu(x, "tanh");
    case Activation::kQuickGelu:
      return x * at::sigmoid(kQuickGeluScale * x);
    case Activation::kRelu:
      return at::relu(x);
  }
  throw LogicError("activate: no such activation");
}

} // namespace cxr::nn
