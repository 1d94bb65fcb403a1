/// @file
/// Reading and resizing images on several threads.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data_prep/source.h"

namespace cxr {

struct DecodedImage {
  at::Tensor image; ///< uint8 [H,W]; undefined if it could not be read
  ReportText text;
  std::string failure; ///< why it could not be read; empty if it was
};

/// Reads `items` in their order. @param resize what is done to each image  @param threads at least 1
std::vector<DecodedImage> decode(const Source& source, std::span<const SourceItem> items,
                                 const std::function<at::Tensor(const at::Tensor&)>& resize, int threads);

} // namespace cxr
