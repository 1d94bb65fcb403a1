#include "dist/mpi_communicator.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

namespace cxr {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 30; // bytes; below the largest int

} // namespace

void check_mpi(int status, const char* what) {
  if (status == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(status, text.data(), &length);
  throw std::runtime_error(fmt::format("MPI: {}: {}", what, std::string_view(text.data(), static_cast<std::size_t>(length))));
}

MpiCommunicator::MpiCommunicator(MPI_Comm of) {
  check_mpi(MPI_Comm_dup(of, &world_), "cannot make a communicator");
  MPI_Comm_set_errhandler(world_, MPI_ERRORS_RETURN); // errors come back as statuses, which check_mpi throws
  MPI_Comm_rank(world_, &rank_);
  MPI_Comm_size(world_, &size_);
  MPI_Comm node = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(world_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node), "cannot find this node's ranks");
  MPI_Comm_rank(node, &local_rank_);
  MPI_Comm_size(node, &local_size_);
  MPI_Comm_free(&node);
}

MpiCommunicator::~MpiCommunicator() { MPI_Comm_free(&world_); }

void MpiCommunicator::barrier() { check_mpi(MPI_Barrier(world_), "barrier"); }

std::string MpiCommunicator::broadcast(std::string bytes, int root) {
  std::uint64_t length = bytes.size();
  check_mpi(MPI_Bcast(&length, 1, MPI_UINT64_T, root, world_), "broadcast");
  bytes.resize(length);
  for (std::size_t at = 0; at < length; at += kPiece) {
    const auto count = static_cast<int>(std::min(kPiece, bytes.size() - at));
    check_mpi(MPI_Bcast(bytes.data() + at, count, MPI_BYTE, root, world_), "broadcast");
  }
  return bytes;
}

// One broadcast a rank: the lengths differ and may exceed what MPI_Allgatherv's int displacements reach.
std::vector<std::string> MpiCommunicator::all_gather(const std::string& bytes) {
  std::vector<std::string> all;
  for (int root = 0; root < size_; ++root) all.push_back(broadcast(root == rank_ ? bytes : std::string(), root));
  return all;
}

std::int64_t MpiCommunicator::all_reduce_max(std::int64_t value) {
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT64_T, MPI_MAX, world_), "all-reduce");
  return value;
}

// Gathered, then added in rank order by every rank: an MPI_Allreduce may add in an order of its own.
std::vector<double> MpiCommunicator::all_reduce_sum(std::vector<double> values) {
  const auto count = values.size();
  std::vector<double> all(count * static_cast<std::size_t>(size_));
  check_mpi(
      MPI_Allgather(values.data(), static_cast<int>(count), MPI_DOUBLE, all.data(), static_cast<int>(count), MPI_DOUBLE, world_),
      "all-reduce");
  std::fill(values.begin(), values.end(), 0.);
  for (std::size_t i = 0; i < all.size(); ++i) values[i % count] += all[i];
  return values;
}

} // namespace cxr
