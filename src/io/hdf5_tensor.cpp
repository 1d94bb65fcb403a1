// Tensors in and out of HDF5 datasets.
#include "core/error.h"
#include "io/hdf5.h"
#include "io/hdf5_library.h"

namespace cxr::hdf5 {
namespace {

struct TypePair {
  at::ScalarType tensor;
  hid_t memory; ///< borrowed
};

std::array<TypePair, 6> types() {
  return {{{at::kByte, H5T_NATIVE_UINT8},
           {at::kChar, H5T_NATIVE_INT8},
           {at::kInt, H5T_NATIVE_INT32},
           {at::kLong, H5T_NATIVE_INT64},
           {at::kFloat, H5T_NATIVE_FLOAT},
           {at::kDouble, H5T_NATIVE_DOUBLE}}};
}

hid_t memory_type(at::ScalarType tensor) {
  for (const auto& type : types()) {
    if (type.tensor == tensor) return type.memory;
  }
  throw LogicError(fmt::format("HDF5 files hold no {}", c10::toString(tensor)));
}

const char* class_name(H5T_class_t type) {
  switch (type) {
    case H5T_INTEGER:
      return "integers";
    case H5T_FLOAT:
      return "floating-point numbers";
    case H5T_STRING:
      return "strings";
    default:
      return "something else";
  }
}

TypePair tensor_type(const File& file, const std::string& name, hid_t dataset) {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const auto kind = H5Tget_class(type.get());
  const auto size = H5Tget_size(type.get());
  for (const auto& candidate : types()) {
    const bool same_sign = kind != H5T_INTEGER || H5Tget_sign(type.get()) == H5Tget_sign(candidate.memory);
    if (H5Tget_class(candidate.memory) == kind && H5Tget_size(candidate.memory) == size && same_sign) return candidate;
  }
  throw InputError(file.path().string(), name, "uint8, int8, int32, int64, float32 or float64",
                   fmt::format("{} of {} bytes", class_name(kind), size));
}

} // namespace

at::ScalarType File::dtype(const std::string& name) const {
  const Library library;
  return tensor_type(*this, name, open_dataset(name).get()).tensor;
}

at::Tensor File::read(const std::string& name) const {
  const auto dims = shape(name);
  if (dims.empty()) throw InputError(path_.string(), name, "an array", "a single value");
  return read_rows(name, 0, dims[0]);
}

at::Tensor File::read_rows(const std::string& name, std::int64_t begin, std::int64_t count) const {
  const Library library;
  const auto dataset = open_dataset(name);
  auto dims = dimensions(dataset.get());
  if (dims.empty()) throw InputError(path_.string(), name, "an array", "a single value");
  expects(begin >= 0 && count >= 0 && count <= dims[0] - begin, "{}: {} has no rows {} to {}", path_.string(), name, begin,
          begin + count);
  dims[0] = count;
  const auto type = tensor_type(*this, name, dataset.get());
  double bytes = static_cast<double>(c10::elementSize(type.tensor));
  for (const auto extent : dims) bytes *= static_cast<double>(extent);
  check_size(*this, name, dataset.get(), bytes);
  auto rows = at::empty(dims, type.tensor);
  if (rows.numel() == 0) return rows;
  const auto from = select_rows(dataset.get(), begin, count), to = memory_rows(dataset.get(), count);
  if (H5Dread(dataset.get(), type.memory, to.get(), from.get(), H5P_DEFAULT, rows.data_ptr()) < 0) {
    throw InputError(path_.string(), name, "undamaged data", library_error());
  }
  return rows;
}

void File::create_dataset(const std::string& name, at::ScalarType dtype, std::int64_t rows,
                          const std::vector<std::int64_t>& row_shape, int deflate) {
  const Library library;
  auto shape = row_shape;
  shape.insert(shape.begin(), rows);
  new_dataset(*this, name, memory_type(dtype), shape, deflate).close(path_, name);
}

void File::create_in_one_piece(const std::string& name, at::ScalarType dtype, std::int64_t size) {
  const Library library;
  new_dataset_in_one_piece(*this, name, memory_type(dtype), size).close(path_, name);
}

void File::write(const std::string& name, const at::Tensor& tensor, int deflate) {
  expects(tensor.dim() >= 1, "{}: dataset {} has no axis", path_.string(), name);
  create_dataset(name, tensor.scalar_type(), tensor.size(0), tensor.sizes().slice(1).vec(), deflate);
  write_rows(name, 0, tensor);
}

void File::write_rows(const std::string& name, std::int64_t begin, const at::Tensor& rows) {
  if (rows.numel() == 0) return;
  const Library library;
  const auto data = rows.detach().to(at::kCPU).contiguous();
  auto dataset = open_dataset(name);
  auto expected = dimensions(dataset.get());
  expects(data.dim() == std::ssize(expected) && begin >= 0 && begin + data.size(0) <= expected[0] &&
              data.sizes().slice(1).equals(at::IntArrayRef(expected).slice(1)),
          "{}: rows of another shape than dataset {}", path_.string(), name);
  const auto to = select_rows(dataset.get(), begin, data.size(0)), from = memory_rows(dataset.get(), data.size(0));
  if (H5Dwrite(dataset.get(), memory_type(data.scalar_type()), from.get(), to.get(), H5P_DEFAULT, data.const_data_ptr()) < 0) {
    fail_to_write(path_, name);
  }
  dataset.close(path_, name);
}

} // namespace cxr::hdf5
