#include "data_prep/paths.h"

#include "core/error.h"

namespace cxr {

namespace fs = std::filesystem;

void check_out(const fs::path& out) {
  if (fs::exists(out)) throw InputError(out.string(), "--out", "a name that is free", "a file of that name");
}

void check_root(const fs::path& root) {
  if (!fs::is_directory(root)) throw InputError(root.string(), "--root", "a folder", fs::exists(root) ? "a file" : "none");
}

} // namespace cxr
