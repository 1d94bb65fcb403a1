#include "data_prep/parts.h"

#include <numeric>

#include "core/error.h"
#include "core/log.h"
#include "io/shard_file.h"

namespace cxr {
namespace {

constexpr const char* kMark = ".parts-";

// The images in the smallest frame that holds each: uint8 [count,H,W].
at::Tensor framed(const std::vector<DecodedImage>& images, at::Tensor& sizes) {
  std::int64_t height = 1, width = 1;
  sizes = at::zeros({std::ssize(images), 2}, at::kInt);
  auto* size = sizes.data_ptr<std::int32_t>();
  for (const auto& image : images) {
    const auto rows = image.image.defined() ? image.image.size(0) : 0, columns = image.image.defined() ? image.image.size(1) : 0;
    *size++ = static_cast<std::int32_t>(rows);
    *size++ = static_cast<std::int32_t>(columns);
    height = std::max(height, rows);
    width = std::max(width, columns);
  }
  auto frames = at::zeros({std::ssize(images), height, width}, at::kByte);
  for (std::int64_t i = 0; i < std::ssize(images); ++i) {
    const auto& image = images[i].image;
    if (image.defined()) frames[i].narrow(0, 0, image.size(0)).narrow(1, 0, image.size(1)).copy_(image);
  }
  return frames;
}

} // namespace

Parts::Parts(std::filesystem::path folder, std::string identity, std::int64_t samples)
    : folder_(std::move(folder)), identity_(std::move(identity)), samples_(samples) {
  std::filesystem::create_directories(folder_);
}

std::filesystem::path Parts::path(Batch block) const { return folder_ / fmt::format("{:09}.h5", block.begin); }

bool Parts::has(Batch block) const { return std::filesystem::exists(path(block)); }

void Parts::write(Batch block, const std::vector<DecodedImage>& images) const {
  std::vector<std::int64_t> index(images.size());
  std::iota(index.begin(), index.end(), block.begin);
  std::vector<std::string> failures, reports, impressions;
  for (const auto& image : images) {
    failures.push_back(image.failure);
    reports.push_back(image.text.report);
    impressions.push_back(image.text.impression);
  }
  at::Tensor sizes;
  const auto frames = framed(images, sizes);
  write_shard(path(block), RunAttributes{identity_, samples_, {}, {}}, index,
              {{"images", frames}, {"sizes", sizes}, {"failures", failures}, {"reports", reports}, {"impressions", impressions}});
}

Parts::Summary Parts::read_summary(Batch block) const {
  const auto index = read_shard_index(path(block), identity_, samples_);
  if (std::ssize(index) != block.count || index.front() != block.begin) {
    throw InputError(path(block).string(), "index", format_ranges({block.begin, block.end() - 1}), format_ranges(index));
  }
  const auto file = hdf5::File::open(path(block));
  return {file.read("sizes"), file.read_strings("failures")};
}

std::vector<DecodedImage> Parts::read(Batch block) const {
  const auto summary = read_summary(block);
  const auto file = hdf5::File::open(path(block));
  const auto frames = file.read("images");
  const auto reports = file.read_strings("reports"), impressions = file.read_strings("impressions");
  const auto* size = summary.sizes.data_ptr<std::int32_t>();
  std::vector<DecodedImage> images(static_cast<std::size_t>(block.count));
  for (std::int64_t i = 0; i < block.count; ++i) {
    images[i].failure = summary.failures[i];
    if (!images[i].failure.empty()) continue;
    images[i].image = frames[i].narrow(0, 0, size[2 * i]).narrow(1, 0, size[2 * i + 1]);
    images[i].text = {reports[i], impressions[i]};
  }
  return images;
}

std::filesystem::path Parts::folder_of(const std::filesystem::path& out, const std::string& job) {
  constexpr std::size_t kDigits = 16;
  return out.string() + kMark + job.substr(0, kDigits);
}

void Parts::remove_those_of(const std::filesystem::path& out) {
  const auto mark = out.filename().string() + kMark;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::absolute(out).parent_path(), ignored)) {
    if (entry.path().filename().string().starts_with(mark)) std::filesystem::remove_all(entry.path(), ignored);
  }
}

// The set is whole by now: what stays of its parts costs room, no more.
void Parts::remove() const {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
  if (error) log::warn("{}: cannot be removed, and is not needed any more: {}", folder_.string(), error.message());
}

} // namespace cxr
