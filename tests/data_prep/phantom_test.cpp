#include "data_prep/phantom/phantom.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "data/text_set.h"
#include "data_prep/commands.h"
#include "data_prep/phantom/phantom_source.h"
#include "data_prep/phantom/phantom_texts.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

constexpr std::int64_t kSize = 96; // small enough for hundreds of phantoms in seconds

/// A picture smoothed to `cells` means a side.
at::Tensor coarse(const at::Tensor& image, std::int64_t cells) {
  return at::adaptive_avg_pool2d(image.to(at::kFloat).unsqueeze(0), {cells, cells})[0];
}

/// The mean grey value of many phantoms with the findings given, with the patient's pose evened out by the number.
at::Tensor mean_picture(const std::vector<int>& findings, std::int64_t count) {
  auto sum = at::zeros({kSize, kSize}, at::kFloat);
  for (std::int64_t i = 0; i < count; ++i) sum += make_phantom(7, i, kSize, findings).image;
  return sum / static_cast<double>(count);
}

float mean_in(const at::Tensor& picture, double left, double right, double top, double bottom) {
  const auto at = [](double share) { return static_cast<std::int64_t>(share * static_cast<double>(kSize)); };
  return picture.slice(0, at(top), at(bottom)).slice(1, at(left), at(right)).mean().item<float>();
}

TEST(Phantom, SameSeedAndNumberGiveTheSamePhantom) {
  const auto a = make_phantom(1, 5, kSize), b = make_phantom(1, 5, kSize), other = make_phantom(1, 6, kSize),
             reseeded = make_phantom(2, 5, kSize);
  EXPECT_TRUE(at::equal(a.image, b.image));
  EXPECT_EQ(a.report, b.report);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_FALSE(at::equal(a.image, other.image));
  EXPECT_FALSE(at::equal(a.image, reseeded.image));
}

TEST(Phantom, SizesShowTheSamePatient) {
  for (std::int64_t number : {0, 1, 2}) {
    const auto small = coarse(make_phantom(3, number, 64).image, 16), large = coarse(make_phantom(3, number, 256).image, 16);
    const auto difference = (small - large).abs();
    // Noise and edges thinner than a pixel differ between sizes; anatomy and window do not. 255 is white.
    EXPECT_LT(difference.mean().item<float>(), 6) << number;
    // The burnt-in letters, in the upper quarter, are as thick as one pixel at least.
    EXPECT_LT(difference.slice(0, 4).max().item<float>(), 30) << number;
  }
}

TEST(Phantom, LooksLikeAFrontalChest) {
  const auto picture = mean_picture({}, 40);
  const auto mediastinum = mean_in(picture, 0.46, 0.54, 0.35, 0.6), right_lung = mean_in(picture, 0.2, 0.35, 0.3, 0.5),
             left_lung = mean_in(picture, 0.68, 0.82, 0.25, 0.45), abdomen = mean_in(picture, 0.2, 0.4, 0.85, 0.98),
             beside_neck = mean_in(picture, 0.02, 0.15, 0.0, 0.04);
  EXPECT_GT(mediastinum, right_lung + 60);
  EXPECT_GT(mediastinum, left_lung + 60);
  EXPECT_GT(abdomen, right_lung + 60);
  EXPECT_LT(beside_neck, mediastinum - 60);
  // The heart lies on the patient's left, the picture's right.
  EXPECT_GT(mean_in(picture, 0.58, 0.68, 0.55, 0.65), mean_in(picture, 0.32, 0.42, 0.55, 0.65) + 20);
}

TEST(Phantom, FindingsShowWhereTheyBelong) {
  constexpr std::int64_t kCount = 60;
  const auto normal = mean_picture({}, kCount);
  const auto change = [&](int finding) { return mean_picture({finding}, kCount) - normal; };
  const auto effusion = change(phantom::kPleuralEffusion), pneumothorax = change(phantom::kPneumothorax),
             heart = change(phantom::kCardiomegaly), edema = change(phantom::kEdema);
  EXPECT_GT(mean_in(effusion, 0.10, 0.25, 0.62, 0.72), 12); // the costophrenic region whitens
  EXPECT_LT(std::abs(mean_in(effusion, 0.2, 0.35, 0.2, 0.35)), 10);
  EXPECT_LT(mean_in(pneumothorax, 0.18, 0.32, 0.15, 0.3), -2.5); // the apices darken: half of them, a few grey values each
  EXPECT_GT(mean_in(heart, 0.70, 0.78, 0.55, 0.65), 12);         // the left border moves outwards
  EXPECT_GT(mean_in(edema, 0.25, 0.40, 0.4, 0.55), 12);          // around the hila
}

TEST(Phantom, LabelsFollowFindings) {
  const auto normal = make_phantom(4, 0, kSize, {});
  EXPECT_EQ(normal.labels[phantom::kNoFinding], kPositive);
  EXPECT_EQ(std::ranges::count(normal.labels, kPositive), 1);
  EXPECT_EQ(std::ranges::count(normal.labels, kUncertain), 0);
  for (int kind = 1; kind < 14; ++kind) {
    const auto labels = make_phantom(4, kind, kSize, {kind}).labels;
    EXPECT_TRUE(labels[kind] == kPositive || labels[kind] == kUncertain) << kCheXpertLabels[kind];
    EXPECT_EQ(labels[phantom::kNoFinding] == kPositive, kind == phantom::kSupportDevices) << kCheXpertLabels[kind];
  }
}

