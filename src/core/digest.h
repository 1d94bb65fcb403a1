/// @file
/// SHA-256 digests (OpenSSL): what names a configuration, an input, a file of weights.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st; // OpenSSL's

namespace cxr {

/// The digest of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view bytes);
  /// Lower-case hexadecimal, of the pieces so far.
  std::string hex() const;

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

/// Lower-case hexadecimal SHA-256 of `bytes`.
std::string sha256(std::string_view bytes);

/// SHA-256 of a file's content. @throws InputError if it can't be read
std::string sha256_file(const std::filesystem::path& path);

} // namespace cxr
