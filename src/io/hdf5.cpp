#include "io/hdf5.h"

#include <fmt/ranges.h>

#include "core/error.h"
#include "io/hdf5_library.h"

namespace cxr::hdf5 {
namespace fs = std::filesystem;
namespace {

// Shards and results are renamed when whole and never changed, so HDF5's own file locks (which many cluster file
// systems refuse) guard nothing.
Handle file_access() {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.get(), false, true);
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  // One format, whatever the library's version; its metadata carry checksums, which the oldest one's do not.
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  return access;
}

herr_t take_name(hid_t, const char* name, const H5L_info_t*, void* out) {
  static_cast<std::vector<std::string>*>(out)->emplace_back(name);
  return 0;
}

std::vector<std::string> root_names(hid_t file) {
  std::vector<std::string> names;
  H5Literate(file, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, take_name, &names);
  std::sort(names.begin(), names.end());
  return names;
}

hsize_t expected_chunks(hid_t dataset, hid_t creation) {
  const auto dims = dimensions(dataset);
  std::vector<hsize_t> chunk(dims.size());
  H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
  hsize_t count = 1;
  for (std::size_t d = 0; d < dims.size(); ++d) count *= (static_cast<hsize_t>(dims[d]) + chunk[d] - 1) / chunk[d];
  return count;
}

std::string virtual_source(hid_t creation, std::size_t mapping, ssize_t (*get)(hid_t, size_t, char*, size_t)) {
  std::string name(static_cast<std::size_t>(std::max<ssize_t>(get(creation, mapping, nullptr, 0), 0)), '\0');
  get(creation, mapping, name.data(), name.size() + 1);
  return name;
}

} // namespace

Handle::Handle(Handle&& other) noexcept
    : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(std::exchange(other.close_, nullptr)) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(close_, other.close_);
  return *this;
}

void Handle::reset() {
  if (id_ < 0) return;
  const Library library;
  close_(std::exchange(id_, H5I_INVALID_HID));
}

void Handle::close(const fs::path& file, const std::string& object) {
  const Library library;
  if (close_(std::exchange(id_, H5I_INVALID_HID)) < 0) fail_to_write(file, object);
}

File File::open(const fs::path& path) {
  const auto refuse = [&](const std::string& found) { throw InputError(path.string(), "", "an HDF5 file", found); };
  std::error_code error;
  if (!fs::exists(path, error)) refuse("no such file");
  if (!fs::is_regular_file(path, error)) refuse(fs::is_directory(path, error) ? "a folder" : "no regular file");
  if (fs::file_size(path, error) == 0) refuse("an empty file");
  const Library library;
  const htri_t is_hdf5 = H5Fis_hdf5(path.c_str());
  if (is_hdf5 < 0) refuse(library_error());
  if (is_hdf5 == 0) refuse("something else");
  const auto access = file_access(); // named, since closing a list forgets the error that library_error() tells
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!file) throw InputError(path.string(), "", "a whole HDF5 file", library_error());
  return File(std::move(file), path);
}

File File::create(const fs::path& path) {
  const Library library;
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false); // of the root group
  const auto access = file_access();
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  if (!file) fail_to_write(path, "/");
  return File(std::move(file), path);
}

bool File::has(const std::string& name) const {
  const Library library;
  return H5Lexists(file_.get(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> File::datasets() const {
  const Library library;
  auto names = root_names(file_.get());
  std::erase_if(names, [&](const std::string& name) {
    const Handle object(H5Oopen(file_.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
    return object && H5Iget_type(object.get()) != H5I_DATASET; // what can't be opened stays: reading it tells why
  });
  return names;
}

std::vector<std::int64_t> File::shape(const std::string& name) const {
  const Library library;
  return dimensions(open_dataset(name).get());
}

Handle File::open_dataset(const std::string& name) const {
  if (!has(name)) {
    throw InputError(path_.string(), name, "a dataset",
                     fmt::format("none; the file has: {}", fmt::join(root_names(file_.get()), ", ")));
  }
  Handle dataset(H5Dopen2(file_.get(), name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) throw InputError(path_.string(), name, "a dataset", library_error());
  const Handle creation(H5Dget_create_plist(dataset.get()), H5Pclose);
  if (H5Pget_layout(creation.get()) == H5D_VIRTUAL) check_virtual_sources(name, creation.get());
  if (H5Pget_layout(creation.get()) == H5D_CONTIGUOUS && H5Pget_external_count(creation.get()) > 0) {
    throw InputError(path_.string(), name, "data in the file itself", "a link to another file");
  }
  return dataset;
}

// HDF5 reads zeros where a source of a virtual dataset is absent or damaged; a result must not.
void File::check_virtual_sources(const std::string& name, hid_t creation) const {
  if (checked_.contains(name)) return;
  std::size_t mappings = 0;
  H5Pget_virtual_count(creation, &mappings);
  for (std::size_t i = 0; i < mappings; ++i) {
    const auto source = path_.parent_path() / virtual_source(creation, i, H5Pget_virtual_filename);
    const auto dataset = virtual_source(creation, i, H5Pget_virtual_dsetname);
    if (!File::open(source).has(dataset)) throw InputError(source.string(), dataset, "a dataset", "none");
  }
  checked_.insert(name);
}

// A chunk that never came to the disk reads as the fill value.
void File::check_written() const {
  for (const auto& name : datasets()) {
    const auto dataset = open_dataset(name);
    const Handle creation(H5Dget_create_plist(dataset.get()), H5Pclose);
    if (H5Pget_layout(creation.get()) != H5D_CHUNKED) continue;
    const Handle space(H5Dget_space(dataset.get()), H5Sclose); // HDF5 1.10 knows no H5S_ALL here
    hsize_t chunks = 0;
    if (H5Dget_num_chunks(dataset.get(), space.get(), &chunks) < 0 || chunks != expected_chunks(dataset.get(), creation.get()))
      throw std::runtime_error(fmt::format("{}: {}: rows that were never written", path_.string(), name));
  }
}

void File::close() {
  const Library library;
  const bool flushed = H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) >= 0;
  const auto error = flushed ? std::string() : library_error();
  if (flushed) check_written();
  const bool closed = H5Fclose(file_.release()) >= 0;
  const auto close_error = closed ? std::string() : library_error();
  if (!flushed || !closed) {
    throw std::runtime_error(fmt::format("{}: cannot write: {}", path_.string(), flushed ? close_error : error));
  }
}

} // namespace cxr::hdf5
