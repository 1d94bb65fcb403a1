/// @file
/// One vector a text by any text encoder (Chambon et al. 2022, section 2.2; Tables 2 and 3 compare what such vectors retrieve), or
/// every token's state.
///
///     cxr embed --encoder CXR-BERT-specialized --extraction cls --reports study.h5 --out runs/embed-cxr-bert-cls
///     mpirun -n 8 cxr embed --encoder stable-diffusion-v1-4 --extraction pooler --reports laion.h5 --out runs/embed-laion
///
/// Texts are taken in windows of consecutive numbers, `--batch-size` each. A window's texts are sorted by length and cut into
/// batches of a number of tokens, so that little of a batch is padding. Windows go to ranks by their lengths. A text's vector
/// depends on its window alone, hence never on the number of ranks.
#include <numeric>

#include "core/error.h"
#include "core/log.h"
#include "data/prefetch.h"
#include "experiments/commands.h"
#include "experiments/encoder_checks.h"
#include "experiments/provenance.h"
#include "experiments/token_batches.h"
#include "experiments/token_windows.h"
#include "models/text_encoder.h"
#include "run/execution_options.h"
#include "run/sharded_run.h"
#include "text/tokenizer.h"

namespace cxr {
namespace {

struct EmbedOptions {
  std::filesystem::path encoder, tokenizer, reports;
  std::string extraction = "cls", dtype = "float32";
  std::int64_t batch_size = 256, batch_tokens = 4096, max_length = 0, n = 0;
  bool tokens = false;
  ExecutionOptions execution;
};

/// What one window's texts become.
class Embedder {
 public:
  /// @param row_tokens tokens a row of /hidden_states; 0: they are not asked for
  Embedder(TextEncoder& encoder, Extraction extraction, std::int64_t batch_tokens, std::int32_t pad, std::int64_t row_tokens)
      : encoder_(encoder), extraction_(extraction), batch_tokens_(batch_tokens), pad_(pad), row_tokens_(row_tokens) {}

  Columns operator()(TokenWindow window) {
    const c10::InferenceMode no_autograd;
    const auto n = std::ssize(window.texts);
    auto embeddings = at::empty({n, encoder_.width(extraction_)}); // [n,D]
    at::Tensor hidden_states, attention_mask;
    if (row_tokens_ > 0) {
      hidden_states = at::zeros({n, row_tokens_, encoder_.hidden_size()}); // [n,L,D]
      attention_mask = at::zeros({n, row_tokens_}, at::kByte);             // [n,L]
    }
    // A causal encoder's states of real tokens do not see what follows: only where all states are kept is the full length needed.
    const bool full_length = row_tokens_ > 0 && encoder_.has_fixed_length();
    for (const auto& batch : token_batches(window.texts, batch_tokens_, pad_, full_length ? row_tokens_ : 0)) {
      const auto states = encoder_.hidden_states(batch.ids, encoder_.has_fixed_length() ? at::Tensor() : batch.mask); // [b,l,D]
      const auto vectors = encoder_.extract(extraction_, states, batch.ids, batch.mask);                              // [b,D]
      embeddings.index_copy_(0, batch.rows, vectors.to(at::kCPU, at::kFloat));
      if (row_tokens_ == 0) continue;
      const auto length = states.size(1);
      hidden_states.slice(1, 0, length).index_copy_(0, batch.rows, states.to(at::kCPU, at::kFloat));
      attention_mask.slice(1, 0, length).index_copy_(0, batch.rows, batch.mask.to(at::kByte));
    }
    Columns columns{{"ids", std::move(window.ids)}, {"embeddings", embeddings}};
    if (row_tokens_ > 0) columns.insert({{"hidden_states", hidden_states}, {"attention_mask", attention_mask}});
    return columns;
  }

