#include "data_prep/paths.h"

#include "core/error.h"
#include "dist/communicator.h"

namespace cxr {

namespace fs = std::filesystem;

void check_out(const fs::path& out) {
  if (world().is_root() && fs::exists(out)) throw InputError(out.string(), "--out", "a name that is free", "a file of that name");
  world().barrier(); // a rank that came later would find what rank 0 has written by then
}

void check_root(const fs::path& root) {
  if (!fs::is_directory(root)) throw InputError(root.string(), "--root", "a folder", fs::exists(root) ? "a file" : "none");
}

} // namespace cxr
