#include "run/run_folder.h"

#include <unistd.h>

#include <gmock/gmock.h>

#include "core/toml_file.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;
using test::file_bytes;
using test::put_bytes;
using test::refusal;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kConfiguration = "seed = 1\nname = \"a\"\ninputs.images = \"d1\"\n";

class RunFolderTest : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  fs::path path = folder / "runs/first";
  LocalCommunicator ranks;

  std::string open(const std::string& configuration, const std::string& command = "toy") {
    return RunFolder(path, command, configuration, ranks).identity();
  }
};

TEST_F(RunFolderTest, SameRunHasTheSameIdentity) {
  const auto identity = open(kConfiguration);
  EXPECT_EQ(open(kConfiguration), identity);
  EXPECT_EQ(open("name = \"a\"\nseed = 1\ninputs.images = \"d1\"\n"), identity); // the order of options says nothing
  path = folder / "runs/second";
  EXPECT_EQ(open(kConfiguration), identity);
  path = folder / "runs/third";
  EXPECT_NE(open("seed = 2\n"), identity);
}

// The input's digest says what it is; its path is for people.
TEST_F(RunFolderTest, AnInputsPathMayBeSpeltInAnotherWay) {
  fs::create_directories(folder / "weights");
  fs::create_directories(folder / "copy");
  const auto configuration = [&](const std::string& where, const char* digest) {
    return fmt::format("model = {}\nseed = 1\ninputs.model = \"{}\"\n", toml_string((folder / where).string()), digest);
  };
  const auto identity = open(configuration("weights", "d1"));
  EXPECT_EQ(open(configuration("weights/", "d1")), identity);
  EXPECT_EQ(open(configuration("./copy", "d1")), identity);
  EXPECT_THAT(refusal([&] { open(configuration("copy", "d2")); }), HasSubstr("inputs.model: expected \"d1\""));
  open(configuration("copy", "d1") +
       "inputs.model_config = \"d3\"\n"); // a digest that the version which began the run did not take
  EXPECT_THAT(refusal([&] { open(configuration("absent", "d1")); }), HasSubstr("config.toml: model: expected"));
}

TEST_F(RunFolderTest, APathWhoseContentsHaveNoDigestIsPartOfTheRun) {
  fs::create_directories(folder / "one");
  fs::create_directories(folder / "other");
  const auto configuration = [&](const std::string& where) {
    return fmt::format("source-embeddings = {}\ninputs.model = \"d1\"\n", toml_string((folder / where).string()));
  };
  open(configuration("one"));
  EXPECT_THAT(refusal([&] { open(configuration("other")); }), HasSubstr("config.toml: source-embeddings: expected"));
}

TEST_F(RunFolderTest, ConfigurationIsReadBackByConfig) {
  open(kConfiguration);
  const auto options = configuration_table(path / "config.toml");
  EXPECT_EQ(options["seed"].value<int>(), 1);
  EXPECT_FALSE(options.contains("inputs"));
}

TEST_F(RunFolderTest, AnotherConfigurationIsRefusedNamingTheKey) {
  open(kConfiguration);
  const auto before = file_bytes(path / "config.toml");
  EXPECT_THAT(refusal([&] { open("seed = 2\nname = \"a\"\ninputs.images = \"d1\"\n"); }),
              AllOf(HasSubstr("config.toml: seed: expected 1"), HasSubstr("found 2")));
  EXPECT_THAT(refusal([&] { open("seed = 1\nname = \"a\"\ninputs.images = \"d2\"\n"); }), HasSubstr("inputs.images"));
  EXPECT_THAT(refusal([&] { open("seed = 1\ninputs.images = \"d1\"\n"); }), AllOf(HasSubstr("name"), HasSubstr("found none")));
  EXPECT_THAT(refusal([&] { open(std::string("rate = 3\n") + kConfiguration); }), AllOf(HasSubstr("rate"), HasSubstr("found 3")));
  EXPECT_THAT(refusal([&] { open(kConfiguration, "other"); }), AllOf(HasSubstr("command"), HasSubstr("toy"), HasSubstr("other")));
  EXPECT_EQ(file_bytes(path / "config.toml"), before);
  open(kConfiguration); // a refusal holds no lock
}

TEST_F(RunFolderTest, ForeignFolderIsRefusedAndLeftAsItWas) {
  fs::create_directories(path);
  put_bytes(path / "thesis.tex", "years of work");
  EXPECT_THAT(refusal([&] { open(kConfiguration); }), AllOf(HasSubstr(path.string()), HasSubstr("thesis.tex")));
  EXPECT_EQ(std::distance(fs::directory_iterator(path), {}), 1);
}

TEST_F(RunFolderTest, ForeignFileIsRefused) {
  fs::create_directories(path.parent_path());
  put_bytes(path, "a file");
  EXPECT_THAT(refusal([&] { open(kConfiguration); }), HasSubstr("found a file"));
}

TEST_F(RunFolderTest, ForeignConfigurationFileIsRefused) {
  fs::create_directories(path);
  put_bytes(path / "config.toml", "[server]\nport = 80\n");
  EXPECT_THAT(refusal([&] { open(kConfiguration); }), HasSubstr("format: expected cxr-run"));
}

TEST_F(RunFolderTest, SecondLaunchIsToldWhoTheOwnerIs) {
  const RunFolder owner(path, "toy", kConfiguration, ranks);
  const auto message = test::message_of<std::runtime_error>([&] { open(kConfiguration); });
  EXPECT_THAT(message, AllOf(HasSubstr("another launch"), HasSubstr(fmt::format("process {} on", ::getpid()))));
}

TEST_F(RunFolderTest, HalfWrittenFilesOfAKilledLaunchAreCleared) {
  open(kConfiguration);
  put_bytes(path / "shards/samples-00000000.h5.tmp-123", "half");
  put_bytes(path / "results.h5.tmp-123", "half");
  open(kConfiguration);
  EXPECT_FALSE(fs::exists(path / "shards/samples-00000000.h5.tmp-123"));
  EXPECT_FALSE(fs::exists(path / "results.h5.tmp-123"));
}

TEST_F(RunFolderTest, LogIsALineAnEvent) {
  RunFolder run(path, "toy", kConfiguration, ranks);
  run.log("start", {{"left", 3}});
  run.log("merged");
  std::istringstream lines(file_bytes(path / "log.jsonl"));
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);) events.push_back(nlohmann::json::parse(line).at("event"));
  EXPECT_THAT(events, testing::ElementsAre("start", "merged"));
}

} // namespace
} // namespace cxr
