#include "io/png.h"

#include <array>
#include <csetjmp>
#include <cstring>

#include <png.h>
#include <zlib.h>

#include "core/error.h"

namespace cxr::png {
namespace {

/// libpng ends a call that fails by a jump, which passes by destructors: functions that call setjmp() have no objects to destroy.
struct Failure {
  std::jmp_buf jump{};
  std::array<char, 128> message{};
};

[[noreturn]] void fail(png_structp codec, const char* message) {
  auto& failure = *static_cast<Failure*>(png_get_error_ptr(codec));
  std::strncpy(failure.message.data(), message, failure.message.size() - 1);
  std::longjmp(failure.jump, 1);
}

void ignore(png_structp, const char*) {}

using Rows = std::vector<png_bytep>;

/// Where each row of an image [H,W,C] begins.
Rows rows_of(png_bytep pixels, std::int64_t height, std::int64_t row) {
  Rows rows;
  for (std::int64_t y = 0; y < height; ++y) rows.push_back(pixels + y * row);
  return rows;
}

class Decoder {
 public:
  explicit Decoder(std::string_view bytes)
      : rest_(bytes),
        codec_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &failure_, fail, ignore)),
        info_(codec_ ? png_create_info_struct(codec_) : nullptr) {
    if (!info_) {
      png_destroy_read_struct(&codec_, nullptr, nullptr);
      throw std::bad_alloc();
    }
  }
  ~Decoder() { png_destroy_read_struct(&codec_, &info_, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  std::string cause() const { return failure_.message.data(); }
  std::int64_t height() const { return png_get_image_height(codec_, info_); }
  std::int64_t width() const { return png_get_image_width(codec_, info_); }
  std::int64_t channels() const { return png_get_channels(codec_, info_); }

  bool start() {
    if (setjmp(failure_.jump) != 0) return false;
    png_set_read_fn(codec_, this, [](png_structp codec, png_bytep to, std::size_t size) {
      auto& rest = static_cast<Decoder*>(png_get_io_ptr(codec))->rest_;
      if (size > rest.size()) png_error(codec, "it is cut off");
      std::memcpy(to, rest.data(), size);
      rest.remove_prefix(size);
    });
    png_read_info(codec_, info_);
    const bool colour = (png_get_color_type(codec_, info_) & PNG_COLOR_MASK_COLOR) != 0;
    png_set_scale_16(codec_);
    // One of a grey picture's values may stand for transparency; PIL's conversion to "L" passes by it.
    if (colour) png_set_expand(codec_);
    if (!colour) png_set_expand_gray_1_2_4_to_8(codec_);
    if (png_get_color_type(codec_, info_) == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_gray_to_rgb(codec_);
    png_set_interlace_handling(codec_);
    png_read_update_info(codec_, info_);
    return true;
  }
  bool read(png_bytepp rows) {
    if (setjmp(failure_.jump) != 0) return false;
    png_read_image(codec_, rows);
    png_read_end(codec_, nullptr);
    return true;
  }

 private:
  std::string_view rest_;
  Failure failure_;
  png_structp codec_;
  png_infop info_;
};

class Encoder {
 public:
  Encoder()
      : codec_(png_create_write_struct(PNG_LIBPNG_VER_STRING, &failure_, fail, ignore)),
        info_(codec_ ? png_create_info_struct(codec_) : nullptr) {
    if (!info_) {
      png_destroy_write_struct(&codec_, nullptr);
      throw std::bad_alloc();
    }
  }
  ~Encoder() { png_destroy_write_struct(&codec_, &info_); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  std::string cause() const { return failure_.message.data(); }
  std::string& bytes() { return bytes_; }

  bool write(png_bytepp rows, png_uint_32 height, png_uint_32 width, int colour) {
    if (setjmp(failure_.jump) != 0) return false;
    png_set_write_fn(codec_, this, add, [](png_structp) {});
    png_set_filter(codec_, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_set_compression_level(codec_, Z_BEST_SPEED);
    png_set_compression_strategy(codec_, Z_RLE);
    png_set_IHDR(codec_, info_, width, height, 8, colour, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(codec_, info_);
    png_write_image(codec_, rows);
    png_write_end(codec_, info_);
    return true;
  }

 private:
  static void add(png_structp codec, png_bytep from, std::size_t size) {
    bool added = true;
    try {
      static_cast<Encoder*>(png_get_io_ptr(codec))->bytes_.append(reinterpret_cast<const char*>(from), size);
    } catch (const std::bad_alloc&) {
      added = false;
    }
    if (!added) png_error(codec, "out of memory"); // not from inside the handler, which a jump would leave open
  }

  std::string bytes_;
  Failure failure_;
  png_structp codec_;
  png_infop info_;
};

} // namespace

at::Tensor decode(std::string_view bytes, const std::string& name) {
  Decoder decoder(bytes);
  const auto refuse = [&] { throw InputError(name, "", "a picture that can be decoded", decoder.cause()); };
  if (!decoder.start()) refuse();
  auto pixels = at::empty({decoder.height(), decoder.width(), decoder.channels()}, at::kByte);
  auto rows = rows_of(pixels.data_ptr<std::uint8_t>(), pixels.size(0), pixels.size(1) * pixels.size(2));
  if (!decoder.read(rows.data())) refuse();
  return pixels;
}

std::string encode(const at::Tensor& image) {
  Encoder encoder;
  const bool colour = image.dim() == 3;
  // libpng asks for rows it may write to, and does not.
  auto rows = rows_of(const_cast<png_bytep>(image.const_data_ptr<std::uint8_t>()), image.size(0), image.size(1) * (colour ? 3 : 1));
  if (!encoder.write(rows.data(), static_cast<png_uint_32>(image.size(0)), static_cast<png_uint_32>(image.size(1)),
                     colour ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY)) {
    throw std::runtime_error("PNG: " + encoder.cause());
  }
  return std::move(encoder.bytes());
}

} // namespace cxr::png
