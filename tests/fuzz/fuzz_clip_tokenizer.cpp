#include "tokenizer_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static cxr::test::TokenizerTarget target("clip", "clip_json");
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
