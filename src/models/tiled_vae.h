/// @file
/// The autoencoder on images too large for memory: one image at a time, and in overlapping tiles whose seams are blended
/// (diffusers' AutoencoderKL with enable_slicing() and enable_tiling(); its tile sizes, its overlap of a quarter, its linear
/// blend).
#pragma once

#include "models/autoencoder_kl.h"

namespace cxr {

struct VaeTiling {
  bool slicing = false; ///< one image at a time
  bool tiling = false;  ///< in tiles of the autoencoder's sample_size; an image of that size or smaller is one tile
};

/// AutoencoderKL::encode(), in slices and tiles. A tile does not see beyond its edge (nor do its norms and its attention), so the
/// result of tiling differs a little from that of the whole.
at::Tensor vae_encode(AutoencoderKL& vae, const at::Tensor& sample, VaeTiling tiling);
/// AutoencoderKL::decode(), in slices and tiles.
at::Tensor vae_decode(AutoencoderKL& vae, const at::Tensor& latents, VaeTiling tiling);

} // namespace cxr
