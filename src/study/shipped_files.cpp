#include "study/shipped_files.h"

namespace cxr::study {
namespace fs = std::filesystem;

fs::path shipped(const fs::path& name) {
  std::error_code none;
  const auto program = fs::read_symlink("/proc/self/exe", none);
  const auto installed = program.parent_path().parent_path() / CXR_DATA_FOLDER / name;
  return fs::exists(installed, none) ? installed : fs::path(CXR_SOURCE_DIR) / name;
}

} // namespace cxr::study
