/// @file
/// The safetensors format: u64 header length, JSON header, tensors back to back. Reading maps the file and copies nothing.
/// Reference: huggingface/safetensors, safetensors/src/tensor.rs; every failure that it enumerates is refused by name.
#pragma once

#include "core/digest.h"
#include "io/mapped_file.h"
#include "io/state_dict.h"

namespace cxr {

/// @param metadata if given, receives `__metadata__`
/// @throws InputError for a header longer than 100,000,000 bytes or than the file, invalid UTF-8 or JSON, duplicate keys,
///   an unknown dtype, offsets that are not contiguous from 0, a byte range that does not match shape × dtype,
///   bytes after the last tensor, a `__metadata__` that is not string to string
StateDict read_safetensors(const std::filesystem::path& path, std::map<std::string, std::string>* metadata = nullptr);

/// The same from bytes; tensors borrow them where aligned.
StateDict parse_safetensors(const FileBytes& bytes, std::map<std::string, std::string>* metadata = nullptr);

/// Writes by way of a temporary file, fsync and rename. Tensors are made contiguous and copied to the host, one block of a device's
/// memory after the other.
/// @param digest if given, is fed the file's bytes, beside the writing
void write_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata = {{"format", "pt"}}, Sha256* digest = nullptr);

/// write_safetensors() of a product that others will read: its digest is recorded beside it (core/digest_list.h).
void write_recorded_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                                const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

} // namespace cxr
