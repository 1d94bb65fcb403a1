#include "data_prep/prepare.h"

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "data_prep/small_files.h"
#include "io/csv.h"
#include "support/temporary_folder.h"
#include "support/thread_ranks.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr int kImages = 150; // five parts

int number_of(const SourceItem& item) { return std::stoi(item.id); }

class Prepare : public testing::Test {
 protected:
  // Images of several sizes whose pixels tell their number; those whose number `unreadable` holds can't be read.
  Source source(std::vector<int> unreadable = {}) {
    Source made{"test", folder_.path(), "all", true, {}, {}, {}};
    for (int i = kImages; i-- > 0;) { // not in the paths' order
      SourceItem item{fmt::format("{:03}.png", i), fmt::format("{}", i), "s", "p", {}};
      item.labels[0] = static_cast<std::int8_t>(i % 3 - 1);
      made.items.push_back(item);
    }
    made.read_image = [this, unreadable = std::move(unreadable)](const SourceItem& item) {
      ++reads_;
      const int number = number_of(item);
      if (std::ranges::count(unreadable, number)) throw InputError(item.path, "", "a picture", "damage, of \"some\" kind");
      return at::full({16 + number % 5, 24}, number, at::kByte);
    };
    made.read_report = [](const SourceItem& item) { return ReportText{"report " + item.id, "impression " + item.id}; };
    return made;
  }
  PrepareOptions options(const std::string& name, std::int64_t n = kImages) const {
    PrepareOptions given;
    given.out = folder_ / name;
    given.n = n;
    given.size = 16;
    given.threads = 2;
    given.configuration = "n = 1\n";
    return given;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
  test::TemporaryFolder folder_;
  std::atomic<int> reads_ = 0;
  LocalCommunicator one_rank_;
};

TEST_F(Prepare, WritesAllThatIsKnownInTheOrderOfPaths) {
  prepare(source(), options("set.h5"), one_rank_);
  const ImageSet set(folder_ / "set.h5");
  ASSERT_EQ(set.size(), kImages);
  for (const int i : {0, 31, 32, 149}) {
    EXPECT_EQ(set.info().ids[i], fmt::format("{}", i));
    EXPECT_CLOSE(set.images(i, 1)[0], at::full({16, 16}, i, at::kByte), 0);
    EXPECT_EQ(set.info().impressions[i], fmt::format("impression {}", i));
    EXPECT_EQ(set.info().labels[i][0].item<int>(), i % 3 - 1);
  }
  EXPECT_EQ(set.info().attributes.at("source"), "test");
  EXPECT_EQ(set.info().attributes.at("resize"), "center-crop 16");
  EXPECT_THAT(files(), testing::ElementsAre("set.h5")); // no parts are left
}

TEST_F(Prepare, SeedDecidesTheSample) {
  auto given = options("a.h5", 40);
  prepare(source(), given, one_rank_);
  given.out = folder_ / "b.h5";
  given.seed = 1;
  prepare(source(), given, one_rank_);
  const ImageSet first(folder_ / "a.h5"), second(folder_ / "b.h5");
  EXPECT_EQ(first.size(), 40);
  EXPECT_NE(first.info().ids, second.info().ids);
}

TEST_F(Prepare, BytesDoNotDependOnRanksOrThreads) {
  const auto bad = std::vector<int>{5, 70};
  auto given = options("1.h5", 140);
  given.max_bad = 0.1;
  prepare(source(bad), given, one_rank_);
  const auto expected = test::read_bytes(folder_ / "1.h5"), list = test::read_bytes(folder_ / "1.h5.quarantine.csv");
  for (const int ranks : {2, 3, 4}) {
    given.out = folder_ / fmt::format("{}.h5", ranks);
    given.threads = 1 + ranks % 3;
    test::run_ranks(ranks, [&](Communicator& communicator) { prepare(source(bad), given, communicator); });
    EXPECT_EQ(test::read_bytes(given.out), expected) << ranks << " ranks";
    EXPECT_EQ(test::read_bytes(given.out.string() + ".quarantine.csv"), list) << ranks << " ranks";
  }
}

TEST_F(Prepare, UnreadableImagesAreListedAndNotReplaced) {
  auto given = options("set.h5");
  given.max_bad = 0.02;
  prepare(source({7, 33, 140}), given, one_rank_);
  const ImageSet set(folder_ / "set.h5");
  EXPECT_EQ(set.size(), kImages - 3);
  EXPECT_EQ(set.info().ids[7], "8");
  EXPECT_CLOSE(set.images(7, 1)[0], at::full({16, 16}, 8, at::kByte), 0);
  const auto list = CsvTable::read(folder_ / "set.h5.quarantine.csv");
  ASSERT_EQ(list.rows(), 3u);
  EXPECT_EQ(list.at(1, list.column("path")), "033.png");
  EXPECT_THAT(list.at(1, list.column("reason")), HasSubstr("damage, of \"some\" kind"));
}

TEST_F(Prepare, AboveMaxBadOnlyTheListIsWritten) {
  auto given = options("set.h5");
  given.max_bad = 0.0199;
  EXPECT_THAT(test::input_error([&] {
                prepare(source({7, 33, 140}), given, one_rank_);
              }),
              HasSubstr("found 3; the first: 007.png"));
  EXPECT_THAT(files(), testing::ElementsAre("set.h5.quarantine.csv"));
  prepare(source(), given, one_rank_); // mended: the list goes
  EXPECT_THAT(files(), testing::ElementsAre("set.h5"));
}

TEST_F(Prepare, AllUnreadableFailsWhateverMaxBadSays) {
  auto given = options("set.h5", 2);
  given.max_bad = 1;
  std::vector<int> all(kImages);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_THAT(test::input_error([&] { prepare(source(all), given, one_rank_); }), HasSubstr("found 2"));
}

TEST_F(Prepare, ARerunGoesOnFromTheParts) {
  auto cut_off = source();
  const auto read = cut_off.read_image;
  cut_off.read_image = [read](const SourceItem& item) {
    if (number_of(item) == 100) throw std::bad_alloc(); // what ends a process; part 3 of 0 to 4
    return read(item);
  };
  EXPECT_THROW(prepare(cut_off, options("set.h5"), one_rank_), std::bad_alloc);
  EXPECT_FALSE(fs::exists(folder_ / "set.h5"));
  reads_ = 0;
  prepare(source(), options("set.h5"), one_rank_);
  EXPECT_EQ(reads_, kImages - 3 * 32);
  prepare(source(), options("undisturbed.h5"), one_rank_);
  EXPECT_EQ(test::read_bytes(folder_ / "set.h5"), test::read_bytes(folder_ / "undisturbed.h5"));
}

TEST_F(Prepare, MaxSideKeepsEachSize) {
  auto given = options("set.h5", 10);
  given.max_side = 16;
  auto sizes = source();
  sizes.read_image = [](const SourceItem& item) { return at::full({number_of(item) % 2 ? 16 : 40, 20}, 1, at::kByte); };
  prepare(sizes, given, one_rank_);
  const ImageSet set(folder_ / "set.h5");
  EXPECT_EQ(set.height(), 16);
  EXPECT_EQ(set.width(), 16);
  for (std::int64_t i = 0; i < set.size(); ++i) {
    const bool odd = std::stoi(set.info().ids[i]) % 2;
    EXPECT_EQ(set.image_size(i), odd ? std::pair(std::int64_t{8}, std::int64_t{16}) : std::pair(std::int64_t{16}, std::int64_t{8}));
  }
}

TEST_F(Prepare, RefusesAnExistingOutAndAnEmptySource) {
  test::write_text(folder_ / "set.h5", "precious");
  EXPECT_THAT(test::input_error([&] { prepare(source(), options("set.h5"), one_rank_); }), HasSubstr("--out"));
  EXPECT_EQ(reads_, 0);
  EXPECT_EQ(test::read_bytes(folder_ / "set.h5"), "precious");
  Source empty{"test", "root", "AP", false, {}, {}, {}};
  EXPECT_THAT(test::input_error([&] { prepare(empty, options("b.h5"), one_rank_); }), HasSubstr("images (AP views)"));
}

} // namespace
} // namespace cxr
