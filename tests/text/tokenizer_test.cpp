#include "text/tokenizer.h"

#include <thread>

#include <gmock/gmock.h>

#include "core/error.h"
#include "io/json.h"
#include "support/temporary_folder.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

using Ids = std::vector<std::int32_t>;

const std::filesystem::path kFolder = std::filesystem::path(CXR_FIXTURES) / "tokenizers";

std::unique_ptr<Tokenizer> load(const std::string& name) { return load_tokenizer(kFolder / name); }

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::string line_of(const Ids& ids) { return fmt::format("{}", fmt::join(ids, " ")); }

std::string repeated(const std::string& unit, std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += unit;
  return text;
}

/// What transformers says of each text, for one of the fixtures' folders.
class TokenizerParity : public testing::TestWithParam<std::string> {
 protected:
  const nlohmann::json expected_ = JsonFile(kFolder / "expected.json").root();
  const nlohmann::json& mine_ = expected_.at("tokenizers").at(GetParam());
  const std::unique_ptr<Tokenizer> tokenizer_ = load(GetParam());
};

TEST_P(TokenizerParity, GivesTransformersIds) {
  const auto step = mine_.at("step").get<std::size_t>();
  const auto& lines = mine_.at("ids");
  ASSERT_GT(lines.size(), 30U);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto hex = expected_.at("texts").at(i * step).get<std::string>();
    const auto text = bytes_of_hex(hex);
    EXPECT_EQ(line_of(tokenizer_->encode_with_special(text)), lines[i].get<std::string>()) << hex;
  }
}

TEST_P(TokenizerParity, GivesTransformersIdsOfFarTooLongTexts) {
  const auto& texts = expected_.at("long");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto text = repeated(texts[i].at("unit"), texts[i].at("count"));
    EXPECT_EQ(test::crc32(line_of(tokenizer_->encode_with_special(text))), mine_.at("long").at(i).get<std::uint32_t>()) << i;
  }
}

TEST_P(TokenizerParity, AWordInTheCacheHasTheSameIds) {
  for (const auto& hex : expected_.at("texts")) {
    const auto text = bytes_of_hex(hex);
    const auto first = tokenizer_->encode(text);
    EXPECT_EQ(tokenizer_->encode(text), first) << hex;
    for (const auto id : first) EXPECT_TRUE(id >= 0 && id < tokenizer_->vocabulary_size()) << hex;
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, TokenizerParity,
                         testing::Values("bert", "bert_cased", "bert_json", "clip", "clip_json", "roberta", "roberta_json"),
                         [](const auto& folder) { return folder.param; });

// [PAD] [UNK] [CLS] [SEP] [MASK] are the first five, three tokens were added at the end.
TEST(Tokenizer, BertsSpecialTokensComeFromItsFiles) {
  const auto tokenizer = load("bert");
  const auto& special = tokenizer->special();
  EXPECT_EQ((Ids{special.pad, special.unknown, special.begin, special.end, special.mask}), (Ids{0, 1, 2, 3, 4}));
  EXPECT_EQ(tokenizer->encode("[MASK] XR <end>"),
            (Ids{4, static_cast<int>(tokenizer->vocabulary_size()) - 2, static_cast<int>(tokenizer->vocabulary_size()) - 1}));
  EXPECT_EQ(tokenizer->max_length(), 64);
}

TEST(Tokenizer, ClipPadsWithItsEnd) {
  const auto tokenizer = load("clip");
  const auto& special = tokenizer->special();
  const auto last = static_cast<std::int32_t>(tokenizer->vocabulary_size()) - 1;
  EXPECT_EQ((Ids{special.begin, special.end, special.pad, special.unknown, special.mask}), (Ids{last - 1, last, last, last, -1}));
  EXPECT_EQ(tokenizer->max_length(), 77);
}

TEST(Tokenizer, TokenizerJsonAloneTellsTheTokensAroundAText) {
  for (const char* name : {"bert_json", "roberta_json", "clip_json"}) {
    const auto tokenizer = load(name);
    const auto& special = tokenizer->special();
    EXPECT_GE(special.begin, 0) << name;
    EXPECT_GE(special.end, 0) << name;
    EXPECT_GE(special.pad, 0) << name;
  }
  EXPECT_EQ(load("bert_json")->max_length(), 0);
}

TEST(Tokenizer, NoLimitIsWrittenAsAHugeNumber) { EXPECT_EQ(load("bert_cased")->max_length(), 0); }

TEST(Tokenizer, CuttingKeepsTheEndToken) {
  const auto tokenizer = load("bert");
  const auto whole = tokenizer->encode_with_special("stable small pleural process");
  ASSERT_GT(whole.size(), 5U);
  const auto cut = tokenizer->encode_with_special("stable small pleural process", 4);
  EXPECT_EQ(cut, (Ids{whole[0], whole[1], whole[2], whole.back()}));
  EXPECT_EQ(tokenizer->encode_with_special("stable small pleural process", std::ssize(whole)), whole);
  EXPECT_EQ(tokenizer->encode_with_special("stable", 2), (Ids{2, 3}));
  EXPECT_THROW(tokenizer->encode_with_special("stable", 1), LogicError);
}

TEST(Tokenizer, TheEmptyTextHasTheSpecialTokensAlone) {
  EXPECT_EQ(load("bert")->encode_with_special(""), (Ids{2, 3}));
  EXPECT_TRUE(load("clip")->encode("").empty());
}

TEST(Tokenizer, AModelsFolderMayHoldATokenizersFolder) { // as Stable Diffusion's does
  const test::TemporaryFolder model;
  std::filesystem::copy(kFolder / "bert", model / "tokenizer");
  EXPECT_EQ(load_tokenizer(model.path())->encode("stable"), load("bert")->encode("stable"));
}

TEST(Tokenizer, ThreadsShareOne) {
  const auto tokenizer = load("clip");
  const auto texts = JsonFile(kFolder / "expected.json").root().at("texts");
  std::vector<Ids> alone;
  for (const auto& text : texts) alone.push_back(tokenizer->encode(bytes_of_hex(text)));
  std::array<std::size_t, 4> wrong{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < texts.size(); ++i) {
          const auto at = (i * 7 + t * 31) % texts.size();
          wrong[t] += tokenizer->encode(bytes_of_hex(texts[at])) != alone[at];
        }
      });
    }
  }
  EXPECT_THAT(wrong, testing::Each(0U));
}

} // namespace
} // namespace cxr
