// What nearly every file of the library includes: the tensor interface and the standard containers.
// torch/torch.h (autograd modules) is included once here, since parsing it costs 20 s a file.
#pragma once

#include <torch/torch.h>

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
