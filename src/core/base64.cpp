#include "core/base64.h"

#include <openssl/evp.h>

namespace cxr {

std::string base64(std::string_view bytes) {
  constexpr std::size_t kPiece = 3 << 20; // whole groups of three bytes, and far below what an int counts
  std::string text;
  for (std::size_t begin = 0; begin < bytes.size(); begin += kPiece) {
    const auto piece = bytes.substr(begin, kPiece);
    std::string encoded((piece.size() + 2) / 3 * 4 + 1, '\0'); // OpenSSL ends it by a NUL
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                       reinterpret_cast<const unsigned char*>(piece.data()), static_cast<int>(piece.size()));
    text.append(encoded, 0, static_cast<std::size_t>(length));
  }
  return text;
}

} // namespace cxr
