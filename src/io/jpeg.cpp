#include "io/jpeg.h"

#include <array>
#include <csetjmp>
#include <cstdio> // jpeglib.h takes it for granted
#include <cstdlib>

#include <jpeglib.h>

#include "core/error.h"

namespace cxr::jpeg {
namespace {

/// libjpeg ends a call that fails by a jump, which passes by destructors: functions that call setjmp() have no objects to destroy.
class Codec {
 public:
  std::string cause() const { return message_.data(); }

 protected:
  Codec() {
    jpeg_std_error(&errors_.base);
    errors_.codec = this;
    errors_.base.error_exit = [](j_common_ptr codec) {
      auto& self = *reinterpret_cast<Errors*>(codec->err)->codec;
      codec->err->format_message(codec, self.message_.data());
      std::longjmp(self.failed_, 1);
    };
    errors_.base.output_message = [](j_common_ptr) {}; // warnings
  }

  struct Errors {
    jpeg_error_mgr base; // first: libjpeg knows its address alone
    Codec* codec;
  } errors_{};
  std::jmp_buf failed_{};

 private:
  std::array<char, JMSG_LENGTH_MAX> message_{};
};

class Decoder : public Codec {
 public:
  Decoder() {
    codec_.err = &errors_.base;
    created_ = setjmp(failed_) == 0 && (jpeg_create_decompress(&codec_), true);
  }
  ~Decoder() { jpeg_destroy_decompress(&codec_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  int height() const { return static_cast<int>(codec_.output_height); }
  int width() const { return static_cast<int>(codec_.output_width); }
  int channels() const { return codec_.output_components; }

  bool start(const unsigned char* bytes, std::size_t size) {
    if (!created_ || setjmp(failed_) != 0) return false;
    jpeg_mem_src(&codec_, bytes, size);
    jpeg_read_header(&codec_, TRUE);
    codec_.out_color_space = codec_.num_components == 1 ? JCS_GRAYSCALE : codec_.num_components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&codec_);
    return true;
  }
  bool read(unsigned char* pixels) {
    if (setjmp(failed_) != 0) return false;
    const auto row = static_cast<std::size_t>(width()) * static_cast<std::size_t>(channels());
    while (codec_.output_scanline < codec_.output_height) {
      unsigned char* at = pixels + codec_.output_scanline * row;
      jpeg_read_scanlines(&codec_, &at, 1);
    }
    jpeg_finish_decompress(&codec_);
    return true;
  }

 private:
  jpeg_decompress_struct codec_{};
  bool created_ = false;
};

class Encoder : public Codec {
 public:
  Encoder() {
    codec_.err = &errors_.base;
    created_ = setjmp(failed_) == 0 && (jpeg_create_compress(&codec_), true);
  }
  ~Encoder() {
    jpeg_destroy_compress(&codec_);
    std::free(bytes_);
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_), size_}; }

  bool write(const unsigned char* pixels, int height, int width, int channels, int quality) {
    if (!created_ || setjmp(failed_) != 0) return false;
    jpeg_mem_dest(&codec_, &bytes_, &size_);
    codec_.image_width = static_cast<JDIMENSION>(width);
    codec_.image_height = static_cast<JDIMENSION>(height);
    codec_.input_components = channels;
    codec_.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&codec_);
    jpeg_set_quality(&codec_, quality, TRUE);
    jpeg_start_compress(&codec_, TRUE);
    const auto row = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
    while (codec_.next_scanline < codec_.image_height) {
      auto* at = const_cast<unsigned char*>(pixels + codec_.next_scanline * row);
      jpeg_write_scanlines(&codec_, &at, 1);
    }
    jpeg_finish_compress(&codec_);
    return true;
  }

 private:
  jpeg_compress_struct codec_{};
  bool created_ = false;
  unsigned char* bytes_ = nullptr; // malloc's
  unsigned long size_ = 0;
};

unsigned scaled(unsigned value, unsigned by) { // value x by / 255, rounded, as PIL's MULDIV255
  const auto product = value * by + 128;
  return ((product >> 8) + product) >> 8;
}

// Programs store the inks inverted, as Adobe's do: 255 is none.
at::Tensor rgb_of_inks(const at::Tensor& inks) {
  auto rgb = at::empty({inks.size(0), inks.size(1), 3}, at::kByte);
  const auto* in = inks.const_data_ptr<std::uint8_t>();
  auto* out = rgb.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t pixel = 0; pixel < inks.size(0) * inks.size(1); ++pixel, in += 4) {
    for (int ink = 0; ink < 3; ++ink) *out++ = static_cast<std::uint8_t>(in[3] - scaled(255U - in[ink], in[3]));
  }
  return rgb;
}

} // namespace

at::Tensor decode(std::string_view bytes, const std::string& name) {
  Decoder decoder;
  const auto refuse = [&] { throw InputError(name, "", "a picture that can be decoded", decoder.cause()); };
  if (!decoder.start(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size())) refuse();
  auto pixels = at::empty({decoder.height(), decoder.width(), decoder.channels()}, at::kByte);
  if (!decoder.read(pixels.data_ptr<std::uint8_t>())) refuse();
  return pixels.size(2) == 4 ? rgb_of_inks(pixels) : pixels;
}

std::string encode(const at::Tensor& image, int quality) {
  Encoder encoder;
  const int channels = image.dim() == 3 ? 3 : 1;
  if (!encoder.write(image.const_data_ptr<std::uint8_t>(), static_cast<int>(image.size(0)), static_cast<int>(image.size(1)),
                     channels, quality)) {
    throw std::runtime_error("JPEG: " + encoder.cause());
  }
  return std::string(encoder.bytes());
}

} // namespace cxr::jpeg
