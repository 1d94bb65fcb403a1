#include "io/dicom.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrploss.h>
#include <dcmtk/dcmjpls/djencode.h>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "core/error.h"
#include "io/dicom_window.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr int kRows = 20, kColumns = 24;

/// A small radiograph's data set; the tests change what they are about.
class Dicom {
 public:
  Dicom(int allocated, int stored, bool is_signed = false) : allocated_(allocated) {
    auto& data = *file_.getDataset();
    char uid[100];
    data.putAndInsertString(DCM_SOPClassUID, UID_DigitalXRayImageStorageForPresentation);
    data.putAndInsertString(DCM_SOPInstanceUID, dcmGenerateUniqueIdentifier(uid));
    data.putAndInsertUint16(DCM_SamplesPerPixel, 1);
    data.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
    data.putAndInsertUint16(DCM_Rows, kRows);
    data.putAndInsertUint16(DCM_Columns, kColumns);
    data.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(allocated));
    data.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(stored));
    data.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(stored - 1));
    data.putAndInsertUint16(DCM_PixelRepresentation, is_signed ? 1 : 0);
  }
  Dicom& text(const DcmTagKey& tag, const char* value) {
    file_.getDataset()->putAndInsertString(tag, value);
    return *this;
  }
  Dicom& number(const DcmTagKey& tag, int value) {
    file_.getDataset()->putAndInsertUint16(tag, static_cast<Uint16>(value));
    return *this;
  }
  Dicom& without(const DcmTagKey& tag) {
    file_.getDataset()->findAndDeleteElement(tag);
    return *this;
  }
  Dicom& pixels(const std::vector<int>& words) {
    const std::vector<Uint16> wide(words.begin(), words.end());
    const std::vector<Uint8> narrow(words.begin(), words.end());
    auto& data = *file_.getDataset();
    if (allocated_ == 8) data.putAndInsertUint8Array(DCM_PixelData, narrow.data(), narrow.size());
    if (allocated_ == 16) data.putAndInsertUint16Array(DCM_PixelData, wide.data(), wide.size());
    return *this;
  }
  void save(const fs::path& path, E_TransferSyntax syntax = EXS_LittleEndianExplicit,
            const DcmRepresentationParameter* how = nullptr) {
    DJEncoderRegistration::registerCodecs();
    DJLSEncoderRegistration::registerCodecs();
    DcmRLEEncoderRegistration::registerCodecs();
    ASSERT_TRUE(file_.getDataset()->chooseRepresentation(syntax, how).good()) << path;
    ASSERT_TRUE(file_.saveFile(path.c_str(), syntax).good()) << path;
  }
  DcmDataset& data() { return *file_.getDataset(); }

 private:
  int allocated_;
  DcmFileFormat file_;
};

// A smooth ramp from `low` to `high` over the picture, in rows and columns.
std::vector<int> ramp(int low, int high) {
  std::vector<int> values;
  for (int y = 0; y < kRows; ++y) {
    for (int x = 0; x < kColumns; ++x) values.push_back(low + (high - low) * (y * 3 + x) / (3 * (kRows - 1) + kColumns - 1));
  }
  return values;
}

// `value` of each word as the picture's grey.
at::Tensor grey(const std::vector<int>& words, const std::function<int(int)>& value) {
  auto image = at::empty({kRows, kColumns}, at::kByte);
  std::ranges::transform(words, image.data_ptr<std::uint8_t>(), [&](int word) { return static_cast<std::uint8_t>(value(word)); });
  return image;
}

at::Tensor min_max(const std::vector<int>& values) {
  const auto [low, high] = std::ranges::minmax(values);
  return grey(values,
              [low = low, high = high](int value) { return static_cast<int>(double(value - low) / double(high - low) * 255); });
}

