#include "data/resize.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.h"

namespace cxr {
namespace {

void check(const at::Tensor& image) {
  expects(image.scalar_type() == at::kByte && image.dim() == 2 && image.numel() > 0, "resize: image is uint8 [H,W]");
}

at::Tensor scale(const at::Tensor& image, std::int64_t height, std::int64_t width) {
  if (image.size(0) == height && image.size(1) == width) return image.contiguous();
  // OpenCV averages areas only where both sides shrink. One that shrinks while the other grows is done by itself, first.
  const bool shrinks = height < image.size(0) || width < image.size(1);
  const bool grows = height > image.size(0) || width > image.size(1);
  if (shrinks && grows) {
    const auto smaller = scale(image, std::min(height, image.size(0)), std::min(width, image.size(1)));
    return scale(smaller, height, width);
  }
  const auto source = image.contiguous();
  auto result = at::empty({height, width}, at::kByte);
  const cv::Mat from(static_cast<int>(source.size(0)), static_cast<int>(source.size(1)), CV_8UC1, source.data_ptr());
  cv::Mat to(static_cast<int>(height), static_cast<int>(width), CV_8UC1, result.data_ptr());
  cv::resize(from, to, to.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return result;
}

at::Tensor central_square(const at::Tensor& image) {
  const auto height = image.size(0), width = image.size(1), side = std::min(height, width);
  return image.narrow(0, height / 2 - side / 2, side).narrow(1, width / 2 - side / 2, side); // as torchxrayvision's XRayCenterCrop
}

// A side scaled by numerator / denominator, rounded, at least one pixel.
std::int64_t scaled(std::int64_t side, std::int64_t numerator, std::int64_t denominator) {
  return std::max<std::int64_t>((side * numerator + denominator / 2) / denominator, 1);
}

at::Tensor fit_and_pad(const at::Tensor& image, std::int64_t size) {
  const auto longest = std::max(image.size(0), image.size(1));
  const auto height = scaled(image.size(0), size, longest), width = scaled(image.size(1), size, longest);
  auto square = at::zeros({size, size}, at::kByte);
  square.narrow(0, (size - height) / 2, height).narrow(1, (size - width) / 2, width).copy_(scale(image, height, width));
  return square;
}

} // namespace

ResizeRule resize_rule(const std::string& name) {
  if (name == "center-crop") return ResizeRule::kCenterCrop;
  if (name == "pad") return ResizeRule::kPad;
  if (name == "stretch") return ResizeRule::kStretch;
  throw InputError("--resize", "", "center-crop, pad or stretch", name);
}

std::string resize_rule_name(ResizeRule rule) {
  switch (rule) {
    case ResizeRule::kCenterCrop:
      return "center-crop";
    case ResizeRule::kPad:
      return "pad";
    case ResizeRule::kStretch:
      return "stretch";
  }
  throw LogicError("resize_rule_name: unknown rule");
}

at::Tensor resize_to_square(const at::Tensor& image, std::int64_t size, ResizeRule rule) {
  check(image);
  expects(size >= 1, "resize_to_square: size is at least 1, got {}", size);
  switch (rule) {
    case ResizeRule::kCenterCrop:
      return scale(central_square(image), size, size);
    case ResizeRule::kPad:
      return fit_and_pad(image, size);
    case ResizeRule::kStretch:
      return scale(image, size, size);
  }
  throw LogicError("resize_to_square: unknown rule");
}

at::Tensor limit_side(const at::Tensor& image, std::int64_t max_side) {
  check(image);
  expects(max_side >= kSideMultiple, "limit_side: max_side is at least {}, got {}", kSideMultiple, max_side);
  const auto longest = std::max(image.size(0), image.size(1)), limit = std::min(longest, max_side);
  const auto rounded = [&](std::int64_t side) {
    return std::max(scaled(side, limit, longest) / kSideMultiple * kSideMultiple, kSideMultiple);
  };
  return scale(image, rounded(image.size(0)), rounded(image.size(1)));
}

} // namespace cxr
