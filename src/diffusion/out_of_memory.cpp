#include "diffusion/out_of_memory.h"

#include <new>
#include <stdexcept>

namespace cxr {
namespace {

[[noreturn]] void advise(const std::string& what, std::string_view advice, std::string_view said) {
  throw std::runtime_error(fmt::format("out of memory while {}: {} ({})", what, advice, said.substr(0, said.find('\n'))));
}

// The host's allocator throws an error of no class of its own, and oneDNN says that it could not allocate.
bool ran_out_of_memory(std::string_view said) {
  return said.find("DefaultCPUAllocator") != std::string_view::npos || said.find("allocate memory") != std::string_view::npos ||
         said.find("out of memory") != std::string_view::npos;
}

} // namespace

void rethrow_with_memory_advice(const std::string& what, std::string_view advice) {
  try {
    throw;
  } catch (const c10::OutOfMemoryError& error) {
    advise(what, advice, error.what_without_backtrace());
  } catch (const c10::Error& error) {
    if (!ran_out_of_memory(error.what_without_backtrace())) throw;
    advise(what, advice, error.what_without_backtrace());
  } catch (const std::bad_alloc& error) {
    advise(what, advice, error.what());
  }
}

} // namespace cxr
