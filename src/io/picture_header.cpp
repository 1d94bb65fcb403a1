#include "io/picture_header.h"

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";
constexpr std::string_view kJpegSignature = "\xff\xd8\xff";

/// Big-endian integers at an offset; throws at the file's end.
class Bytes {
 public:
  Bytes(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}
  std::size_t size() const { return bytes_.size(); }
  std::uint32_t u8(std::size_t at) const {
    if (at >= bytes_.size())
      throw InputError(name_, "", "a picture's header", fmt::format("the file's end at byte {}", bytes_.size()));
    return static_cast<unsigned char>(bytes_[at]);
  }
  std::uint32_t u16(std::size_t at) const { return u8(at) << 8 | u8(at + 1); }
  std::uint32_t u32(std::size_t at) const { return u16(at) << 16 | u16(at + 2); }
  std::string_view text(std::size_t at, std::size_t size) const { return at < bytes_.size() ? bytes_.substr(at, size) : ""; }

 private:
  std::string_view bytes_;
  const std::string& name_;
};

// PNG: signature, then chunks of length, type, data, CRC; the first is IHDR (width, height), the last IEND.
PictureHeader png_header(const Bytes& bytes, const std::string& name) {
  constexpr std::size_t kFirstChunk = 8;
  if (bytes.text(kFirstChunk + 4, 4) != "IHDR") throw InputError(name, "", "a PNG that starts with IHDR", "another chunk");
  PictureHeader header{PictureKind::kPng, bytes.u32(kFirstChunk + 8), bytes.u32(kFirstChunk + 12), false};
  for (std::size_t chunk = kFirstChunk; chunk + 12 <= bytes.size(); chunk += 12 + std::size_t{bytes.u32(chunk)}) {
    if (bytes.text(chunk + 4, 4) == "IEND") header.whole = true;
  }
  return header;
}

// A frame header: SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC), which share the range.
bool is_start_of_frame(std::uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

// Markers that stand alone: TEM, RST0 to RST7, SOI.
bool has_no_length(std::uint32_t marker) { return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8); }

// JPEG: markers, most with a length. After a scan header comes coded data, in which FF is followed by 00 or a restart marker.
// Walking the segments tells the picture's own EOI from that of a thumbnail inside an EXIF segment.
PictureHeader jpeg_header(const Bytes& bytes) {
  PictureHeader header{PictureKind::kJpeg, 0, 0, false};
  std::size_t at = 2;
  while (at + 1 < bytes.size() && !header.whole) {
    if (bytes.u8(at) != 0xff || bytes.u8(at + 1) == 0x00 || bytes.u8(at + 1) == 0xff) { // coded data, or fill bytes
      ++at;
      continue;
    }
    const auto marker = bytes.u8(at + 1);
    if (marker == 0xd9) header.whole = true;
    if (is_start_of_frame(marker) && header.width == 0) {
      header.height = bytes.u16(at + 5);
      header.width = bytes.u16(at + 7);
    }
    at += 2;
    if (!has_no_length(marker) && at + 1 < bytes.size()) at += bytes.u16(at);
  }
  return header;
}

} // namespace

PictureHeader read_picture_header(std::string_view text, const std::string& name) {
  const Bytes bytes(text, name);
  if (text.starts_with(kPngSignature)) return png_header(bytes, name);
  if (text.starts_with(kJpegSignature)) return jpeg_header(bytes);
  throw InputError(name, "", "a JPEG or PNG", "neither's signature");
}

} // namespace cxr
