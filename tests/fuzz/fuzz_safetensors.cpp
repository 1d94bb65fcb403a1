#include "core/error.h"
#include "fuzz/touch.h"
#include "io/safetensors.h"
#include "support/memory_file.h"

using namespace cxr;

/// A whole file; or, from a brace on, a header alone, to which the length that fits and 64 bytes of data are added, since few
/// mutations of a length that no longer fits get any further.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  if (file.starts_with('{')) file = test::bytes_of<std::uint64_t>(size) + file + std::string(64, '\x5a');
  try {
    std::map<std::string, std::string> metadata;
    test::touch(parse_safetensors(test::memory_file(file), &metadata));
  } catch (const InputError&) {
    // What hostile bytes deserve; any other exception ends the run.
  }
  return 0;
}
