// What is said of tokenizers' files that are wrong.
#include "text/tokenizer_files.h"

#include <gmock/gmock.h>

#include "io/json.h"
#include "support/memory_file.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr {
namespace {

using nlohmann::json;
using test::refusal;
using testing::HasSubstr;

/// A copy of one of the fixtures' folders, to be damaged.
class Copy {
 public:
  explicit Copy(const std::string& name) {
    const auto source = std::filesystem::path(CXR_FIXTURES) / "tokenizers" / name;
    std::filesystem::copy(source, folder_.path(), std::filesystem::copy_options::recursive);
  }
  std::string text(const std::string& file) const { return test::slurp(folder_ / file); }
  void write(const std::string& file, const std::string& content) const { test::spill(folder_ / file, content); }
  void replace(const std::string& file, const std::string& from, const std::string& to) const {
    auto content = text(file);
    const auto at = content.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write(file, content.replace(at, from.size(), to));
  }
  template <typename Change>
  void edit(const std::string& file, Change&& change) const {
    auto content = json::parse(text(file));
    change(content);
    write(file, content.dump());
  }
  void remove(const std::string& file) const { std::filesystem::remove(folder_ / file); }

  std::string refused() const {
    const auto message = refusal([&] { load_tokenizer(folder_.path()); });
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  }
  TokenizerSpec spec() const { return read_tokenizer_files(folder_.path()); }

 private:
  test::TemporaryFolder folder_;
};

TEST(TokenizerFiles, AnEmptyFolderHasNoVocabulary) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(refusal([&] { read_tokenizer_files(folder.path()); }), HasSubstr("vocab.json and merges.txt, found none of them"));
  EXPECT_THAT(refusal([&] { read_tokenizer_files(folder / "absent"); }), HasSubstr("no such folder"));
}

TEST(TokenizerFiles, LinesOfAVocabulary) {
  const Copy copy("bert_cased");
  copy.replace("vocab.txt", "[UNK]\n", "[UNK]\n\n");
  EXPECT_THAT(copy.refused(), HasSubstr("vocab.txt: line 3: expected a token, found an empty line"));
  copy.replace("vocab.txt", "[UNK]\n\n", "[UNK]\n[UNK] \n");
  EXPECT_THAT(copy.refused(), HasSubstr("line 3: expected a token that stands once, found \"[UNK]\" again, after id 1"));
  copy.replace("vocab.txt", "[UNK]\n[UNK] \n", "[UNK]\n\xff\n");
  EXPECT_THAT(copy.refused(), HasSubstr("vocab.txt: expected UTF-8"));
}

TEST(TokenizerFiles, IdsOfAVocabulary) {
  const Copy copy("roberta");
  const auto whole = copy.text("vocab.json");
  copy.edit("vocab.json", [](json& ids) { ids.erase("!"); });
  EXPECT_THAT(copy.refused(), HasSubstr("id 37: expected a token for each id up to"));
  copy.write("vocab.json", whole);
  copy.edit("vocab.json", [](json& ids) { ids["!"] = 5; });
  EXPECT_THAT(copy.refused(), HasSubstr("expected an id of its own, found 5, the id of"));
  copy.edit("vocab.json", [](json& ids) { ids["!"] = -1; });
  EXPECT_THAT(copy.refused(), HasSubstr("vocab.json: \"!\": expected an id from 0 on, found -1"));
  copy.edit("vocab.json", [](json& ids) { ids["!"] = "5"; });
  EXPECT_THAT(copy.refused(), HasSubstr("expected an id from 0 on, found \"5\""));
}

TEST(TokenizerFiles, Merges) {
  for (const char* line : {"", "a", "a b c", " a", "a ", "a nothing", "nothing a", "x x"}) {
    const Copy copy("clip");
    auto lines = copy.text("merges.txt");
    const auto first = lines.find('\n') + 1;
    copy.write("merges.txt", lines.replace(first, lines.find('\n', first) - first, line));
    EXPECT_THAT(copy.refused(), HasSubstr("merges.txt: line 2: expected t")) << line;
  }
  const Copy copy("clip");
  copy.remove("merges.txt");
  EXPECT_THAT(copy.refused(), HasSubstr("expected merges.txt, found no such file"));
}

TEST(TokenizerFiles, AKnownClassNeedsItsSpecialTokens) {
  const Copy copy("bert_cased");
  copy.replace("vocab.txt", "[SEP]\n", "[SAP]\n");
  EXPECT_THAT(copy.refused(), HasSubstr("sep_token: expected a token of the vocabulary, found \"[SEP]\""));
  copy.write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "sep_token": "[SAP]", "mask_token": "<m>"})");
  EXPECT_THAT(copy.refused(), HasSubstr("mask_token: expected a token of the vocabulary, found \"<m>\""));
  copy.write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "sep_token": "[SAP]"})");
  EXPECT_EQ(copy.spec().special.end, 3);
}