TEST(Phantom, EveryLabelOccursAboutAsOftenAsInCheXpert) {
  constexpr int kPhantoms = 3000;
  std::array<int, 14> positive{};
  for (std::int64_t number = 0; number < kPhantoms; ++number) {
    const auto labels = phantom::plan_phantom(6, number, nullptr).report.labels;
    for (int k = 0; k < 14; ++k) positive[k] += labels[k] == kPositive || labels[k] == kUncertain;
  }
  // Irvin et al. 2019, table 1, positive and uncertain together, in per cent; the drawn ones may be off by the factor that rare
  // labels are raised by, so that a table of a few hundred phantoms has some of each.
  const std::array<double, 14> chexpert = {9, 11, 16, 49, 5, 34, 21, 12, 33, 11, 46, 3, 5, 56};
  for (int k = 0; k < 14; ++k) {
    const double percent = 100.0 * positive[k] / kPhantoms;
    EXPECT_GT(percent, 0.35 * chexpert[k]) << kCheXpertLabels[k];
    EXPECT_LT(percent, 2 * chexpert[k]) << kCheXpertLabels[k];
  }
}

TEST(PhantomSource, YieldsThePhantomsOfItsNumbers) {
  const auto source = phantom_source({.n = 3, .first = 9, .seed = 8, .size = 64});
  ASSERT_EQ(source.items.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(source.items, {}, &SourceItem::path));
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto expected = make_phantom(8, 9 + i, 64);
    EXPECT_EQ(source.items[i].id, expected.id);
    EXPECT_EQ(source.items[i].labels, expected.labels);
    EXPECT_TRUE(at::equal(source.read_image(source.items[i]), expected.image));
    EXPECT_EQ(source.read_report(source.items[i]).impression, expected.impression);
  }
}

TEST(PhantomSource, DrawsTheFindingsAskedFor) {
  for (const auto& item : phantom_source({.n = 5, .findings = {"Pleural Effusion", "Fracture"}}).items) {
    EXPECT_EQ(std::abs(item.labels[phantom::kPleuralEffusion]), 1);
    EXPECT_EQ(std::abs(item.labels[phantom::kFracture]), 1);
    EXPECT_EQ(item.labels[phantom::kLungLesion], kNotMentioned);
  }
  const auto balanced = phantom_source({.n = 28, .balanced = true});
  for (int i = 0; i < 28; ++i) EXPECT_EQ(std::abs(balanced.items[i].labels[i % 14]), 1) << i;
  const auto pairs = phantom_source({.n = 20, .findings = {"Pleural Effusion", "No Finding"}, .balanced = true});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pairs.items[i].labels[phantom::kNoFinding] == kPositive, i % 2 == 1) << i;
    EXPECT_EQ(std::abs(pairs.items[i].labels[phantom::kPleuralEffusion]) == 1, i % 2 == 0) << i;
  }
}

TEST(PhantomSource, RefusesALabelThatIsNone) { EXPECT_THROW(phantom_source({.n = 1, .findings = {"Effusion"}}), InputError); }

TEST(PrepPhantom, WritesTheSameSetOnAnyNumberOfThreads) {
  const test::TemporaryFolder folder;
  const auto prep = [&](const std::string& name, int threads) {
    CLI::App app;
    const auto command = prep_phantom_command(app);
    app.parse(fmt::format("phantom --n 5 --first 2 --seed 3 --size 64 --finding Edema --threads {} --out {}", threads,
                          (folder / name).string()),
              false);
    EXPECT_EQ(command.run(), kDone);
    return ImageSet(folder / name);
  };
  const auto one = prep("one.h5", 1), three = prep("three.h5", 3);
  ASSERT_EQ(one.size(), 5);
  EXPECT_TRUE(at::equal(one.images(0, 5), three.images(0, 5)));
  EXPECT_EQ(one.info().reports, three.info().reports);
  const auto expected = make_phantom(3, 2, 64, {phantom::kEdema});
  EXPECT_TRUE(at::equal(one.images(0, 1)[0], expected.image));
  EXPECT_EQ(one.info().ids[0], expected.id);
  EXPECT_EQ(one.info().impressions[0], expected.impression);
  EXPECT_EQ(one.info().labels[0][phantom::kEdema].item<int>(), expected.labels[phantom::kEdema]);
  EXPECT_EQ(one.info().attributes.at("source"), "phantom");
}

int prep_reports(const std::string& options) {
  CLI::App app;
  const auto command = prep_phantom_command(app);
  app.parse("phantom --reports " + options, false);
  return command.run();
}

TEST(PrepPhantom, WritesReportsAsATextSet) {
  const test::TemporaryFolder folder;
  const auto path = (folder / "reports.h5").string();
  EXPECT_EQ(prep_reports("--per-class 3 --seed 4 --out " + path), kDone);
  const TextSet set(path);
  ASSERT_EQ(set.size(), 3 * 14);
  const auto texts = set.texts(0, set.size());
  for (std::int64_t number = 0; number < set.size(); ++number) {
    const auto expected = phantom::single_label_report(4, number);
    EXPECT_EQ(texts[number], expected.impression);
    for (int label = 0; label < 14; ++label) EXPECT_EQ(set.labels()[number][label].item<int>(), expected.labels[label]);
  }
  EXPECT_EQ(set.ids(41, 1)[0], "phantom-report-4-000041");
  EXPECT_EQ(set.attributes().at("source"), "phantom");
  EXPECT_EQ(set.attributes().at("configuration"), "seed = 4\nreports = true\nper-class = 3\n");
  EXPECT_THROW(prep_reports("--out " + path), InputError);             // it exists
  EXPECT_THROW(prep_reports("--n 3 --out " + path + "2"), InputError); // it has pictures
}

} // namespace
} // namespace cxr
