#include "io/tar_file.h"

#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "core/error.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBlock = 512;
constexpr std::size_t kWindow = 4096;                      // bytes read at a time: a header, a caption and the next header
constexpr std::uint64_t kLargest = std::uint64_t{1} << 30; // bytes of a member that is read
constexpr std::uint64_t kLongestName = 1 << 20;            // bytes of a GNU long name or a pax header

std::uint64_t rounded(std::uint64_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

// A field up to its first zero byte.
std::string_view text_field(std::string_view block, std::size_t at, std::size_t size) {
  const auto field = block.substr(at, size);
  return field.substr(0, field.find('\0'));
}

// Octal digits between blanks; or, where the first bit is set, a big-endian number (GNU's for 8 GiB and more).
std::optional<std::uint64_t> number_field(std::string_view block, std::size_t at, std::size_t size) {
  auto field = block.substr(at, size);
  std::uint64_t value = 0;
  if (static_cast<unsigned char>(field[0]) & 0x80) {
    for (const char c : field.substr(field.size() - 8)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  field = text_field(field, 0, field.size());
  const auto begin = field.find_first_not_of(' ');
  if (begin == field.npos) return 0;
  field = field.substr(begin, field.find_last_not_of(' ') + 1 - begin);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, 8);
  return error == std::errc() && end == field.data() + field.size() ? std::optional(value) : std::nullopt;
}

// The sum of a header's bytes, its own field read as blanks.
std::uint64_t checksum(std::string_view block) {
  std::uint64_t sum = 8 * std::uint64_t{' '};
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(block[i]);
  }
  return sum;
}

// The value of a pax record "LENGTH KEY=VALUE\n"; empty if there is none.
std::string_view pax_value(std::string_view records, std::string_view key) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc() || length <= digits + 1 || length > records.size()) return {};
    const auto record = records.substr(digits + 1, length - digits - 2);
    if (record.starts_with(key) && record.substr(key.size()).starts_with('=')) return record.substr(key.size() + 1);
    records.remove_prefix(length);
  }
  return {};
}

} // namespace

/// An open file, read through a small window.
struct TarFile::Bytes {
  fs::path path;
  int file = -1;
  std::uint64_t size = 0;
  std::string window;
  std::uint64_t begin = 0; ///< of the window, in the file

  explicit Bytes(const fs::path& given) : path(given) {
    std::error_code error;
    if (fs::is_directory(path, error)) throw InputError(path.string(), "", "a tar archive", "a folder");
    file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw InputError(path.string(), "", "a tar archive", std::strerror(errno));
    size = fs::file_size(path, error);
    ::posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM); // no reading ahead into what is skipped
  }
  ~Bytes() { ::close(file); }

  // Bytes [at, at + count), fewer at the end of the file.
  std::string read(std::uint64_t at, std::size_t count) const {
    std::string bytes(count, '\0');
    std::size_t got = 0;
    while (got < count) {
      const auto more = ::pread(file, bytes.data() + got, count - got, static_cast<off_t>(at + got));
      if (more < 0) throw InputError(path.string(), fmt::format("byte {}", at), "readable bytes", std::strerror(errno));
      if (more == 0) break;
      got += static_cast<std::size_t>(more);
    }
    bytes.resize(got);
    return bytes;
  }
  // The same by way of the window, for a few bytes; valid until the next call.
  std::string_view peek(std::uint64_t at, std::size_t count) {
    if (at < begin || at + count > begin + window.size()) {
      begin = at;
      window = read(at, std::max(count, kWindow));
    }
    return std::string_view(window).substr(at - begin, count);
  }
};

TarFile::TarFile(const fs::path& path) : bytes_(std::make_unique<Bytes>(path)) {
  if (bytes_->size == 0) throw InputError(path.string(), "", "a tar archive", "an empty file");
}

TarFile::~TarFile() = default;

void TarFile::refuse(std::uint64_t at, const std::string& expected, const std::string& found) const {
  throw InputError(bytes_->path.string(), fmt::format("byte {}", at), expected, found);
}

// None for the block of zeros that ends an archive.
std::optional<TarFile::Member> TarFile::header(std::uint64_t at, char& type) {
  const auto block = bytes_->peek(at, kBlock);
  if (block.size() < kBlock) refuse(at, "a header, or the end record (cut short?)", "the end of the file");
  if (block.find_first_not_of('\0') == block.npos) return std::nullopt;
  const auto size = number_field(block, 124, 12);
  if (!size || number_field(block, 148, 8) != checksum(block)) refuse(at, "a tar header", "bytes without its checksum");
  if (*size > bytes_->size - at - kBlock) refuse(at, fmt::format("{} bytes of content (cut short?)", *size), "the end of the file");
  type = block[156];
  std::string name(text_field(block, 0, 100));
  if (const auto prefix = text_field(block, 345, 155); block.substr(257, 6) == std::string_view("ustar\0", 6) && !prefix.empty()) {
    name = fmt::format("{}/{}", prefix, name);
  }
  return Member{std::move(name), *size};
}

std::optional<TarFile::Member> TarFile::next() {
  std::string long_name;
  std::optional<std::uint64_t> long_size;
  for (;;) {
    char type = 0;
    const auto at = next_;
    auto found = header(at, type);
    if (!found) return std::nullopt;
    if (type == 'L' || type == 'x') {
      if (found->size > kLongestName) refuse(at, "a name of at most 1 MiB", fmt::format("{} bytes", found->size));
      const auto content = bytes_->read(at + kBlock, found->size);
      if (type == 'L') long_name = text_field(content, 0, content.size());
      if (const auto path = pax_value(content, "path"); type == 'x' && !path.empty()) long_name = path;
      if (const auto size = pax_value(content, "size"); type == 'x' && !size.empty()) {
        std::uint64_t value = 0;
        std::from_chars(size.data(), size.data() + size.size(), value);
        long_size = value;
      }
      next_ = at + kBlock + rounded(found->size);
      continue;
    }
    if (long_size) found->size = *long_size;
    if (found->size > bytes_->size - at - kBlock) refuse(at, "content (cut short?)", "the end of the file");
    next_ = at + kBlock + rounded(found->size);
    const bool is_file = type == '0' || type == '\0' || type == '7';
    if (is_file) {
      content_ = at + kBlock;
      member_ = {long_name.empty() ? std::move(found->name) : std::move(long_name), found->size};
      return member_;
    }
    long_name.clear(); // it was a folder's or a link's
    long_size.reset();
  }
}

std::string TarFile::read() {
  if (member_.size > kLargest) refuse(content_, "at most 1 GiB", fmt::format("{} bytes", member_.size));
  const auto size = static_cast<std::size_t>(member_.size);
  return size <= kWindow ? std::string(bytes_->peek(content_, size)) : bytes_->read(content_, size);
}

} // namespace cxr
