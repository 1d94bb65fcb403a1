#include "io/dicom_file.h"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <cmath>

#include "core/error.h"
#include "io/gzip_file.h"

namespace cxr {
namespace {

// DCMTK keeps its codecs and its logger in globals. Its messages would break the promise of one line an error.
void set_up_dcmtk() {
  static const bool done = [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
    DcmRLEDecoderRegistration::registerCodecs();
    return true;
  }();
  static_cast<void>(done);
}

} // namespace

DicomFile::DicomFile(const std::filesystem::path& path) : name_(path.string()) {
  set_up_dcmtk();
  const auto bytes = read_whole_file(path);
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  file_.transferInit();
  const auto status = file_.read(stream);
  file_.transferEnd();
  if (status.bad()) throw InputError(name_, "", "a whole DICOM file", status.text());
}

void DicomFile::refuse(const DcmTagKey& tag, const std::string& expected, const std::string& found) const {
  throw InputError(name_, DcmTag(tag).getTagName(), expected, found);
}

std::int64_t DicomFile::integer(const DcmTagKey& tag) const {
  Uint16 value = 0;
  if (data().findAndGetUint16(tag, value).bad()) refuse(tag, "a number", "none");
  return value;
}

double DicomFile::real(const DcmTagKey& tag, double fallback) const {
  if (!has(tag)) return fallback;
  Float64 value = 0;
  if (data().findAndGetFloat64(tag, value).bad() || !std::isfinite(value)) refuse(tag, "a number", text(tag));
  return value;
}

std::string DicomFile::text(const DcmTagKey& tag) const {
  OFString value;
  if (data().findAndGetOFString(tag, value).bad()) return "";
  const auto end = value.find_last_not_of(' ');
  return end == OFString_npos ? "" : std::string(value.c_str(), end + 1);
}

} // namespace cxr
