/// @file
/// Takes the real tokens out of a padded batch and puts their states back.
#pragma once

#include "nn/token_attention.h"

namespace cxr::nn {

class TokenPacking {
 public:
  /// @param shape [B,L]  @param mask int64 or bool [B,L], not 0 for real tokens, wherever they lie; undefined: all are
  TokenPacking(at::IntArrayRef shape, const at::Tensor& mask, bool causal = false);

  /// @param x [B,L,...]  @return [T,...], the real tokens text after text
  at::Tensor pack(const at::Tensor& x) const;
  /// @param x [T,...]  @return [B,L,...], zero at padding
  at::Tensor unpack(const at::Tensor& x) const;
  const Sequences& sequences() const { return sequences_; }

 private:
  std::int64_t batch_, length_;
  at::Tensor real_; ///< int64 [T]: where the real tokens lie in [B·L]; undefined if all are
  Sequences sequences_;
};

} // namespace cxr::nn
