#include "io/hdf5_library.h"

#include "core/error.h"

namespace cxr::hdf5 {
namespace {

std::recursive_mutex& library_mutex() {
  static auto* mutex = new std::recursive_mutex; // outlives every static that may own a file
  return *mutex;
}

// H5E_WALK_UPWARD begins at the innermost function; the first message that says anything is the cause.
herr_t take_first(unsigned, const H5E_error2_t* error, void* out) {
  auto& text = *static_cast<std::string*>(out);
  if (text.empty() && error->desc) text = error->desc;
  return 0;
}

std::vector<hsize_t> to_hsize(const std::vector<std::int64_t>& shape) { return {shape.begin(), shape.end()}; }

// Chunks are whole rows: one for images, many for scalars, since a chunk costs an index entry and a seek.
std::vector<hsize_t> chunk_shape(const std::vector<std::int64_t>& shape, std::size_t element_size) {
  constexpr std::int64_t kChunkBytes = 64 << 10;
  auto chunk = to_hsize(shape);
  std::int64_t row_bytes = static_cast<std::int64_t>(element_size);
  for (std::size_t d = 1; d < shape.size(); ++d) row_bytes *= shape[d];
  chunk[0] = static_cast<hsize_t>(std::clamp<std::int64_t>(kChunkBytes / row_bytes, 1, shape[0]));
  return chunk;
}

Handle make_dataset(const File& file, const std::string& name, hid_t type, const std::vector<hsize_t>& dims, hid_t creation) {
  const Handle space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
  Handle dataset(H5Dcreate2(file.id(), name.c_str(), type, space.get(), H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
  if (!dataset) fail_to_write(file.path(), name);
  return dataset;
}

} // namespace

Library::Library() : lock_(library_mutex()) {
  // Before HDF5's first call: its clean-up at exit crashes over a file that a full disk kept it from closing. Owners close theirs.
  [[maybe_unused]] static const herr_t no_clean_up = H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

void Library::take_over_in_child() { new (&library_mutex()) std::recursive_mutex; }

std::string library_error() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &text);
  // The file driver says "…: time = …, errno = 28, error message = 'No space left on device', …": the quoted part is for people.
  constexpr std::string_view kMark = "error message = '";
  if (const auto begin = text.find(kMark); begin != std::string::npos) {
    text = text.substr(begin + kMark.size());
    text = text.substr(0, text.find('\''));
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.empty() ? "an error that HDF5 does not explain" : text;
}

void fail_to_write(const std::filesystem::path& path, const std::string& object) {
  throw std::runtime_error(fmt::format("{}: {}: cannot write: {}", path.string(), object, library_error()));
}

std::vector<std::int64_t> dimensions(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  std::vector<hsize_t> dims(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

Handle select_rows(hid_t dataset, std::int64_t begin, std::int64_t count) {
  Handle space(H5Dget_space(dataset), H5Sclose);
  auto block = to_hsize(dimensions(dataset));
  std::vector<hsize_t> start(block.size(), 0);
  start[0] = static_cast<hsize_t>(begin);
  block[0] = static_cast<hsize_t>(count);
  H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, block.data(), nullptr);
  return space;
}

Handle memory_rows(hid_t dataset, std::int64_t count) {
  auto dims = to_hsize(dimensions(dataset));
  dims[0] = static_cast<hsize_t>(count);
  return Handle(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
}

Handle new_dataset(const File& file, const std::string& name, hid_t type, std::vector<std::int64_t> shape, int deflate) {
  expects(!shape.empty(), "{}: dataset {} has no axis", file.path().string(), name);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  if (!empty) { // HDF5 has no chunks of no elements
    const auto chunk = chunk_shape(shape, H5Tget_size(type));
    H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
    if (deflate > 0) H5Pset_deflate(creation.get(), static_cast<unsigned>(deflate));
    H5Pset_fletcher32(creation.get());
  }
  return make_dataset(file, name, type, to_hsize(shape), creation.get());
}

Handle new_dataset_in_one_piece(const File& file, const std::string& name, hid_t type, std::int64_t size) {
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER); // all is written once
  return make_dataset(file, name, type, to_hsize({size}), creation.get());
}

void check_size(const File& file, const std::string& name, hid_t dataset, double bytes) {
  constexpr double kLargestDeflateRatio = 1032; // zlib's technical notes
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  if (H5Pget_layout(creation.get()) == H5D_VIRTUAL) return; // the data lie in other files
  hsize_t file_bytes = 0;
  H5Fget_filesize(file.id(), &file_bytes);
  const double ratio = H5Pget_nfilters(creation.get()) > 0 ? kLargestDeflateRatio : 1;
  if (bytes > ratio * static_cast<double>(file_bytes)) {
    throw InputError(file.path().string(), name, fmt::format("data that fit into a file of {} bytes", file_bytes),
                     fmt::format("a size of {:.3g} bytes", bytes));
  }
}

} // namespace cxr::hdf5
