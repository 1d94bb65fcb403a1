#include "io/zip_file.h"

#include <cstring>

#include <zlib.h>

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kZip64End = 0x06064b50;
constexpr std::uint32_t kZip64Locator = 0x07064b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kZip64LocatorSize = 20;
constexpr std::size_t kLongestComment = 0xffff;
constexpr std::uint16_t kZip64Field = 0x0001;
constexpr std::uint16_t kEncrypted = 0x0001;
constexpr std::uint32_t kInZip64Field = 0xffffffff; // stands for a value that the zip64 field holds
constexpr std::uint16_t kStored = 0, kDeflated = 8;
constexpr std::uint64_t kLargestDeflateRatio = 1032;           // zlib's technical notes
constexpr std::size_t kLargestInflated = std::size_t{2} << 30; // bytes

// Reads little-endian fields of an archive; whatever reaches outside it is refused.
class Fields {
 public:
  explicit Fields(const FileBytes& bytes) : bytes_(bytes) {}

  template <typename T>
  T at(std::size_t offset) const {
    T value;
    std::memcpy(&value, text(offset, sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view text(std::size_t offset, std::size_t length) const {
    if (offset > bytes_.size || length > bytes_.size - offset) {
      refuse(fmt::format("byte {}", offset), fmt::format("{} bytes of the archive", length), "the end of the file");
    }
    return bytes_.text().substr(offset, length);
  }
  bool signature(std::size_t offset, std::uint32_t value) const { return at<std::uint32_t>(offset) == value; }
  [[noreturn]] void refuse(const std::string& field, const std::string& expected, const std::string& found) const {
    throw InputError(bytes_.name, "zip: " + field, expected, found);
  }
  std::size_t size() const { return bytes_.size; }

 private:
  const FileBytes& bytes_;
};

struct Directory {
  std::uint64_t offset = 0, size = 0, entries = 0;
};

// The end record closes the file but for a comment, whose length it gives.
std::size_t find_end(const Fields& fields) {
  for (std::size_t comment = 0; comment <= kLongestComment && kEndSize + comment <= fields.size(); ++comment) {
    const auto offset = fields.size() - kEndSize - comment;
    if (fields.signature(offset, kEnd) && fields.at<std::uint16_t>(offset + 20) == comment) return offset;
  }
  fields.refuse("end record", "one at the end of the file (truncated?)", "none");
}

Directory find_directory(const Fields& fields) {
  const auto end = find_end(fields);
  Directory found{fields.at<std::uint32_t>(end + 16), fields.at<std::uint32_t>(end + 12), fields.at<std::uint16_t>(end + 10)};
  std::uint64_t limit = end;
  const bool zip64 = end >= kZip64LocatorSize && fields.signature(end - kZip64LocatorSize, kZip64Locator);
  if (zip64) {
    limit = fields.at<std::uint64_t>(end - kZip64LocatorSize + 8);
    if (!fields.signature(limit, kZip64End)) {
      fields.refuse("zip64 end record", "one where its locator says", fmt::format("none at byte {}", limit));
    }
    found = {fields.at<std::uint64_t>(limit + 48), fields.at<std::uint64_t>(limit + 40), fields.at<std::uint64_t>(limit + 32)};
  }
  if (fields.at<std::uint16_t>(end + 4) != 0 || fields.at<std::uint16_t>(end + 6) != 0) {
    fields.refuse("disk number", "0 (one file)", "a part of a split archive");
  }
  if (found.offset > limit || found.size != limit - found.offset) {
    fields.refuse("central directory", "a range that ends at the end record",
                  fmt::format("{} bytes from {}", found.size, found.offset));
  }
  return found;
}

struct CentralEntry {
  std::string name;
  std::uint64_t size, compressed, local;
  std::uint32_t crc;
  bool deflated;
  std::size_t next; // where the next header starts
};

// Replaces those of the values that say so by the zip64 field's, which holds just these, in this order.
void apply_zip64(const Fields& fields, std::string_view extra, CentralEntry& entry) {
  while (extra.size() >= 4) {
    std::uint16_t id = 0, length = 0;
    std::memcpy(&id, extra.data(), 2);
    std::memcpy(&length, extra.data() + 2, 2);
    extra.remove_prefix(4);
    if (length > extra.size()) break;
    auto content = extra.substr(0, length);
    extra.remove_prefix(length);
    if (id != kZip64Field) continue;
    for (auto* value : {&entry.size, &entry.compressed, &entry.local}) {
      if (*value != kInZip64Field) continue;
      if (content.size() < 8) fields.refuse(entry.name, "a whole zip64 field", "a short one");
      std::memcpy(value, content.data(), 8);
      content.remove_prefix(8);
    }
    return;
  }
}

CentralEntry read_central(const Fields& fields, std::size_t at) {
  if (!fields.signature(at, kCentralHeader)) fields.refuse("central directory", "a header", fmt::format("none at byte {}", at));
  const auto name_length = fields.at<std::uint16_t>(at + 28);
  const auto extra_length = fields.at<std::uint16_t>(at + 30);
  const auto comment_length = fields.at<std::uint16_t>(at + 32);
  CentralEntry entry{.name = std::string(fields.text(at + kCentralSize, name_length)),
                     .size = fields.at<std::uint32_t>(at + 24),
                     .compressed = fields.at<std::uint32_t>(at + 20),
                     .local = fields.at<std::uint32_t>(at + 42),
                     .crc = fields.at<std::uint32_t>(at + 16),
                     .deflated = fields.at<std::uint16_t>(at + 10) == kDeflated,
                     .next = at + kCentralSize + name_length + extra_length + comment_length};
  apply_zip64(fields, fields.text(at + kCentralSize + name_length, extra_length), entry);
  const auto method = fields.at<std::uint16_t>(at + 10);
  if (fields.at<std::uint16_t>(at + 8) & kEncrypted) fields.refuse(entry.name, "a plain entry", "an encrypted one");
  if (method != kStored && method != kDeflated) {
    fields.refuse(entry.name, "an entry that is stored or deflated (method 0 or 8)", fmt::format("compression method {}", method));
  }
  if (method == kStored && entry.size != entry.compressed) {
    fields.refuse(entry.name, "equal sizes of a stored entry", "different ones");
  }
  if (method == kDeflated && entry.size / kLargestDeflateRatio > entry.compressed) {
    fields.refuse(entry.name, fmt::format("at most {} times its compressed size", kLargestDeflateRatio),
                  fmt::format("{} bytes from {}", entry.size, entry.compressed));
  }
  return entry;
}

// Where the entry's content starts; its local header must agree and its content lie before the central directory.
std::size_t content_offset(const Fields& fields, const CentralEntry& entry, std::uint64_t directory) {
  if (entry.local > directory || directory - entry.local < kLocalSize || !fields.signature(entry.local, kLocalHeader)) {
    fields.refuse(entry.name, "a local header", fmt::format("none at byte {}", entry.local));
  }
  const auto name_length = fields.at<std::uint16_t>(entry.local + 26);
  if (fields.text(entry.local + kLocalSize, name_length) != entry.name) {
    fields.refuse(entry.name, "the same name in its local header", "another");
  }
  const auto content = entry.local + kLocalSize + name_length + fields.at<std::uint16_t>(entry.local + 28);
  if (content > directory || entry.compressed > directory - content) {
    fields.refuse(entry.name, "content before the central directory", fmt::format("{} bytes from {}", entry.compressed, content));
  }
  return content;
}

} // namespace

ZipFile::ZipFile(FileBytes bytes) : bytes_(std::move(bytes)) {
  const Fields fields(bytes_);
  const auto directory = find_directory(fields);
  const auto end = directory.offset + directory.size;
  std::uint64_t count = 0;
  for (std::size_t at = directory.offset; at < end; ++count) {
    auto entry = read_central(fields, at);
    const auto content = content_offset(fields, entry, directory.offset);
    if (!entries_.emplace(entry.name, Entry{content, entry.size, entry.compressed, entry.crc, entry.deflated}).second) {
      fields.refuse(entry.name, "one entry of that name", "two");
    }
    at = entry.next;
  }
  if (count != directory.entries) {
    fields.refuse("central directory", fmt::format("{} entries", directory.entries), fmt::format("{}", count));
  }
}

const ZipFile::Entry& ZipFile::find(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw InputError(bytes_.name, name, "an entry of the archive", "none");
  return found->second;
}

void ZipFile::check_crc(const std::string& name, const Entry& entry, std::string_view content) const {
  const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
  if (crc != entry.crc) {
    throw InputError(bytes_.name, name, fmt::format("CRC-32 {:08x}", entry.crc), fmt::format("{:08x} (damaged)", crc));
  }
}

const ZipFile::Entry& ZipFile::checked(const std::string& name) const {
  const auto& entry = find(name);
  if (entry.deflated) throw InputError(bytes_.name, name, "an entry that is stored (method 0)", "a deflated one");
  check_crc(name, entry, bytes_.text().substr(entry.offset, entry.size));
  return entry;
}

std::string_view ZipFile::read(const std::string& name) const {
  const auto& entry = checked(name);
  return bytes_.text().substr(entry.offset, entry.size);
}

std::string ZipFile::inflated(const std::string& name) const {
  const auto& entry = find(name);
  if (!entry.deflated) return std::string(read(name));
  if (entry.size > kLargestInflated) throw InputError(bytes_.name, name, "at most 2 GiB", fmt::format("{} bytes", entry.size));
  std::string content(entry.size, '\0');
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(bytes_.data + entry.offset);
  stream.avail_in = static_cast<uInt>(entry.compressed);
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc(); // raw deflate; only memory can be lacking
  const int status = ::inflate(&stream, Z_FINISH);
  const auto size = stream.total_out;
  ::inflateEnd(&stream);
  if (status != Z_STREAM_END || size != entry.size) {
    throw InputError(bytes_.name, name, fmt::format("a deflate stream of {} bytes", entry.size), "a damaged one");
  }
  check_crc(name, entry, content);
  return content;
}

} // namespace cxr
