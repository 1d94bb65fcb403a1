#include "io/gzip_file.h"

#include <zlib.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::size_t kLargest = std::size_t{2} << 30; // bytes: what a hostile gzip stream may grow to
constexpr std::size_t kBlock = std::size_t{1} << 20;

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};
using GzipFile = std::unique_ptr<gzFile_s, CloseGzip>;

GzipFile open(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw InputError(path.string(), "", "a file", "a folder");
  errno = 0;
  GzipFile file(gzopen(path.c_str(), "rb"));
  if (!file) throw InputError(path.string(), "", "a readable file", errno ? std::strerror(errno) : "none");
  gzbuffer(file.get(), kBlock);
  return file;
}

} // namespace

std::string read_whole_file(const std::filesystem::path& path) {
  const auto file = open(path);
  std::error_code ignored;
  const auto size_on_disk = std::filesystem::file_size(path, ignored);
  std::string content;
  std::size_t size = 0;
  // One block more than the file has: a plain file is then read without ever growing the buffer.
  content.resize(ignored ? kBlock : std::min<std::size_t>(size_on_disk, kLargest) + 1);
  for (;;) {
    const int count =
        gzread(file.get(), content.data() + size, static_cast<unsigned>(std::min(content.size() - size, kLargest / 2)));
    if (count < 0) break;
    if (count == 0) {
      int status = Z_OK;
      gzerror(file.get(), &status); // a stream that is cut off ends like a whole one, but for this
      if (status != Z_OK && status != Z_STREAM_END) break;
      if (size == 0) throw InputError(path.string(), "", "a file with content", "an empty file");
      content.resize(size);
      return content;
    }
    size += static_cast<std::size_t>(count);
    if (size > kLargest) throw InputError(path.string(), "", "at most 2 GiB", "more");
    if (size == content.size()) content.resize(size * 2);
  }
  int status = Z_OK;
  const std::string message = gzerror(file.get(), &status);
  throw InputError(path.string(), "", "a readable file or a whole gzip stream", status == Z_ERRNO ? std::strerror(errno) : message);
}

} // namespace cxr
