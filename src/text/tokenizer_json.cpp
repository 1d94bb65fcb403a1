#include "text/tokenizer_json.h"

#include "core/error.h"

namespace cxr {
namespace {

using nlohmann::json;

constexpr const char* kClipNormalizer = R"({"type": "Sequence", "normalizers": [{"type": "NFC"},
    {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]})";
constexpr std::string_view kClipWords = R"('s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)";
constexpr std::string_view kSpecialSpellings = R"(<\|startoftext\|>|<\|endoftext\|>|)";

std::string brief(const json& value) {
  constexpr std::size_t kLongest = 120;
  auto text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() > kLongest ? text.substr(0, kLongest) + "…" : text;
}

const json& section(const JsonFile& file, const std::string& name) {
  static const json kNothing;
  return file.has(name) ? file.root().at(name) : kNothing;
}

const json& model_of(const JsonFile& file) {
  const auto& model = section(file, "model");
  if (!model.is_object()) file.refuse("model", "an object", model.type_name());
  return model;
}

std::string type_of(const json& stage) {
  const auto type = stage.is_object() ? stage.find("type") : stage.end();
  return stage.is_object() && type != stage.end() && type->is_string() ? type->get<std::string>() : "";
}

/// The options of one stage. Those of another type than their default are refused.
class Options {
 public:
  Options(const JsonFile& file, std::string name, const json& stage) : file_(file), name_(std::move(name)), stage_(stage) {}

  template <typename T>
  T get(const std::string& option, T fallback) const {
    const auto found = stage_.find(option);
    if (found == stage_.end() || found->is_null()) return fallback;
    const bool fits = std::is_same_v<T, bool>          ? found->is_boolean()
                      : std::is_same_v<T, std::string> ? found->is_string()
                                                       : found->is_number_integer();
    if (!fits) refuse(option, json(fallback).type_name());
    return found->get<T>();
  }

  /// The option has its usual value, or is absent.
  void expect(const std::string& option, const json& usual) const {
    const auto found = stage_.find(option);
    if (found != stage_.end() && !found->is_null() && *found != usual) refuse(option, brief(usual));
  }

 private:
  [[noreturn]] void refuse(const std::string& option, const std::string& expected) const {
    file_.refuse(fmt::format("{}.{}", name_, option), expected, brief(stage_.at(option)));
  }

  const JsonFile& file_;
  std::string name_;
  const json& stage_;
};

void read_word_piece(const JsonFile& file, TokenizerSpec& spec) {
  spec.kind = TokenizerKind::kWordPiece;
  auto& to = spec.word_piece;
  const auto& normalizer = section(file, "normalizer");
  if (normalizer.is_null()) {
    to.clean_text = to.handle_chinese_chars = to.strip_accents = to.lowercase = false;
  } else {
    if (type_of(normalizer) != "BertNormalizer") file.refuse("normalizer", "BertNormalizer", brief(normalizer));
    const Options options(file, "normalizer", normalizer);
    to.clean_text = options.get("clean_text", true);
    to.handle_chinese_chars = options.get("handle_chinese_chars", true);
    to.lowercase = options.get("lowercase", true);
    to.strip_accents = options.get("strip_accents", to.lowercase);
  }
  const auto& words = section(file, "pre_tokenizer");
  if (type_of(words) != "BertPreTokenizer") file.refuse("pre_tokenizer", "BertPreTokenizer", brief(words));
  const Options model(file, "model", model_of(file));
  to.prefix = model.get<std::string>("continuing_subword_prefix", "##");
  to.max_characters = model.get<std::int64_t>("max_input_chars_per_word", 100);
}

void check_byte_level(const JsonFile& file, const json& stage, TokenizerSpec& spec) {
  const Options options(file, "pre_tokenizer", stage);
  options.expect("use_regex", true);
  spec.byte_pairs.add_prefix_space = options.get("add_prefix_space", true);
}

// CLIP's words are a Split and a ByteLevel in sequence.
void read_clip_words(const JsonFile& file, const json& words, TokenizerSpec& spec) {
  spec.kind = TokenizerKind::kClip;
  const auto& normalizer = section(file, "normalizer");
  if (normalizer != json::parse(kClipNormalizer)) {
    file.refuse("normalizer", "CLIP's (NFC, one blank for blanks, Lowercase)", brief(normalizer));
  }
  const auto stages = words.value("pretokenizers", json());
  const bool is_pair =
      stages.is_array() && stages.size() == 2 && type_of(stages[0]) == "Split" && type_of(stages[1]) == "ByteLevel";
  if (!is_pair) file.refuse("pre_tokenizer", "CLIP's (Split, ByteLevel)", brief(words));
  const auto pattern = stages[0].value("pattern", json());
  const auto with_special = std::string(kSpecialSpellings) + std::string(kClipWords);
  spec.byte_pairs.keeps_special_spelling = pattern == json{{"Regex", with_special}};
  if (!spec.byte_pairs.keeps_special_spelling && pattern != json{{"Regex", kClipWords}}) {
    file.refuse("pre_tokenizer.pattern", "CLIP's", brief(pattern));
  }
  const Options split(file, "pre_tokenizer", stages[0]);
  split.expect("behavior", "Removed");
  split.expect("invert", true);
  check_byte_level(file, stages[1], spec);
  Options(file, "pre_tokenizer", stages[1]).expect("add_prefix_space", false);
}

