/// @file
/// Digests that were recorded of files, in a list beside them: SHA256SUMS, which `sha256sum` writes and `sha256sum -c` checks.
/// Weights and configurations carry no checksum of their own; by the list a bit that flipped, or a copy that was cut short, is
/// noticed by whatever reads them next.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace cxr {

/// The list's name.
inline constexpr const char* kDigestList = "SHA256SUMS";

/// What a folder's list says: SHA-256 in lower-case hexadecimal by the file's name. Empty if there is no list.
std::map<std::string, std::string> recorded_digests(const std::filesystem::path& folder);

/// What the list beside `file` says of it; empty if nothing.
std::string recorded_digest(const std::filesystem::path& file);

/// Refuses a file that has another digest than the recorded one, however late it was written. One without a record passes.
/// @param digest of the file as it is  @throws InputError that names the list
void require_recorded(const std::filesystem::path& file, const std::string& digest);

/// sha256_file(), compared with the record; where there is none it is made, if the folder can be written.
/// A file of another digest is damaged, unless it was written later than the list: people replace weights, or copy a folder and
/// change them. That is a warning.
/// @throws InputError for a damaged file, naming the list, or one that can't be read
std::string checked_digest(const std::filesystem::path& file);

/// Records what `file`, which this program wrote, is meant to hold. @throws std::system_error
void record_digest(const std::filesystem::path& file, const std::string& digest);

/// Lets `write` make or replace `file` and records the digest that it returns: of what was meant to be written. While it runs there
/// is no record, so that a kill between the two leaves a whole file without one, which the next reader makes.
void write_recorded(const std::filesystem::path& file, const std::function<std::string()>& write);

} // namespace cxr
