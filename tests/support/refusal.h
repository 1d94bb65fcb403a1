/// @file
/// What bad input is told.
#pragma once

#include <string>

#include "core/error.h"

namespace cxr::test {

/// The message of the InputError that `action` throws; other exceptions pass.
template <typename Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing was refused";
}

} // namespace cxr::test
