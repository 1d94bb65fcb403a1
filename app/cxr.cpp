/// @file
/// The program: runs a command; catches, reports, exits.
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include <unistd.h>

#include "app/program.h"
#include "core/descriptors.h"
#include "core/error.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/privacy.h"
#include "core/signals.h"
#include "dist/mpi_session.h"
#include "nn/large_blocks.h"

namespace cxr {
namespace {

void report(std::string_view cause) {
  const auto& ranks = world();
  fmt::print(stderr, "{}: {}\n", ranks.size() > 1 ? fmt::format("cxr: rank {}", ranks.rank()) : "cxr", privacy::shown(cause));
}

/// LibTorch's errors without the stack, which says nothing to those who did not build it.
std::string cause_of(const std::exception& error) {
  const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
  return of_torch ? of_torch->what_without_backtrace() : error.what();
}

/// Prints the cause and says which exit status it means.
int status_of_current_exception() {
  try {
    throw;
  } catch (const Interrupted& error) {
    if (world().is_root()) report(cause_of(error));
    return kInterrupted;
  } catch (const InputError& error) {
    // All ranks read the same input: rank 0 says what is wrong once, and its abort ends those that wait here.
    if (!world().is_root()) std::this_thread::sleep_for(std::chrono::seconds(1));
    report(cause_of(error));
    return kBadInput;
  } catch (const std::exception& error) {
    report(cause_of(error));
    return kFailed;
  }
}

// Before the libraries' own beginnings, which take a third of a second: a signal that comes in them waits for its handler.
__attribute__((section(".preinit_array"), used)) void (*const g_block_signals)() = signals::block;

// oneMKL, which LibTorch brings, ends a process in a deleted working folder before main(), with words that say nothing of it.
void refuse_deleted_folder() {
  std::array<char, PATH_MAX> folder{};
  if (::getcwd(folder.data(), folder.size()) || errno != ENOENT) return;
  constexpr std::string_view kMessage =
      "cxr: working folder: expected one that exists, found one that was deleted (cd to another)\n";
  ::_exit(::write(STDERR_FILENO, kMessage.data(), kMessage.size()) < 0 ? kFailed : kBadInput);
}
__attribute__((section(".preinit_array"), used)) void (*const g_refuse_deleted_folder)() = refuse_deleted_folder;

extern "C" __attribute__((weak)) void __asan_init(); // NOLINT(bugprone-reserved-identifier): the name is given

// All is written and closed. What the libraries do at a process's end frees what goes with it, in LibTorch a tenth of a second for
// its table of operators.
[[noreturn]] void end_process(int status) {
  if (__asan_init) std::exit(status); // AddressSanitizer looks for leaks there
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(status);
}

} // namespace
} // namespace cxr

int main(int argc, char** argv) {
  cxr::descriptors::prepare();
  cxr::signals::install();
  cxr::privacy::start();
  cxr::keep_freed_memory();
  cxr::nn::keep_tensor_memory();
  int status = cxr::kFailed;
  try {
    const cxr::MpiSession session(&argc, &argv);
    cxr::log::set_rank(cxr::world().rank(), cxr::world().size());
    try {
      status = cxr::Program().run({argv + 1, argv + argc});
      cxr::descriptors::finish_output();
    } catch (...) {
      status = cxr::status_of_current_exception();
      // All ranks agreed to stop at a signal; after anything else the others may wait for this one in a collective.
      if (status != cxr::kInterrupted) cxr::MpiSession::abort(status);
    }
  } catch (...) {
    status = cxr::status_of_current_exception();
  }
  cxr::end_process(status);
}
