/// @file
/// A DICOM file's data set by tag, with errors that name the tag. Shows DCMTK: included by io/dicom*.cpp only.
#pragma once

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace cxr {

class DicomFile {
 public:
  /// Reads the whole file, inflated if it is a gzip stream. @throws InputError if absent, cut off, or no DICOM file
  explicit DicomFile(const std::filesystem::path& path);

  const std::string& name() const { return name_; }
  DcmDataset& data() const { return *file_.getDataset(); }
  bool has(const DcmTagKey& tag) const { return data().tagExistsWithValue(tag); }

  [[noreturn]] void refuse(const DcmTagKey& tag, const std::string& expected, const std::string& found) const;

  /// An unsigned 16-bit value. @throws InputError if absent
  std::int64_t integer(const DcmTagKey& tag) const;
  /// The first of a decimal string's values, `fallback` if absent. @throws InputError if it is no finite number
  double real(const DcmTagKey& tag, double fallback) const;
  /// The first value without the blanks that pad it; empty if absent.
  std::string text(const DcmTagKey& tag) const;

 private:
  std::string name_;
  mutable DcmFileFormat file_; // DCMTK's lookups are not const
};

} // namespace cxr