class DicomTest : public testing::Test {
 protected:
  fs::path path() const { return folder_ / "image.dcm"; }
  at::Tensor read(Dicom& dicom, DicomRule rule = DicomRule::kMinMax) {
    dicom.save(path());
    return read_dicom(path(), rule);
  }
  std::string error_of(const fs::path& file) {
    try {
      read_dicom(file, DicomRule::kMinMax);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no InputError";
  }
  std::string error(Dicom& dicom) {
    dicom.save(path());
    return error_of(path());
  }
  test::TemporaryFolder folder_;
};

TEST_F(DicomTest, MinMaxIsMimicsRecipe) {
  const auto values = ramp(117, 3900);
  EXPECT_CLOSE(read(Dicom(16, 12).text(DCM_NumberOfFrames, "1").pixels(values)), min_max(values), 0);
  const auto bytes = ramp(3, 201);
  EXPECT_CLOSE(read(Dicom(8, 8).pixels(bytes)), min_max(bytes), 0);
  const auto full = ramp(0, 65535);
  EXPECT_CLOSE(read(Dicom(16, 16).pixels(full)), min_max(full), 0);
}

TEST_F(DicomTest, Monochrome1IsInvertedAtTheEnd) {
  const auto values = ramp(117, 3900);
  Dicom dicom(16, 12);
  dicom.text(DCM_PhotometricInterpretation, "MONOCHROME1").pixels(values);
  EXPECT_CLOSE(read(dicom), 255 - min_max(values), 0);
  dicom.text(DCM_WindowCenter, "1000").text(DCM_WindowWidth, "500");
  const auto windowed = read(dicom, DicomRule::kWindow);
  EXPECT_EQ(windowed[0][0].item<int>(), 255); // below the window
  EXPECT_EQ(windowed[kRows - 1][kColumns - 1].item<int>(), 0);
}

TEST_F(DicomTest, SignedPixels) {
  const auto values = ramp(-1000, 1000);
  for (const int stored : {12, 16}) {
    Dicom dicom(16, stored, true);
    std::vector<int> words = values;
    for (int& word : words) word &= (1 << stored) - 1;
    EXPECT_CLOSE(read(dicom.pixels(words)), min_max(values), 0);
  }
}

TEST_F(DicomTest, BitsThatAreNotStoredAreMasked) {
  const auto values = ramp(20, 1000);
  std::vector<int> overlaid = values, shifted = values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    overlaid[i] |= i % 3 ? 0xfc00 : 0;
    shifted[i] = shifted[i] << 6 | (i % 2 ? 0x2a : 0);
  }
  EXPECT_CLOSE(read(Dicom(16, 10).pixels(overlaid)), min_max(values), 0);
  EXPECT_CLOSE(read(Dicom(16, 10).number(DCM_HighBit, 15).pixels(shifted)), min_max(values), 0);
}

TEST_F(DicomTest, WindowAppliesToRescaledValues) {
  const auto values = ramp(0, 4000);
  Dicom dicom(16, 12);
  dicom.pixels(values).text(DCM_RescaleSlope, "0.5").text(DCM_RescaleIntercept, "-200").text(DCM_WindowCenter, "700.5\\1");
  dicom.text(DCM_WindowWidth, "801\\2");
  // PS3.3, C.11.2.1.2.1 with centre 700.5 and width 801: 300 becomes 0, 1100 becomes 255.
  const auto expected = grey(values, [](int value) {
    const double x = 0.5 * value - 200;
    return static_cast<int>(std::lround(255 * std::clamp((x - 700) / 800 + 0.5, 0.0, 1.0)));
  });
  EXPECT_CLOSE(read(dicom, DicomRule::kWindow), expected, 0);
  EXPECT_CLOSE(read(dicom, DicomRule::kMinMax), min_max(values), 0);
}

TEST_F(DicomTest, AVoiTableComesBeforeAWindow) {
  const auto values = ramp(0, 30);
  Dicom dicom(16, 12);
  dicom.pixels(values).text(DCM_WindowCenter, "1000").text(DCM_WindowWidth, "10");
  const std::vector<Uint16> descriptor = {4, 10, 10}, entries = {0, 1023, 511, 200}; // 10 to 13, entries of 10 bits
  DcmItem* item = nullptr;
  dicom.data().findOrCreateSequenceItem(DCM_VOILUTSequence, item, 0);
  item->putAndInsertUint16Array(DCM_LUTDescriptor, descriptor.data(), 3);
  item->putAndInsertUint16Array(DcmTag(DCM_LUTData, EVR_US), entries.data(), 4);
  const auto expected = grey(values, [](int value) { return value <= 10 ? 0 : value == 11 ? 255 : value == 12 ? 127 : 50; });
  EXPECT_CLOSE(read(dicom, DicomRule::kWindow), expected, 0);
}

