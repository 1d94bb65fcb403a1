// Google Benchmark of the layers at Stable Diffusion's sizes: the program's own beside LibTorch's where they differ.
#include <benchmark/benchmark.h>

#include "core/memory.h"
#include "nn/attention.h"
#include "nn/conv2d.h"
#include "nn/group_norm.h"
#include "nn/large_blocks.h"
#include "nn/resample.h"
#include "nn/token_attention.h"

namespace {

using cxr::nn::Conv2d;
using cxr::nn::Conv2dOptions;

at::Tensor image(std::int64_t channels, std::int64_t side, at::ScalarType dtype) {
  return at::randn({1, channels, side, side}).to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

at::ScalarType dtype_of(const benchmark::State& state) { return state.range(2) ? at::kBFloat16 : at::kFloat; }

void sizes(benchmark::internal::Benchmark* b) {
  for (int dtype : {0, 1}) {
    b->Args({128, 512, dtype})->Args({512, 64, dtype});
  }
  b->ArgNames({"channels", "side", "bf16"})->Unit(benchmark::kMillisecond)->UseRealTime();
}

void Conv3x3(benchmark::State& state) {
  const c10::InferenceMode no_autograd;
  const auto channels = state.range(0);
  Conv2d conv(Conv2dOptions(channels, channels, 3).with_padding(1));
  conv->weight.normal_(0, 0.02), conv->bias.zero_();
  conv->to(dtype_of(state));
  const auto x = image(channels, state.range(1), dtype_of(state));
  for (auto _ : state) benchmark::DoNotOptimize(conv(x));
  state.counters["FLOP/s"] = benchmark::Counter(2.0 * 9 * static_cast<double>(channels) * static_cast<double>(x.numel()),
                                                benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(Conv3x3)->Apply(sizes);

void GroupNormSilu(benchmark::State& state) {
  const c10::InferenceMode no_autograd;
  cxr::nn::GroupNorm norm(torch::nn::GroupNormOptions(32, state.range(0)));
  norm->to(dtype_of(state));
  const auto x = image(state.range(0), state.range(1), dtype_of(state));
  for (auto _ : state) benchmark::DoNotOptimize(norm->forward_silu(x));
  state.SetBytesProcessed(state.iterations() * 3 * static_cast<std::int64_t>(x.nbytes()));
}
BENCHMARK(GroupNormSilu)->Apply(sizes);

void GroupNormSiluLibTorch(benchmark::State& state) {
  const c10::InferenceMode no_autograd;
  const auto x = image(state.range(0), state.range(1), dtype_of(state));
  const auto weight = at::ones({state.range(0)}, x.options()), bias = at::zeros({state.range(0)}, x.options());
  for (auto _ : state) benchmark::DoNotOptimize(at::silu(at::group_norm(x, 32, weight, bias, 1e-6)));
  state.SetBytesProcessed(state.iterations() * 3 * static_cast<std::int64_t>(x.nbytes()));
}
BENCHMARK(GroupNormSiluLibTorch)->Apply(sizes);

void Upsample(benchmark::State& state) {
  const c10::InferenceMode no_autograd;
  cxr::nn::Upsample2D up(state.range(0));
  for (auto& p : up->parameters()) p.normal_(0, 0.02);
  up->to(dtype_of(state));
  const auto x = image(state.range(0), state.range(1) / 2, dtype_of(state));
  for (auto _ : state) benchmark::DoNotOptimize(up(x));
}
BENCHMARK(Upsample)->Apply(sizes);

// The U-Net's attention, a batch of two, 8 heads: of 4096 to 64 pixels to one another or to 77 tokens; then the VAE's, two images.
void pixels(benchmark::internal::Benchmark* b) {
  for (int dtype : {0, 1}) {
    for (const auto& [queries, width] : {std::pair{4096, 40}, {1024, 80}, {256, 160}, {64, 160}}) {
      b->Args({8, queries, queries, width, dtype})->Args({8, queries, 77, width, dtype});
    }
    b->Args({1, 4096, 4096, 512, dtype});
  }
  b->ArgNames({"heads", "L", "S", "head", "bf16"})->Unit(benchmark::kMillisecond)->UseRealTime();
}

template <typename Attend>
void attend(benchmark::State& state, Attend&& work) {
  const c10::InferenceMode no_autograd;
  const auto dtype = state.range(4) ? at::kBFloat16 : at::kFloat;
  const auto heads = state.range(0), width = heads * state.range(3);
  const auto q = at::randn({2, state.range(1), width}).to(dtype), k = at::randn({2, state.range(2), width}).to(dtype);
  for (auto _ : state) benchmark::DoNotOptimize(work(q, k, k, heads));
  state.counters["FLOP/s"] = benchmark::Counter(4.0 * static_cast<double>(q.numel()) * static_cast<double>(k.size(1)),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

void MultiHeadAttention(benchmark::State& state) { attend(state, cxr::nn::multi_head_attention); }
BENCHMARK(MultiHeadAttention)->Apply(pixels);

void MultiHeadAttentionLibTorch(benchmark::State& state) {
  attend(state, [](const auto& q, const auto& k, const auto& v, std::int64_t heads) {
    const auto split = [heads](const at::Tensor& x) { return x.unflatten(2, {heads, x.size(2) / heads}).transpose(1, 2); };
    return at::scaled_dot_product_attention(split(q), split(k), split(v)).transpose(1, 2).flatten(2);
  });
}
BENCHMARK(MultiHeadAttentionLibTorch)->Apply(pixels);

// 12 heads of 64, as many texts of one length as some 2,000 tokens hold.
at::Tensor queries_keys_values(const benchmark::State& state) {
  return at::randn({2048 / state.range(0), state.range(0), 3 * 768}).to(state.range(1) ? at::kBFloat16 : at::kFloat);
}

void texts(benchmark::internal::Benchmark* b) {
  for (int dtype : {0, 1}) {
    for (int length : {20, 56, 77, 217}) b->Args({length, dtype});
  }
  b->ArgNames({"tokens", "bf16"})->Unit(benchmark::kMillisecond)->UseRealTime();
}

void PackedAttention(benchmark::State& state) {
  const c10::InferenceMode no_autograd;
  const auto qkv = queries_keys_values(state);
  cxr::nn::Sequences sequences;
  for (std::int64_t i = 0; i <= qkv.size(0); ++i) sequences.begins.push_back(i * qkv.size(1));
  for (auto _ : state) benchmark::DoNotOptimize(cxr::nn::self_attention(qkv.flatten(0, 1), 12, sequences));
}
BENCHMARK(PackedAttention)->Apply(texts);

void PackedAttentionLibTorch(benchmark::State& state) {
  const c10::InferenceMode no_autograd;
  const auto qkv = queries_keys_values(state);
  const cxr::nn::Sequences padded{.mask = at::ones({qkv.size(0), 1, 1, qkv.size(1)}, at::kBool)};
  for (auto _ : state) benchmark::DoNotOptimize(cxr::nn::self_attention(qkv, 12, padded));
}
BENCHMARK(PackedAttentionLibTorch)->Apply(texts);

} // namespace

int main(int argc, char** argv) {
  cxr::keep_freed_memory();
  cxr::nn::keep_tensor_memory();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
