#include "io/torch_pickle.h"

#include <fmt/ranges.h>

#include "core/error.h"
#include "io/pickle_machine.h"
#include "io/zip_file.h"

namespace cxr {
namespace {

static_assert(std::endian::native == std::endian::little, "storages are read as they lie, little-endian");

constexpr std::string_view kZipStart = "PK\x03\x04";
constexpr std::string_view kPickleStart = "\x80\x02";

void refuse_unless_zip(const FileBytes& bytes) {
  if (bytes.text().starts_with(kZipStart)) return;
  if (bytes.text().starts_with(kPickleStart)) {
    throw InputError(bytes.name, "", "a zip archive (in Python: torch.save(torch.load('old.bin'), 'new.bin'))",
                     "a file in the old format before PyTorch 1.6");
  }
  throw InputError(bytes.name, "", "a zip archive as torch.save makes it", "another kind of file");
}

// An archive's entries lie in a folder that is called after the file as it was first saved.
std::string folder_of(const ZipFile& zip) {
  constexpr std::string_view kPickle = "/data.pkl";
  for (const auto& [name, entry] : zip.entries()) {
    if (name.ends_with(kPickle) && name.find('/') == name.size() - kPickle.size()) return name.substr(0, name.find('/') + 1);
  }
  throw InputError(zip.bytes().name, "", "an archive of torch.save, with a data.pkl", "none");
}

// Makes tensors of what a pickle says of them. Tensors that shared a storage share it again.
class TensorReader {
 public:
  TensorReader(const ZipFile& zip, std::string folder) : zip_(zip), folder_(std::move(folder)) {}

  at::Tensor read(const std::string& key, const PickleTensor& tensor) {
    const auto storage = read_storage(key, *tensor.storage);
    const auto sizes = integers(key, *tensor.sizes);
    const auto strides = integers(key, *tensor.strides);
    if (!lies_inside(sizes, strides, tensor.offset, storage.numel())) {
      refuse(key, fmt::format("a view inside its storage of {} items", storage.numel()),
             fmt::format("sizes [{}], strides [{}], offset {}", fmt::join(sizes, ","), fmt::join(strides, ","), tensor.offset));
    }
    if (checked_numel(sizes) == 0) return at::empty(sizes, storage.dtype());
    return storage.as_strided(sizes, strides, tensor.offset);
  }

 private:
  [[noreturn]] void refuse(const std::string& key, const std::string& expected, const std::string& found) const {
    throw InputError(zip_.bytes().name, key, expected, found);
  }

  at::Tensor read_storage(const std::string& key, const PickleStorage& storage) {
    const auto name = folder_ + "data/" + *storage.key;
    auto& known = storages_[name];
    const auto& entry = known.defined() ? zip_.entries().at(name) : zip_.checked(name);
    const auto item = c10::elementSize(storage.dtype);
    if (storage.numel < 0 || entry.size % item != 0 || entry.size / item != static_cast<std::uint64_t>(storage.numel)) {
      refuse(key, fmt::format("{} items of {} bytes in its storage", storage.numel, item), fmt::format("{} bytes", entry.size));
    }
    if (!known.defined()) known = borrow_tensor(zip_.bytes(), entry.offset, {storage.numel}, storage.dtype);
    if (known.scalar_type() != storage.dtype) refuse(key, "one dtype for all tensors of a storage", "two");
    return known;
  }

  std::vector<std::int64_t> integers(const std::string& key, const PickleSequence& sequence) const {
    if (sequence.items.size() > kMostAxes) refuse(key, fmt::format("at most {} axes", kMostAxes), "more");
    std::vector<std::int64_t> found;
    for (const auto* item : sequence.items) {
      const auto* number = std::get_if<std::int64_t>(&item->content);
      if (!number || *number < 0) refuse(key, "sizes and strides of integers from 0", number ? "a negative one" : item->kind());
      found.push_back(*number);
    }
    return found;
  }

