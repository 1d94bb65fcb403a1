#include "dist/mpi_channel.h"

#include <sched.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "dist/mpi_communicator.h"

namespace cxr {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{32} << 20; // what a piece of an all-reduce holds: bounds the memory beside it
constexpr std::size_t kCopyBytes = std::size_t{1} << 30;   // of a plain copy; below the largest int
constexpr std::chrono::microseconds kShortestSleep{10}, kLongestSleep{200};

int as_int(std::size_t count) { return static_cast<int>(count); }

} // namespace

MpiChannel::MpiChannel(MPI_Comm of) {
  int provided = MPI_THREAD_SINGLE;
  MPI_Query_thread(&provided);
  if (provided < MPI_THREAD_MULTIPLE) {
    throw std::runtime_error(
        "MPI: this build allows no calls from several threads (MPI_THREAD_MULTIPLE), which training on ranks needs");
  }
  check_mpi(MPI_Comm_dup(of, &ranks_), "cannot make a communicator");
  MPI_Comm_set_errhandler(ranks_, MPI_ERRORS_RETURN);
  MPI_Comm_rank(ranks_, &rank_);
  MPI_Comm_size(ranks_, &size_);
}

// After a failure MPI may hold a request that is still open: the communicator and the memory stay until MPI_Abort ends the process.
MpiChannel::~MpiChannel() {
  static auto* const abandoned = new std::vector<std::vector<std::byte>>;
  if (is_stopped_) {
    abandoned->push_back(std::move(others_));
  } else {
    MPI_Comm_free(&ranks_);
  }
}

void MpiChannel::begin(std::string what, std::chrono::milliseconds timeout) {
  what_ = std::move(what);
  timeout_ = timeout;
  deadline_ = Clock::now() + timeout;
}

// Waiting for ranks that still compute must not take a core from them; once all have come, sleeping would only slow the copy.
void MpiChannel::wait(MPI_Request request, bool may_sleep) {
  auto sleep = kShortestSleep;
  for (int is_done = 0;;) {
    check_mpi(MPI_Test(&request, &is_done, MPI_STATUS_IGNORE), what_.c_str());
    if (is_done) return;
    if (is_stopped_) throw std::runtime_error(what_ + ": given up");
    if (Clock::now() > deadline_) {
      is_stopped_ = true;
      throw std::runtime_error(fmt::format("{}: not all ranks took part within {} s; one hangs, is dead, or is much slower", what_,
                                           static_cast<double>(timeout_.count()) / 1e3));
    }
    if (!may_sleep) {
      sched_yield();
      continue;
    }
    std::this_thread::sleep_for(sleep);
    sleep = std::min(2 * sleep, kLongestSleep);
  }
}

void MpiChannel::barrier() {
  MPI_Request request;
  check_mpi(MPI_Ibarrier(ranks_, &request), what_.c_str());
  wait(request, true);
}

void MpiChannel::broadcast(std::span<std::byte> bytes, int root) {
  barrier();
  for (std::size_t at = 0; at < bytes.size(); at += kCopyBytes) {
    const auto piece = bytes.subspan(at, std::min(kCopyBytes, bytes.size() - at));
    MPI_Request request;
    check_mpi(MPI_Ibcast(piece.data(), as_int(piece.size()), MPI_BYTE, root, ranks_, &request), what_.c_str());
    wait(request, false);
  }
}

void MpiChannel::all_reduce(std::byte* elements, std::size_t count, std::size_t width, Combine combine) {
  barrier();
  const auto piece = kPieceBytes / width;
  for (std::size_t at = 0; at < count; at += piece) {
    reduce_piece(elements + at * width, std::min(piece, count - at), width, combine);
  }
}

// Rank r gets all ranks' elements of part r, combines them, and hands the result to all: each moves twice the piece at most.
void MpiChannel::reduce_piece(std::byte* elements, std::size_t count, std::size_t width, Combine combine) {
  const auto ranks = static_cast<std::size_t>(size_), self = static_cast<std::size_t>(rank_);
  const auto begin_of = [&](std::size_t rank) { return count * rank / ranks; };
  std::vector<int> bytes, begins, own_bytes, own_begins;
  const auto own = (begin_of(self + 1) - begin_of(self)) * width;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    bytes.push_back(as_int((begin_of(rank + 1) - begin_of(rank)) * width));
    begins.push_back(as_int(begin_of(rank) * width));
    own_bytes.push_back(rank == self ? 0 : as_int(own));
    own_begins.push_back(as_int(rank * own));
  }
  auto sent = bytes;
  sent[self] = 0; // its own stays where it is
  others_.resize(ranks * own);

  MPI_Request request;
  check_mpi(MPI_Ialltoallv(elements, sent.data(), begins.data(), MPI_BYTE, others_.data(), own_bytes.data(), own_begins.data(),
                           MPI_BYTE, ranks_, &request),
            what_.c_str());
  wait(request, false);

  auto* const mine = elements + begins[self];
  std::vector<const std::byte*> parts;
  for (std::size_t rank = 0; rank < ranks; ++rank) parts.push_back(rank == self ? mine : others_.data() + own_begins[rank]);
  combine(parts, mine, own / width);

  check_mpi(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_BYTE, elements, bytes.data(), begins.data(), MPI_BYTE, ranks_, &request),
            what_.c_str());
  wait(request, false);
}

} // namespace cxr
