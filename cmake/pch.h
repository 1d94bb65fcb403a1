// What nearly every file of the library includes: the tensor interface, the standard containers, formatting.
// Not torch/torch.h or torch/nn.h: a file pays two seconds for each, even precompiled, since the compiler instantiates at the
// end of every file whatever inline code in them asks for.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