TEST_F(DicomTest, WithoutAWindowItIsMinMax) {
  const auto values = ramp(50, 4000);
  EXPECT_CLOSE(read(Dicom(16, 12).pixels(values), DicomRule::kWindow), min_max(values), 0);
}

// OpenCV's histogram equalisation, written out: cumulative counts without the darkest level, scaled to 255.
TEST_F(DicomTest, EqualizeFlattensTheHistogram) {
  auto values = ramp(0, 63);
  for (int& value : values) value = value * value;
  const auto plain = min_max(values);
  const auto counts = plain.flatten().bincount({}, 256);
  const auto first = plain.min().item<std::int64_t>();
  const double scale = 255.0 / static_cast<double>(plain.numel() - counts[first].item<std::int64_t>());
  const auto table = (counts.cumsum(0) - counts[first]).clamp_min(0).to(at::kDouble).mul(scale).round().to(at::kByte);
  const auto expected = table.index({plain.to(at::kLong)});
  EXPECT_CLOSE(read(Dicom(16, 12).pixels(values), DicomRule::kEqualize), expected, 1.0 / 255); // float in OpenCV: half a level
}

TEST_F(DicomTest, EveryLosslessTransferSyntaxGivesTheSamePixels) {
  const auto values = ramp(117, 3900);
  for (const auto syntax : {EXS_LittleEndianImplicit, EXS_BigEndianExplicit, EXS_DeflatedLittleEndianExplicit, EXS_JPEGProcess14SV1,
                            EXS_JPEGProcess14, EXS_JPEGLSLossless, EXS_RLELossless}) {
    SCOPED_TRACE(DcmXfer(syntax).getXferName());
    Dicom(16, 12).pixels(values).save(path(), syntax);
    EXPECT_CLOSE(read_dicom(path(), DicomRule::kMinMax), min_max(values), 0);
  }
}

TEST_F(DicomTest, LossyJpegIsNear) {
  const DJ_RPLossy quality(95);
  const auto bytes = ramp(0, 255), wide = ramp(0, 4095);
  Dicom(8, 8).pixels(bytes).save(path(), EXS_JPEGProcess1, &quality);
  EXPECT_CLOSE(read_dicom(path(), DicomRule::kMinMax), min_max(bytes), 6.0 / 255); // what quality 95 loses
  Dicom(16, 12).pixels(wide).save(path(), EXS_JPEGProcess2_4, &quality);
  EXPECT_CLOSE(read_dicom(path(), DicomRule::kMinMax), min_max(wide), 6.0 / 255);
}