 private:
  TextEncoder& encoder_;
  Extraction extraction_;
  std::int64_t batch_tokens_;
  std::int32_t pad_;
  std::int64_t row_tokens_;
};

/// The most tokens a text: what is asked for, at most what the encoder holds, and by default what the tokenizer states.
std::int64_t length_limit(const EmbedOptions& options, const Tokenizer& tokenizer, const TextEncoder& encoder) {
  if (options.max_length > encoder.max_tokens()) {
    throw InputError("--max-length", "", fmt::format("at most {}, the encoder's positions", encoder.max_tokens()),
                     fmt::format("{}", options.max_length));
  }
  return options.max_length > 0 ? options.max_length : most_tokens(tokenizer, encoder);
}

RunAttributes attributes_of(const EmbedOptions& options, const std::string& configuration) {
  auto attributes = result_attributes("cxr-embeddings", "embed", configuration);
  attributes.file["encoder"] = encoder_name(options.encoder);
  attributes.file["extraction"] = options.extraction;
  return attributes;
}

void tell_cut(std::int64_t mine, std::int64_t limit, Communicator& ranks) {
  std::int64_t cut = 0;
  for (const auto& count : ranks.all_gather(fmt::format("{}", mine))) cut += std::stoll(count);
  if (cut > 0) log::info("{} texts were longer than {} tokens and were cut", cut, limit);
}

int embed(const EmbedOptions& options, std::string configuration) {
  auto& ranks = world();
  const auto device = start_execution(options.execution, ranks);
  const TextSet set(options.reports);
  const auto extraction = parse_extraction(options.extraction);
  const auto tokenizer_path = options.tokenizer.empty() ? tokenizer_folder(options.encoder) : options.tokenizer;
  const auto tokenizer = load_tokenizer(tokenizer_path);
  const auto encoder = load_text_encoder(options.encoder, {.dtype = parse_dtype(options.dtype), .device = device});
  check_vocabulary(tokenizer_path, tokenizer->vocabulary_size(), *encoder);
  check_offers(*encoder, extraction, options.encoder);
  const auto limit = length_limit(options, *tokenizer, *encoder);

  configuration += inputs_configuration(set, text_encoder_folder(options.encoder), ranks);
  configuration += fmt::format("inputs.tokenizer = \"{}\"\n", tokenizer_digest(tokenizer_path));
  RunFolder folder(options.execution.out, "embed", configuration, ranks);
  const auto* lengths = set.lengths().const_data_ptr<std::int32_t>();
  // A token is about four characters; two more stand around a text.
  const auto tokens_of = [=](Batch batch) {
    return std::accumulate(
        lengths + batch.begin, lengths + batch.end(), std::int64_t{0},
        [=](std::int64_t sum, std::int32_t length) { return sum + std::min<std::int64_t>(limit, 2 + (length + 3) / 4); });
  };
  const auto samples = options.n > 0 ? std::min(options.n, set.size()) : set.size();
  ShardedRun run(folder, samples, options.batch_size, attributes_of(options, configuration), "embed", "texts", {}, tokens_of);

  TokenWindows tokens(set, samples, *tokenizer, limit);
  std::int64_t row_tokens = 0;
  if (options.tokens) row_tokens = encoder->has_fixed_length() ? limit : tokens.longest(options.batch_size, ranks);
  const auto pad = std::max(0, tokenizer->special().pad); // masked, so any will do where there is none
  Embedder embedder(*encoder, extraction, options.batch_tokens, pad, row_tokens);
  {
    Prefetcher<Batch, TokenWindow> windows(run.mine(), [&](Batch batch) { return tokens.window(batch); });
    run.for_each([&](Batch) { return embedder(windows.next()); });
  }
  tell_cut(tokens.cut(), limit, ranks);
  run.merge();
  return kDone;
}

} // namespace

Subcommand embed_command(CLI::App& parent) {
  auto* app = parent.add_subcommand("embed", "Vectors of texts by a text encoder (CLIP, BERT, RoBERTa, CXR-BERT)");
  auto options = std::make_shared<EmbedOptions>();
  app->add_option("--encoder", options->encoder, "text encoder's folder, or a Stable Diffusion folder (docs/models.md)")
      ->required();
  app->add_option("--extraction", options->extraction,
                  "what stands for a text: its first token's state, the mean over its tokens, "
                  "the pooler's (CLIP: the end token's state), or the model's own head")
      ->check(CLI::IsMember({"cls", "mean", "pooler", "specific"}))
      ->capture_default_str();
  app->add_option("--reports", options->reports, "text set, or an image set (its impressions)")->required();
  app->add_option("--n", options->n, "only the first so many texts; by default all")->check(CLI::PositiveNumber);
  app->add_option("--tokenizer", options->tokenizer, "the tokenizer's folder; by default the encoder's");
  app->add_flag("--tokens", options->tokens, "also keep every token's state: /hidden_states [N,L,D] and /attention_mask");
  app->add_option("--max-length", options->max_length, "tokens a text, special ones included; by default what the model allows")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{1} << 20));
  app->add_option("--batch-size", options->batch_size, "texts of a window, which are sorted by length and batched by tokens")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->capture_default_str();
  app->add_option("--batch-tokens", options->batch_tokens, "tokens a batch, padding included")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 24))
      ->capture_default_str();
  add_dtype_option(*app, options->dtype);
  add_execution_options(*app, options->execution);
  return {app, [app, options] { return embed(*options, result_configuration(*app)); }};
}

} // namespace cxr