void read_byte_pairs(const JsonFile& file, TokenizerSpec& spec) {
  const auto& words = section(file, "pre_tokenizer");
  if (type_of(words) == "Sequence") {
    read_clip_words(file, words, spec);
  } else {
    spec.kind = TokenizerKind::kByteBpe;
    if (type_of(words) != "ByteLevel") file.refuse("pre_tokenizer", "ByteLevel, or CLIP's sequence", brief(words));
    const auto& normalizer = section(file, "normalizer");
    if (!normalizer.is_null()) file.refuse("normalizer", "none before ByteLevel", brief(normalizer));
    check_byte_level(file, words, spec);
  }
  const Options model(file, "model", model_of(file));
  for (const auto* option : {"byte_fallback", "ignore_merges"}) model.expect(option, false);
  model.expect("dropout", 0.0);
  model.expect("continuing_subword_prefix", "");
  spec.byte_pairs.end_of_word_suffix = model.get<std::string>("end_of_word_suffix", "");
  spec.byte_pairs.fuse_unknown = model.get("fuse_unk", false);
}

// The ids around a text: of RobertaProcessing and BertProcessing.
void read_pair_processor(const JsonFile& file, const json& stage, SpecialTokens& special) {
  for (const auto& [name, id] : {std::pair("cls", &special.begin), std::pair("sep", &special.end)}) {
    const auto token = stage.value(name, json());
    const bool fits = token.is_array() && token.size() == 2 && token[1].is_number_unsigned();
    if (!fits) file.refuse(fmt::format("post_processor.{}", name), "a token and its id", brief(token));
    *id = token[1].get<std::int32_t>();
  }
}

// … of TemplateProcessing: at most one token on either side.
void read_template(const JsonFile& file, const json& stage, SpecialTokens& special) {
  bool after_text = false;
  for (const auto& item : stage.value("single", json::array())) {
    if (item.contains("Sequence")) {
      after_text = true;
      continue;
    }
    auto& id = after_text ? special.end : special.begin;
    const auto name = item.contains("SpecialToken") ? item["SpecialToken"].value("id", json()) : json();
    const auto pointer = json::json_pointer("/special_tokens") / (name.is_string() ? name.get<std::string>() : "") / "ids" / 0;
    const bool fits = id < 0 && stage.contains(pointer) && stage.at(pointer).is_number_unsigned();
    if (!fits)
      file.refuse("post_processor.single", "one special token on either side at most", brief(stage.value("single", json())));
    id = stage.at(pointer).get<std::int32_t>();
  }
}

void read_processor(const JsonFile& file, const json& stage, SpecialTokens& special) {
  const auto type = type_of(stage);
  if (stage.is_null() || type == "ByteLevel") return;
  if (type == "RobertaProcessing" || type == "BertProcessing") return read_pair_processor(file, stage, special);
  if (type == "TemplateProcessing") return read_template(file, stage, special);
  if (type != "Sequence") file.refuse("post_processor", "Bert-, Roberta- or TemplateProcessing", brief(stage));
  for (const auto& part : stage.value("processors", json::array())) read_processor(file, part, special);
}

} // namespace

std::string model_type_of(const JsonFile& tokenizer) {
  const auto& model = model_of(tokenizer);
  // Older files do not name the type.
  const auto type = model.contains("type") ? type_of(model) : std::string(model.contains("merges") ? "BPE" : "WordPiece");
  if (type != "BPE" && type != "WordPiece") tokenizer.refuse("model.type", "BPE or WordPiece", brief(model.at("type")));
  return type;
}

void read_model(const JsonFile& tokenizer, TokenizerSpec& spec) {
  const auto& model = model_of(tokenizer);
  const auto file = tokenizer.path().string();
  spec.vocabulary = parse_vocabulary_object(model.value("vocab", json()), file, "model.vocab");
  if (model_type_of(tokenizer) == "BPE") spec.merges = parse_merge_array(model.value("merges", json()), file, "model.merges");
  spec.merges_file = file;
}

void read_stages(const JsonFile& tokenizer, TokenizerSpec& spec) {
  const auto type = model_type_of(tokenizer);
  if (type == "WordPiece") {
    read_word_piece(tokenizer, spec);
  } else {
    read_byte_pairs(tokenizer, spec);
  }
  const Options model(tokenizer, "model", model_of(tokenizer));
  const auto unknown = model.get<std::string>("unk_token", "");
  spec.special.unknown = find_token(spec.vocabulary, unknown);
  if (type == "BPE" && !unknown.empty()) spec.byte_pairs.unknown = spec.special.unknown;
  if ((type == "WordPiece" || !unknown.empty()) && spec.special.unknown < 0) {
    tokenizer.refuse("model.unk_token", "a token of the vocabulary", fmt::format("\"{}\"", unknown));
  }
  read_processor(tokenizer, section(tokenizer, "post_processor"), spec.special);
}

} // namespace cxr
