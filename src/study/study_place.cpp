#include "study/study_place.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

#include "core/error.h"

namespace cxr::study {
namespace fs = std::filesystem;

std::string link_to_nothing(const fs::path& path) {
  std::error_code error;
  const auto target = fs::read_symlink(path, error);
  return target.empty() || fs::exists(path, error) ? "" : fmt::format("a link to {}, which does not exist", target.string());
}

void check_place(const fs::path& folder) {
  const auto refuse = [&](const std::string& found) {
    throw InputError(folder.string(), "", "a study's folder, or a new one", found);
  };
  std::error_code error;
  const auto status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found) {
    if (const auto link = link_to_nothing(folder); !link.empty()) refuse(link);
    return;
  }
  if (status.type() == fs::file_type::none) refuse(error.message()); // "Permission denied", "Too many levels of symbolic links"
  if (!fs::is_directory(status)) refuse("a file");
}

void make_place(const fs::path& folder) {
  check_place(folder);
  const auto refuse = [&](const std::string& found) {
    throw InputError(folder.string(), "", "a folder that can be written", found);
  };
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) refuse(error.message());
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
    refuse(std::strerror(errno)); // "Read-only file system", "Permission denied"
}

} // namespace cxr::study