TEST_F(DicomTest, GzipAndViewPosition) {
  const auto values = ramp(117, 3900);
  Dicom(16, 12).text(DCM_ViewPosition, "PA ").pixels(values).save(path());
  std::ifstream file(path(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto packed = folder_ / "image.dcm.gz";
  const gzFile out = gzopen(packed.c_str(), "wb");
  gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(out);
  EXPECT_CLOSE(read_dicom(packed, DicomRule::kMinMax), min_max(values), 0);
  EXPECT_EQ(dicom_view_position(packed), "PA");
  Dicom(16, 12).pixels(values).save(path());
  EXPECT_EQ(dicom_view_position(path()), "");
}

TEST_F(DicomTest, ConstantImageIsZeros) {
  for (const auto rule : {DicomRule::kMinMax, DicomRule::kWindow, DicomRule::kEqualize}) {
    EXPECT_CLOSE(read(Dicom(16, 12).pixels(ramp(77, 77)), rule), at::zeros({kRows, kColumns}, at::kByte), 0);
  }
}

TEST_F(DicomTest, RefusalsNameTheTag) {
  const auto values = ramp(0, 4000);
  const auto valid = [&] { return std::make_unique<Dicom>(16, 12); };
  EXPECT_THAT(error(valid()->pixels(values).text(DCM_NumberOfFrames, "3")), HasSubstr("NumberOfFrames: expected 1, found 3"));
  EXPECT_THAT(error(valid()->pixels(values).text(DCM_PhotometricInterpretation, "RGB")), HasSubstr("PhotometricInterpretation"));
  EXPECT_THAT(error(valid()->pixels(values).number(DCM_SamplesPerPixel, 3)), HasSubstr("SamplesPerPixel"));
  EXPECT_THAT(error(valid()->pixels(values).without(DCM_Rows)), HasSubstr("Rows: expected a number, found none"));
  EXPECT_THAT(error(valid()->pixels(values).number(DCM_BitsStored, 17)), HasSubstr("BitsStored"));
  EXPECT_THAT(error(valid()->pixels(values).number(DCM_HighBit, 3)), HasSubstr("HighBit"));
  EXPECT_THAT(error(valid()->pixels({values.begin(), values.end() - 9})), HasSubstr("PixelData: expected 480 pixels, found 471"));
  EXPECT_THAT(error(*valid()), HasSubstr("PixelData: expected an image, found none"));
  EXPECT_THAT(error(valid()->pixels(values).number(DCM_Rows, 65535).number(DCM_Columns, 65535)), HasSubstr("Columns"));
  Dicom narrow(16, 12);
  narrow.pixels(values).text(DCM_WindowCenter, "3").text(DCM_WindowWidth, "0").save(path());
  EXPECT_THROW(read_dicom(path(), DicomRule::kWindow), InputError);
}

TEST_F(DicomTest, Jpeg2000IsRefusedByName) {
  auto* fragment = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB)); // DCMTK's containers own what they are given
  fragment->putUint8Array(reinterpret_cast<const Uint8*>("\xff\x4f\xff\x51"), 4);
  auto* sequence = new DcmPixelSequence(DCM_PixelSequenceTag);
  sequence->insert(new DcmPixelItem(DcmTag(DCM_Item, EVR_OB)));
  sequence->insert(fragment);
  auto* pixels = new DcmPixelData(DCM_PixelData);
  pixels->putOriginalRepresentation(EXS_JPEG2000LosslessOnly, nullptr, sequence);
  Dicom dicom(16, 12);
  dicom.data().insert(pixels);
  DcmFileFormat file(&dicom.data());
  ASSERT_TRUE(file.saveFile(path().c_str(), EXS_JPEG2000LosslessOnly).good());
  EXPECT_THAT(error_of(path()), HasSubstr("JPEG 2000"));
}

TEST_F(DicomTest, TruncatedAndOtherFilesAreRefused) {
  for (const auto syntax : {EXS_LittleEndianExplicit, EXS_JPEGProcess14SV1}) {
    Dicom(16, 12).pixels(ramp(0, 4000)).save(path(), syntax);
    for (auto size = fs::file_size(path()) - 2; size > 8; size -= 1 + size / 20) {
      fs::resize_file(path(), size);
      EXPECT_THAT(error_of(path()), HasSubstr("image.dcm")) << size << " bytes";
    }
  }
  std::ofstream(path()) << "This is no DICOM file. " << std::string(400, '.');
  EXPECT_THAT(error_of(path()), HasSubstr("image.dcm"));
  EXPECT_THAT(error_of(folder_ / "absent.dcm"), HasSubstr("absent.dcm"));
}

TEST(DicomWindow, FunctionsOfTheStandard) {
  const DicomWindow linear{DicomWindow::Function::kLinear, 2048, 4096};
  EXPECT_EQ(linear(0), 0);
  EXPECT_EQ(linear(4095), 255);
  EXPECT_EQ(linear(2047.5), 128); // the middle, 127.5, rounded
  const DicomWindow step{DicomWindow::Function::kLinear, 100, 1};
  EXPECT_EQ(step(99.5), 0);
  EXPECT_EQ(step(100), 255);
  const DicomWindow exact{DicomWindow::Function::kLinearExact, 100, 200};
  EXPECT_EQ(exact(0), 0);
  EXPECT_EQ(exact(50), 64); // 63.75
  EXPECT_EQ(exact(300), 255);
  const DicomWindow sigmoid{DicomWindow::Function::kSigmoid, 100, 40};
  EXPECT_EQ(sigmoid(100), 128);
  EXPECT_EQ(sigmoid(110), 186); // 255 / (1 + e^-1) = 186.4
  EXPECT_EQ(dicom_window_function("", "f"), DicomWindow::Function::kLinear);
  EXPECT_THROW(dicom_window_function("CUBIC", "f"), InputError);
}

} // namespace
} // namespace cxr
