#include "models/tiled_vae.h"

#include <functional>

#include "core/error.h"

namespace cxr {
namespace {

using Network = std::function<at::Tensor(const at::Tensor&)>;

/// How an image is cut: in its own pixels at the input, in the other's at the output.
struct Cut {
  std::int64_t size;   ///< side of a tile, at the input
  std::int64_t stride; ///< from tile to tile, at the input: three quarters of the side
  std::int64_t kept;   ///< the same at the output
  std::int64_t blend;  ///< the quarter that overlaps, at the output
};

/// Tiles as large as the images that the autoencoder was trained on, a multiple of 4 latent pixels so that quarters are whole.
/// @return of the latents, and of the image
std::pair<Cut, Cut> cuts_of(const AutoencoderKLOptions& options) {
  const auto quarter = std::max<std::int64_t>(options.sample_size / options.factor() / 4, 1), f = options.factor();
  const Cut latents{4 * quarter, 3 * quarter, 3 * quarter * f, quarter * f};
  return {latents, {4 * quarter * f, 3 * quarter * f, 3 * quarter, quarter}};
}

/// Fades from the end of `before` into the start of `tile`, in place, along `axis`.
void blend_into(const at::Tensor& tile, const at::Tensor& before, std::int64_t axis, std::int64_t extent) {
  extent = std::min({extent, tile.size(axis), before.size(axis)});
  std::vector<std::int64_t> shape(tile.dim(), 1);
  shape[axis] = extent;
  const auto weight = (at::arange(extent, tile.options().dtype(at::kFloat)) / extent).view(shape);
  const auto end = before.slice(axis, before.size(axis) - extent), start = tile.slice(axis, 0, extent);
  start.copy_(end * (1 - weight) + start * weight);
}

/// One row of tiles after the other; only the row above is kept beside the result.
at::Tensor in_tiles(const at::Tensor& input, const Cut& cut, const Network& network) {
  std::vector<at::Tensor> rows, above;
  for (std::int64_t y = 0; y < input.size(2); y += cut.stride) {
    std::vector<at::Tensor> row, parts;
    for (std::int64_t x = 0; x < input.size(3); x += cut.stride) {
      row.push_back(network(input.slice(2, y, y + cut.size).slice(3, x, x + cut.size)));
      if (!above.empty()) blend_into(row.back(), above[row.size() - 1], 2, cut.blend);
      if (row.size() > 1) blend_into(row.back(), row[row.size() - 2], 3, cut.blend);
      parts.push_back(row.back().slice(2, 0, cut.kept).slice(3, 0, cut.kept));
    }
    rows.push_back(at::cat(parts, 3));
    above = std::move(row);
  }
  return at::cat(rows, 2);
}

at::Tensor run(const at::Tensor& input, const Cut& cut, VaeTiling tiling, const Network& network) {
  if (tiling.slicing && input.size(0) > 1) {
    std::vector<at::Tensor> slices;
    for (const auto& slice : input.split(1)) slices.push_back(run(slice, cut, tiling, network));
    return at::cat(slices);
  }
  const bool larger = input.size(2) > cut.size || input.size(3) > cut.size;
  return tiling.tiling && larger ? in_tiles(input, cut, network) : network(input);
}

} // namespace

at::Tensor vae_encode(AutoencoderKL& vae, const at::Tensor& sample, VaeTiling tiling) {
  expects(sample.dim() == 4, "a sample is [N,3,H,W], got {} dimensions", sample.dim());
  return run(sample, cuts_of(vae->options()).second, tiling, [&vae](const at::Tensor& tile) { return vae->encode(tile); });
}

at::Tensor vae_decode(AutoencoderKL& vae, const at::Tensor& latents, VaeTiling tiling) {
  expects(latents.dim() == 4, "latents are [N,C,h,w], got {} dimensions", latents.dim());
  return run(latents, cuts_of(vae->options()).first, tiling, [&vae](const at::Tensor& tile) { return vae->decode(tile); });
}

} // namespace cxr
