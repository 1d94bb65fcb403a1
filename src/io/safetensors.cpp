#include "io/safetensors.h"

#include <cstring>
#include <future>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/digest_list.h"
#include "core/error.h"
#include "core/output_file.h"
#include "io/safetensors_header.h"

namespace cxr {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

constexpr std::size_t kPrefix = sizeof(std::uint64_t);
constexpr std::uint64_t kLongestHeader = 100'000'000; // the reference's MAX_HEADER_SIZE
constexpr std::size_t kAlignment = 8;

std::string_view header_text(const FileBytes& bytes) {
  if (bytes.size < kPrefix) throw InputError(bytes.name, "header length", "8 bytes", fmt::format("{}", bytes.size));
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data, kPrefix);
  if (length > kLongestHeader) {
    throw InputError(bytes.name, "header length", fmt::format("at most {}", kLongestHeader), fmt::format("{}", length));
  }
  if (length > bytes.size - kPrefix) {
    throw InputError(bytes.name, "header length", fmt::format("at most the {} bytes that follow", bytes.size - kPrefix),
                     fmt::format("{}", length));
  }
  return bytes.text().substr(kPrefix, length);
}

// Tensors lie back to back from 0 to the end of the file, each as long as its shape and dtype say.
void check_layout(std::vector<SafetensorsEntry>& tensors, std::size_t data_size, const std::string& file) {
  std::ranges::sort(tensors, {}, [](const auto& t) { return std::pair(t.begin, t.end); });
  std::size_t next = 0;
  for (const auto& tensor : tensors) {
    const auto refuse = [&](const std::string& expected) {
      throw InputError(file, tensor.name + ": data_offsets", expected, fmt::format("[{}, {}]", tensor.begin, tensor.end));
    };
    if (tensor.begin != next) refuse(fmt::format("a range from {}, with no hole or overlap", next));
    if (tensor.end < tensor.begin || tensor.end > data_size) refuse(fmt::format("a range inside the file's {} bytes", data_size));
    const auto numel = checked_numel(tensor.shape);
    const auto item = static_cast<std::int64_t>(c10::elementSize(tensor.dtype));
    const auto length = static_cast<std::int64_t>(tensor.end - tensor.begin);
    if (!numel || length % item != 0 || length / item != *numel) {
      refuse(fmt::format("a range for shape [{}] of {}-byte items", fmt::join(tensor.shape, ","), item));
    }
    next = tensor.end;
  }
  if (next != data_size) {
    throw InputError(file, "data", fmt::format("{} bytes, where the last tensor ends", next), fmt::format("{}", data_size));
  }
}

std::size_t rank_of(const std::string& name, const at::Tensor& tensor) {
  const auto found = std::ranges::find(kSafetensorsDtypes, tensor.scalar_type(), &SafetensorsDtype::dtype);
  expects(found != kSafetensorsDtypes.end(), "safetensors: {}: dtype {} is not written", name, c10::toString(tensor.scalar_type()));
  return static_cast<std::size_t>(found - kSafetensorsDtypes.begin());
}

struct Placed {
  const std::string* name;
  const at::Tensor* tensor;
  std::size_t rank; // in kSafetensorsDtypes
};

// The reference's order: the widest items first, so that each is aligned; then by name.
std::vector<Placed> placed(const StateDict& tensors) {
  std::vector<Placed> order;
  for (const auto& [name, tensor] : tensors) {
    expects(name != "__metadata__", "safetensors: a tensor may not be called __metadata__");
    order.push_back({&name, &tensor, rank_of(name, tensor)});
  }
  std::ranges::stable_sort(order, std::ranges::greater{}, &Placed::rank);
  return order;
}

std::string header_of(const std::vector<Placed>& order, const std::map<std::string, std::string>& metadata) {
  auto header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const auto& [name, tensor, rank] : order) {
    const auto end = offset + tensor->nbytes();
    header[*name] = {{"dtype", kSafetensorsDtypes[rank].name}, {"shape", tensor->sizes().vec()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  auto text = header.dump();
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text;
}

/// A file that is written and, beside that, digested.
class DigestedFile {
 public:
  DigestedFile(const AtomicFile& file, const std::filesystem::path& target, Sha256* digest)
      : file_(file.path(), target), digest_(digest) {}

  void write(std::string_view bytes) {
    std::future<void> hashing;
    if (digest_) hashing = std::async(std::launch::async, [&] { digest_->add(bytes); });
    file_.write(bytes);
    if (digest_) hashing.get();
  }
  void close() { file_.close(); }

 private:
  OutputFile file_;
  Sha256* digest_;
};

/// Tensors on the host. Those that share a block of a device's memory come in one copy of the block, which stays until the next.
class HostCopies {
 public:
  at::Tensor of(const at::Tensor& tensor) {
    if (tensor.is_cpu()) return tensor.detach().contiguous();
    if (tensor.storage().data() != block_) {
      block_ = tensor.storage().data();
      host_ = at::Tensor(); // before the next takes memory
      const auto size = static_cast<std::int64_t>(tensor.storage().nbytes() / tensor.element_size());
      host_ = tensor.detach().as_strided({size}, {1}, 0).to(at::kCPU);
    }
    return host_.as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset()).contiguous();
  }

 private:
  const void* block_ = nullptr;
  at::Tensor host_;
};

std::string_view bytes_of(const at::Tensor& contiguous) {
  return {static_cast<const char*>(contiguous.const_data_ptr()), contiguous.nbytes()};
}

} // namespace

StateDict parse_safetensors(const FileBytes& bytes, std::map<std::string, std::string>* metadata) {
  const auto text = header_text(bytes);
  auto header = parse_safetensors_header(text, bytes.name);
  const auto data = kPrefix + text.size();
  check_layout(header.tensors, bytes.size - data, bytes.name);
  StateDict tensors;
  for (const auto& entry : header.tensors) {
    tensors.emplace(entry.name, borrow_tensor(bytes, data + entry.begin, entry.shape, entry.dtype));
  }
  if (metadata) *metadata = std::move(header.metadata);
  return tensors;
}

StateDict read_safetensors(const std::filesystem::path& path, std::map<std::string, std::string>* metadata) {
  return parse_safetensors(map_file(path), metadata);
}

void write_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata, Sha256* digest) {
  const auto order = placed(tensors);
  const auto header = header_of(order, metadata);
  const std::uint64_t length = header.size();
  AtomicFile file(path);
  DigestedFile out(file, path, digest);
  out.write({reinterpret_cast<const char*>(&length), kPrefix});
  out.write(header);
  HostCopies host;
  for (const auto& [name, tensor, rank] : order) out.write(bytes_of(host.of(*tensor)));
  out.close();
  file.commit();
}

void write_recorded_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                                const std::map<std::string, std::string>& metadata) {
  write_recorded(path, [&] {
    Sha256 digest;
    write_safetensors(path, tensors, metadata, &digest);
    return digest.hex();
  });
}

} // namespace cxr
