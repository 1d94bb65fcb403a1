/// @file
/// The process's standard descriptors, how many others it may have, and whole writes to any.
#pragma once

#include <string_view>

namespace cxr::descriptors {

/// First of all in main(): opens what is closed of descriptors 0 to 2, as cron and daemons leave them, so that no file of a run
/// takes their numbers; standard output then refuses what is written to it, since an answer must not be lost without a word. Raises
/// the limit of open files to 65,536, or as far as the process may.
void prepare();

/// At the end of a command that answers on standard output. @throws std::runtime_error if some of it did not get where it should
void finish_output();

/// Writes all of the bytes, in as many pieces as it takes. @return whether all were written; errno tells why not
bool write_all(int descriptor, std::string_view bytes);

} // namespace cxr::descriptors
