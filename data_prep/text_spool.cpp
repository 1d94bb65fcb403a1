#include "data_prep/text_spool.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "core/atomic_file.h"
#include "core/descriptors.h"
#include "core/error.h"

namespace cxr {
namespace {

constexpr std::size_t kBufferBytes = 4 << 20;

struct Header {
  std::uint32_t id_bytes, text_bytes;
};

[[noreturn]] void fail(const std::filesystem::path& folder, const char* action) {
  throw std::system_error(errno, std::generic_category(), fmt::format("{}: cannot {} a temporary file", folder.string(), action));
}

} // namespace

TextSpool::TextSpool(const std::filesystem::path& beside) : folder_(std::filesystem::absolute(beside).parent_path()) {
  const auto name = temporary_name(beside.string() + ".spool");
  file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file_ < 0) fail(folder_, "make");
  ::unlink(name.c_str());
}

TextSpool::~TextSpool() { ::close(file_); }

std::uint64_t TextSpool::append(std::string_view id, std::string_view text) {
  const auto at = written_ + pending_.size();
  const Header header{static_cast<std::uint32_t>(id.size()), static_cast<std::uint32_t>(text.size())};
  pending_.append(reinterpret_cast<const char*>(&header), sizeof(header));
  pending_.append(id).append(text);
  if (pending_.size() >= kBufferBytes) flush();
  return at;
}

void TextSpool::flush() {
  if (!descriptors::write_all(file_, pending_)) fail(folder_, "write");
  written_ += pending_.size();
  pending_.clear();
}

std::string_view TextSpool::window(std::uint64_t at, std::size_t count) {
  if (at < window_begin_ || at + count > window_begin_ + window_.size()) {
    window_begin_ = at;
    window_.resize(std::max(count, kBufferBytes));
    std::size_t got = 0;
    while (got < window_.size()) {
      const auto more = ::pread(file_, window_.data() + got, window_.size() - got, static_cast<off_t>(at + got));
      if (more < 0) fail(folder_, "read");
      if (more == 0) break;
      got += static_cast<std::size_t>(more);
    }
    window_.resize(got);
  }
  expects(at + count <= window_begin_ + window_.size(), "TextSpool: nothing was kept at {}", at);
  return std::string_view(window_).substr(at - window_begin_, count);
}

TextSpool::Entry TextSpool::read(std::uint64_t at) {
  if (!pending_.empty()) flush();
  Header header{};
  std::memcpy(&header, window(at, sizeof(header)).data(), sizeof(header));
  const auto bytes = window(at, sizeof(header) + header.id_bytes + header.text_bytes).substr(sizeof(header));
  return {std::string(bytes.substr(0, header.id_bytes)), std::string(bytes.substr(header.id_bytes))};
}

} // namespace cxr
