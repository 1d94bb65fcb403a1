/// @file
/// From what lies along the rays to an 8-bit picture: absorption, scatter, noise, the processing of a digital radiograph.
#pragma once

#include <cstdint>
#include <vector>

#include "data_prep/phantom/scene.h"

namespace cxr::phantom {

/// The radiograph of a scene, grey values row by row, bone bright. Draws exposure, collimation and marker from the scene's
/// generator.
std::vector<std::uint8_t> expose(Scene& scene);

} // namespace cxr::phantom