  // offset + Σ(size−1)·stride < numel, and nothing past 63 bits on the way.
  static bool lies_inside(at::IntArrayRef sizes, at::IntArrayRef strides, std::int64_t offset, std::int64_t numel) {
    const auto count = checked_numel(sizes);
    if (sizes.size() != strides.size() || offset < 0 || !count) return false;
    if (*count == 0) return offset <= numel;
    std::int64_t last = offset;
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      std::int64_t reach = 0;
      if (__builtin_mul_overflow(sizes[d] - 1, strides[d], &reach)) return false;
      if (__builtin_add_overflow(last, reach, &last)) return false;
    }
    return last < numel;
  }

  const ZipFile& zip_;
  std::string folder_;
  std::map<std::string, at::Tensor> storages_;
};

// The state dict itself, or what a training checkpoint keeps under "state_dict".
const PickleDict& state_dict_of(const PickleTree& tree, const std::string& file) {
  const auto* root = std::get_if<PickleDict>(&tree.root->content);
  if (!root) throw InputError(file, "", "a state dict (keys to tensors)", tree.root->kind());
  for (const auto& [key, value] : root->items) {
    const auto* name = std::get_if<std::string>(&key->content);
    const auto* inner = std::get_if<PickleDict>(&value->content);
    if (name && inner && *name == "state_dict") return *inner;
  }
  return *root;
}

// An archive that was checked, and the tree of its pickle.
struct Archive {
  explicit Archive(const FileBytes& bytes) : zip(checked(bytes)), folder(folder_of(zip)) {
    if (zip.has(folder + "byteorder") && zip.read(folder + "byteorder") != "little") {
      throw InputError(bytes.name, "byteorder", "little", std::string(zip.read(folder + "byteorder")));
    }
    tree = parse_pickle(zip.read(folder + "data.pkl"), bytes.name);
  }

  ZipFile zip;
  std::string folder;
  PickleTree tree;

 private:
  static const FileBytes& checked(const FileBytes& bytes) {
    refuse_unless_zip(bytes);
    return bytes;
  }
};

} // namespace

StateDict parse_torch_pickle(const FileBytes& bytes) {
  const Archive archive(bytes);
  TensorReader reader(archive.zip, archive.folder);
  StateDict tensors;
  for (const auto& [key, value] : state_dict_of(archive.tree, bytes.name).items) {
    const auto* name = std::get_if<std::string>(&key->content);
    if (!name) throw InputError(bytes.name, "state dict", "strings as keys", key->kind());
    const auto* tensor = std::get_if<PickleTensor>(&value->content);
    if (!tensor) throw InputError(bytes.name, *name, "a tensor", value->kind());
    if (!tensors.emplace(*name, reader.read(*name, *tensor)).second) throw InputError(bytes.name, *name, "one such key", "two");
  }
  return tensors;
}

StateDict read_torch_pickle(const std::filesystem::path& path) { return parse_torch_pickle(map_file(path)); }

SavedValues read_saved_values(const std::filesystem::path& path) {
  const auto bytes = map_file(path);
  const Archive archive(bytes);
  TensorReader reader(archive.zip, archive.folder);
  SavedValues values;
  const auto take = [&](const std::string& name, const PickleValue& value) {
    if (const auto* tensor = std::get_if<PickleTensor>(&value.content)) values.tensors.emplace(name, reader.read(name, *tensor));
    if (const auto* text = std::get_if<std::string>(&value.content)) values.strings.emplace(name, *text);
  };
  const auto* root = std::get_if<PickleDict>(&archive.tree.root->content);
  if (!root) throw InputError(bytes.name, "", "a saved dict", archive.tree.root->kind());
  for (const auto& [key, value] : root->items) {
    const auto* outer = std::get_if<std::string>(&key->content);
    if (!outer) continue;
    take(*outer, *value);
    const auto* inside = std::get_if<PickleDict>(&value->content);
    if (!inside) continue;
    for (const auto& [inner_key, inner] : inside->items) {
      if (const auto* name = std::get_if<std::string>(&inner_key->content)) take(*outer + "." + *name, *inner);
    }
  }
  return values;
}

} // namespace cxr
