#include "core/digest.h"

#include <array>
#include <fstream>

#include <openssl/evp.h>

#include "core/error.h"

namespace cxr {

Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  expects(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "SHA-256 is not available");
}

void Sha256::add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

std::string Sha256::hex() const {
  std::array<unsigned char, 32> digest{};
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> copy(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  expects(
      copy && EVP_MD_CTX_copy_ex(copy.get(), context_.get()) == 1 && EVP_DigestFinal_ex(copy.get(), digest.data(), nullptr) == 1,
      "SHA-256 is not available");
  std::string text;
  for (unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

std::string sha256(std::string_view bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.hex();
}

std::string sha256_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path.string(), "", "a readable file", "none");
  Sha256 digest;
  std::array<char, 1 << 16> block;
  while (file.read(block.data(), block.size()) || file.gcount() > 0)
    digest.add({block.data(), static_cast<std::size_t>(file.gcount())});
  if (file.bad()) throw InputError(path.string(), "", "a readable file", "a read that failed");
  return digest.hex();
}

} // namespace cxr
