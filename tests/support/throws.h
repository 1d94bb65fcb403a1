/// @file
/// What an exception says.
#pragma once

#include <exception>
#include <string>

namespace cxr::test {

/// The message of the exception of type E that `call` throws; "no exception" if it throws none.
template <typename E, typename Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "no exception";
}

} // namespace cxr::test
