#include "data_prep/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "data/image_set.h"
#include "data_prep/small_files.h"
#include "io/dicom.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using testing::HasSubstr;

class PrepCommand : public testing::Test {
 protected:
  // Parses and runs one of the commands; what it throws goes to the caller, as main() has it.
  int run(Subcommand (*command)(CLI::App&), const std::string& line) {
    CLI::App app;
    const auto subcommand = command(app);
    app.parse(line, false);
    return subcommand.run();
  }
  std::string in_folder(const std::string& options) const {
    return fmt::format("folder --root {} --out {} {}", (root_ / "images").string(), out_.string(), options);
  }
  test::TemporaryFolder root_;
  std::filesystem::path out_ = root_ / "set.h5";
};

TEST_F(PrepCommand, FolderToSet) {
  test::write_picture(root_ / "images/a.png", 10);
  test::write_dicom(root_ / "images/b.dcm", 30, "PA");
  EXPECT_EQ(run(prep_folder_command, in_folder("--size 16 --resize stretch --seed 3")), kDone);
  const ImageSet set(out_);
  EXPECT_EQ(set.size(), 2);
  EXPECT_EQ(set.height(), 16);
  EXPECT_EQ(set.info().attributes.at("seed"), "3");
  EXPECT_THAT(set.info().attributes.at("configuration"), HasSubstr("stretch"));
  EXPECT_THAT(set.info().attributes.at("configuration"), testing::Not(HasSubstr("set.h5"))); // where it went decides nothing
}

TEST_F(PrepCommand, DicomRuleIsAnOption) {
  test::write_dicom(root_ / "images/b.dcm", 30, "PA");
  EXPECT_EQ(run(prep_folder_command, in_folder("--equalize --max-side 32")), kDone);
  const auto expected = read_dicom(root_ / "images/b.dcm", DicomRule::kEqualize);
  EXPECT_CLOSE(ImageSet(out_).images(0, 1)[0], expected, 0); // 24 x 32 fits as it is
  EXPECT_THROW(run(prep_folder_command, in_folder("--equalize --window")), CLI::ParseError);
}

TEST_F(PrepCommand, CheXpertToSet) {
  test::write_text(
      root_ / "train.csv",
      "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,"
      "Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices\n"
      "CheXpert-v1.0-small/train/patient1/study1/view1_frontal.jpg,Male,50,Frontal,AP,,,,,,,,,,,1.0,,,\n");
  test::write_picture(root_ / "train/patient1/study1/view1_frontal.jpg", 40);
  EXPECT_EQ(run(prep_chexpert_command, fmt::format("chexpert --root {} --out {} --size 8", root_.path().string(), out_.string())),
            kDone);
  const ImageSet set(out_);
  EXPECT_EQ(set.info().labels[0][10].item<int>(), kPositive);
  EXPECT_EQ(set.info().attributes.at("view"), "frontal");
}

TEST_F(PrepCommand, BadPathsAndNamesAreRefusedBeforeAnyWork) {
  EXPECT_THAT(test::input_error([&] { run(prep_mimic_command, "mimic --root /absent/root --out " + out_.string()); }),
              HasSubstr("/absent/root: --root: expected a folder, found none"));
  test::write_text(out_, "precious");
  EXPECT_THAT(test::input_error([&] { run(prep_folder_command, in_folder("")); }), HasSubstr("--out"));
  EXPECT_THROW(run(prep_folder_command, in_folder("--resize crop")), CLI::ParseError);
  EXPECT_THROW(run(prep_folder_command, in_folder("--n 0")), CLI::ParseError);
  EXPECT_THROW(run(prep_folder_command, in_folder("--max-side 64 --size 64")), CLI::ParseError);
}

} // namespace
} // namespace cxr
