#include "core/error.h"
#include "fuzz/touch.h"
#include "io/torch_pickle.h"
#include "support/pickle_text.h"

using namespace cxr;

/// A whole archive; or, where it does not start like one, a pickle alone, around which an archive is made: its CRC would keep
/// nearly every mutation of a pickle from the machine that reads it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  if (!file.starts_with("PK")) file = test::pickle::archive(file);
  try {
    test::touch(parse_torch_pickle(test::memory_file(file)));
  } catch (const InputError&) {
    // What hostile bytes deserve; any other exception ends the run.
  }
  return 0;
}