TEST(TokenizerFiles, AddedTokensKeepTheIdThatTheyState) {
  const Copy copy("bert");
  copy.edit("added_tokens.json", [](json& ids) { ids["XR"] = 5000; });
  EXPECT_THAT(copy.refused(), HasSubstr("added_tokens.json: \"<end>\": expected id "));
  copy.edit("added_tokens.json", [](json& ids) { ids["XR"] = "many"; });
  EXPECT_THAT(copy.refused(), HasSubstr("added_tokens.json: \"XR\": expected an id"));
}

TEST(TokenizerFiles, StagesOfAnotherKind) {
  const auto refused_with = [](const std::string& folder, const std::string& pointer, const json& value) {
    const Copy copy(folder);
    copy.edit("tokenizer.json", [&](json& root) { root[json::json_pointer(pointer)] = value; });
    return copy.refused();
  };
  EXPECT_THAT(refused_with("bert_json", "/model/type", "Unigram"),
              HasSubstr("model.type: expected BPE or WordPiece, found \"Unigram\""));
  EXPECT_THAT(refused_with("bert_json", "/normalizer/type", "NFKC"), HasSubstr("normalizer: expected BertNormalizer"));
  EXPECT_THAT(refused_with("bert_json", "/pre_tokenizer/type", "Metaspace"), HasSubstr("pre_tokenizer: expected BertPreTokenizer"));
  EXPECT_THAT(refused_with("bert_json", "/post_processor/type", "Other"), HasSubstr("post_processor: expected Bert-"));
  EXPECT_THAT(refused_with("bert_json", "/model/unk_token", "[NONE]"), HasSubstr("model.unk_token: expected a token"));
  EXPECT_THAT(refused_with("bert_json", "/normalizer/lowercase", "no"), HasSubstr("normalizer.lowercase: expected boolean"));
  EXPECT_THAT(refused_with("bert_json", "/model/vocab", json::object()), HasSubstr("model.vocab: expected an object of tokens"));
  EXPECT_THAT(refused_with("clip_json", "/normalizer/normalizers/0/type", "NFKC"), HasSubstr("normalizer: expected CLIP's"));
  EXPECT_THAT(refused_with("clip_json", "/pre_tokenizer/pretokenizers/0/pattern/Regex", "."), HasSubstr("pre_tokenizer.pattern"));
  EXPECT_THAT(refused_with("roberta_json", "/pre_tokenizer/type", "Whitespace"), HasSubstr("pre_tokenizer: expected ByteLevel"));
  EXPECT_THAT(refused_with("roberta_json", "/model/byte_fallback", true), HasSubstr("model.byte_fallback: expected false"));
  EXPECT_THAT(refused_with("roberta_json", "/model/merges/3", json{"a", "Q Q"}), HasSubstr("model.merges[3]: expected tokens"));
  EXPECT_THAT(refused_with("roberta_json", "/model/merges/3", 7), HasSubstr("model.merges[3]: expected two tokens"));
  EXPECT_THAT(refused_with("roberta_json", "/post_processor/cls", "<s>"),
              HasSubstr("post_processor.cls: expected a token and its id"));
}

TEST(TokenizerFiles, AClassNeedsItsOwnModel) {
  const Copy copy("bert_json");
  copy.write("tokenizer_config.json", R"({"tokenizer_class": "RobertaTokenizer"})");
  EXPECT_THAT(copy.refused(), HasSubstr("model.type: expected the model of a RobertaTokenizer, found WordPiece"));
}

TEST(TokenizerFiles, AClassTakesItsOptionsFromItsConfiguration) { // as transformers does: not from the stages of tokenizer.json
  const Copy copy("bert_json");
  EXPECT_FALSE(copy.spec().word_piece.lowercase);
  copy.write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer"})");
  EXPECT_TRUE(copy.spec().word_piece.lowercase);
  copy.write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "do_lower_case": false})");
  EXPECT_FALSE(copy.spec().word_piece.lowercase || copy.spec().word_piece.strip_accents);
  copy.write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer", "do_lower_case": "no"})");
  EXPECT_THAT(copy.refused(), HasSubstr("tokenizer_config.json: do_lower_case"));
}

TEST(TokenizerFiles, TheModelNamesTheClassWhereTheTokenizerDoesNot) {
  const Copy copy("bert_json");
  copy.write("config.json", R"({"model_type": "bert"})");
  EXPECT_TRUE(copy.spec().word_piece.lowercase);
}

TEST(TokenizerFiles, TheKindFollowsFromTheFilesWhereNothingNamesIt) {
  const std::pair<std::string, TokenizerKind> kinds[] = {
      {"clip", TokenizerKind::kClip}, {"roberta", TokenizerKind::kByteBpe}, {"bert_cased", TokenizerKind::kWordPiece}};
  for (const auto& [name, kind] : kinds) {
    const Copy copy(name);
    copy.remove("tokenizer_config.json");
    EXPECT_EQ(copy.spec().kind, kind) << name;
  }
}

} // namespace
} // namespace cxr
