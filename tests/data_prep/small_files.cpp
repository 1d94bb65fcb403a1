#include "data_prep/small_files.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <zlib.h>

#include <fstream>

#include "io/image_file.h"

namespace cxr::test {
namespace {

namespace fs = std::filesystem;

constexpr int kHeight = 24, kWidth = 32;

at::Tensor ramp(int grey) { return (at::arange(kHeight * kWidth).view({kHeight, kWidth}) / 16 + grey).to(at::kByte); }

} // namespace

void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

void write_gzip(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

void write_picture(const fs::path& path, int grey) {
  fs::create_directories(path.parent_path());
  write_png(path, ramp(grey));
}

void write_dicom(const fs::path& path, int grey, const std::string& position) {
  fs::create_directories(path.parent_path());
  DcmFileFormat file;
  auto& data = *file.getDataset();
  char uid[100];
  data.putAndInsertString(DCM_SOPClassUID, UID_DigitalXRayImageStorageForPresentation);
  data.putAndInsertString(DCM_SOPInstanceUID, dcmGenerateUniqueIdentifier(uid));
  data.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1");
  data.putAndInsertString(DCM_ViewPosition, position.c_str());
  for (const auto& [tag, value] : {std::pair(DCM_SamplesPerPixel, 1), std::pair(DCM_Rows, kHeight), std::pair(DCM_Columns, kWidth),
                                   std::pair(DCM_BitsAllocated, 16), std::pair(DCM_BitsStored, 12), std::pair(DCM_HighBit, 11),
                                   std::pair(DCM_PixelRepresentation, 0)}) {
    data.putAndInsertUint16(tag, static_cast<Uint16>(value));
  }
  std::vector<Uint16> pixels(kHeight * kWidth);
  const auto image = ramp(grey);
  std::transform(image.data_ptr<std::uint8_t>(), image.data_ptr<std::uint8_t>() + image.numel(), pixels.begin(),
                 [](std::uint8_t value) { return static_cast<Uint16>(4095 - 16 * value); });
  data.putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size());
  if (file.saveFile(path.c_str(), EXS_LittleEndianExplicit).bad()) throw std::runtime_error("saveFile failed");
}

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string input_error(const std::function<void()>& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

} // namespace cxr::test
