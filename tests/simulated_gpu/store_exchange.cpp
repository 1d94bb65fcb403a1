#include "simulated_gpu/store_exchange.h"

#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace cxr::simulated_gpu {
namespace {

constexpr std::int64_t kPiece = std::int64_t{4} << 20; ///< bytes of a store's value; LibTorch's takes up to 8 MiB

std::string line_key(std::int64_t collective, int rank) { return std::to_string(collective) + "/" + std::to_string(rank); }

std::string piece_key(std::int64_t collective, int rank, std::int64_t first) {
  return line_key(collective, rank) + "/" + std::to_string(first / kPiece);
}

} // namespace

StoreExchange::StoreExchange(c10::intrusive_ptr<c10d::Store> store, int rank, int size)
    : store_(std::move(store)), rank_(rank), size_(size) {}

void StoreExchange::set(const std::string& key, const void* bytes, std::int64_t count) {
  const auto* const first = static_cast<const std::uint8_t*>(bytes);
  store_->set(key, std::vector<std::uint8_t>(first, first + count));
  keys_.push_back(key);
}

std::vector<std::string> StoreExchange::lines(const std::string& mine, std::chrono::milliseconds timeout) {
  set(line_key(collective_, rank_), mine.data(), static_cast<std::int64_t>(mine.size()));
  std::vector<std::string> keys;
  for (int rank = 0; rank < size_; ++rank) keys.push_back(line_key(collective_, rank));
  store_->wait(keys, timeout);
  std::vector<std::string> all;
  for (const auto& key : keys) all.push_back(store_->get_to_str(key));
  for (const auto& key : old_) store_->deleteKey(key); // every rank is past that collective
  old_ = std::exchange(keys_, {});
  ++collective_;
  return all;
}

void StoreExchange::post(const at::Tensor& tensor) {
  const auto* const bytes = static_cast<const char*>(tensor.const_data_ptr());
  const auto total = static_cast<std::int64_t>(tensor.nbytes());
  for (std::int64_t first = 0; first < total; first += kPiece) {
    set(piece_key(collective_, rank_, first), bytes + first, std::min(kPiece, total - first));
  }
}

at::Tensor StoreExchange::fetch(int rank, const at::Tensor& like) {
  auto tensor = at::empty_like(like);
  auto* const bytes = static_cast<char*>(tensor.mutable_data_ptr());
  const auto total = static_cast<std::int64_t>(tensor.nbytes());
  for (std::int64_t first = 0; first < total; first += kPiece) {
    const auto piece = store_->get(piece_key(collective_ - 1, rank, first));
    TORCH_CHECK(static_cast<std::int64_t>(piece.size()) == std::min(kPiece, total - first), "rank ", rank, " sent a piece of ",
                piece.size(), " bytes");
    std::memcpy(bytes + first, piece.data(), piece.size());
  }
  return tensor;
}

void StoreExchange::part(std::chrono::milliseconds timeout) {
  store_->set("parted/" + std::to_string(rank_), std::string("yes"));
  if (rank_ != 0) return;
  std::vector<std::string> keys;
  for (int rank = 0; rank < size_; ++rank) keys.push_back("parted/" + std::to_string(rank));
  store_->wait(keys, timeout);
}

} // namespace cxr::simulated_gpu
