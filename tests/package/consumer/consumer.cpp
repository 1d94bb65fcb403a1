// A program of someone else's: writes a safetensors file through the installed library and reads it again.
#include <ATen/ATen.h>

#include "io/safetensors.h"

#include <cstdio>

int main(int, char** arguments) {
  const at::Tensor written = at::arange(6, at::kFloat).view({2, 3});
  cxr::write_safetensors(arguments[1], {{"ramp", written}});
  const cxr::StateDict read = cxr::read_safetensors(arguments[1]);
  const bool equal = read.size() == 1 && at::equal(read.at("ramp"), written);
  std::puts(equal ? "read back what was written" : "the tensor changed on its way");
  return equal ? 0 : 1;
}
