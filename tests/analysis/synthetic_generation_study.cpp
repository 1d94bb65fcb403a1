#include "analysis/synthetic_generation_study.h"

#include "analysis/synthetic_study.h"
#include "io/hdf5.h"

namespace cxr::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHeight = 24, kWidth = 32;

hdf5::File create_results(const fs::path& run, std::int64_t samples) {
  fs::create_directories(run);
  auto file = hdf5::File::create(run / "results.h5");
  std::vector<std::string> ids;
  for (std::int64_t i = 0; i < samples; ++i) ids.push_back(fmt::format("p{:04}-{:04}", i / kImagesAPrompt, i % kImagesAPrompt));
  file.write("index", at::arange(samples));
  file.write_strings("ids", ids);
  return file;
}

// A disc that grows with the sample's number, in front of two ramps and a colour.
at::Tensor pictures(std::int64_t samples, int hue) {
  const auto row = at::arange(kHeight).view({1, kHeight, 1}), column = at::arange(kWidth).view({1, 1, kWidth});
  const auto sample = at::arange(samples).view({-1, 1, 1});
  const auto disc = ((row - 12).square() + (column - 16).square() < 10 + 12 * sample).to(at::kLong) * 100;
  const auto red = row * 5 + disc, green = column * 4 + disc;
  const auto blue = at::full_like(red, hue % 256);
  return at::stack({red.expand_as(disc), green.expand_as(disc), blue.expand_as(disc)}, 3).clamp(0, 255).to(at::kByte);
}

} // namespace

void write_generate_run(const fs::path& run, const std::vector<std::string>& prompts, int hue) {
  const auto samples = std::ssize(prompts) * kImagesAPrompt;
  auto file = create_results(run, samples);
  std::vector<std::string> texts;
  for (std::int64_t i = 0; i < samples; ++i) texts.push_back(prompts[static_cast<std::size_t>(i / kImagesAPrompt)]);
  file.write("images", pictures(samples, hue));
  file.write_strings("prompts", texts);
  file.close();
}

void write_generated_scores(const fs::path& run, const std::vector<float>& effusion) {
  auto file = create_results(run, std::ssize(effusion));
  const auto column = at::tensor(effusion).unsqueeze(1); // [N,1]
  const auto scores = at::cat({1 - column, column}, 1);
  file.write("scores", scores / 10);
  file.write("scores_calibrated", scores);
  for (const auto* name : {"scores", "scores_calibrated"})
    file.write_attribute(name, "names", std::vector<std::string>{"Edema", "Effusion"});
  file.write("features", at::ones({std::ssize(effusion), 4}, at::kFloat));
  file.close();
}

std::string fid_json(const std::string& prompt, double fid, const std::string& network) {
  const auto by_tap = [&](auto value) {
    if (network == "xrv") return fmt::format("{{\"1024\": {}}}", value(0.5));
    return fmt::format("{{\"64\": {}, \"2048\": {}}}", value(0.5), value(1));
  };
  const auto interval = [](double value) { return fmt::format("[{}, {}]", value - 0.01, value + 0.01); };
  return fmt::format(
      "{{\"weights\": \"given\", \"network\": \"{}\", \"prompt\": \"{}\", \"real_where\": \"Pleural Effusion=1\","
      "\"real\": {{\"path\": \"chexpert.h5\", \"images\": 40}}, \"fake\": {{\"path\": \"generated\", \"images\": {}}},"
      "\"fid\": {}, \"fid_interval\": {}, \"kid\": {}, \"precision\": {}, \"precision_interval\": {}, \"recall\": {},"
      "\"neighbours\": 3, \"batch\": 32, \"fid_batches\": {}}}",
      network, prompt, kImagesAPrompt, by_tap([&](double scale) { return fmt::format("{}", scale * fid); }),
      by_tap([&](double scale) { return interval(scale * fid); }), by_tap([&](double scale) {
        return fmt::format("{{\"mean\": {}, \"sd\": 0.001, \"interval\": {}}}", scale / 8, interval(scale / 8));
      }),
      by_tap([](double scale) { return fmt::format("{}", 0.75 * scale); }),
      by_tap([&](double scale) { return interval(0.75 * scale); }), by_tap([](double) { return std::string("null"); }),
      by_tap([](double) { return std::string("[]"); }));
}

std::string diversity_json(const std::string& prompt) {
  return fmt::format(
      R"({{"prompt": "{}", "images": {{"path": "generated", "count": 3}},
          "ms_ssim": {{"mean": 0.25, "interval": [0.2, 0.3], "pairs": 3}}, "training": {{"path": "few.h5", "images": 5}},
          "nearest": [{{"id": "p0001-0000", "nearest_id": "train-4", "distance": 4.0}},
                      {{"id": "p0001-0001", "nearest_id": "train-2", "distance": 2.5}},
                      {{"id": "p0001-0002", "nearest_id": "train-4", "distance": 5.5}}],
          "nearest_summary": {{"mean": 4.0, "min": 2.5, "interval": [2.5, 5.5], "training_mean": 5.0, "closer": 0.75,
                                "closer_interval": [0.5, 1.0]}},
          "feature_nearest_summary": {{"mean": 2.0, "min": 1.0, "interval": [1.0, 3.0], "closer": 0.25}}}})",
      prompt);
}

void write_generation_study(const fs::path& folder) {
  const std::string style = "a photo in the style of a lung xray";
  write_generate_run(folder / "original", {kNegativeText, kPositiveText}, 0);
  write_generate_run(folder / "unet", {kNegativeText, kPositiveText, style}, 120);
  write_generate_run(folder / "own", {kPositiveText, kNegativeText}, 240);
  write_generated_scores(folder / "original-scores", {0.1F, 0.2F, 0.6F, 0.7F, 0.1F, 0.2F, 0.6F, 0.7F});
  write_generated_scores(folder / "unet-scores", {0.1F, 0.2F, 0.3F, 0.4F, 0.8F, 0.9F, 0.45F, 0.7F, 0, 1, 0, 1});
  for (const auto* name : {"negative", "positive"}) {
    const auto* text = name == std::string("negative") ? kNegativeText : kPositiveText;
    const bool positive = text == kPositiveText;
    write_text(folder / fmt::format("fid-original-{}.json", name), fid_json(text, positive ? 0.6 : 0.4));
    write_text(folder / fmt::format("fid-unet-{}.json", name), fid_json(text, positive ? 0.7 : 0.3));
    write_text(folder / fmt::format("xrv-original-{}.json", name), fid_json(text, 9, "xrv"));
    write_text(folder / fmt::format("diversity-{}.json", name), diversity_json(text));
  }
  write_text(folder / "fid-unet-style.json", fid_json(style, 0.5));
  write_text(folder / "study.toml",
             fmt::format("[generation]\nfinding = \"Pleural Effusion\"\nnegative = \"{}\"\npositive = \"{}\"\nstyle = \"{}\"\n"
                         "[[method]]\nname = \"Stable Diffusion\"\ngenerate = \"original\"\nclassify = \"original-scores\"\n"
                         "fid = [\"fid-original-negative.json\", \"fid-original-positive.json\", \"xrv-original-negative.json\","
                         " \"xrv-original-positive.json\"]\n"
                         "diversity = [\"diversity-negative.json\", \"diversity-positive.json\"]\n"
                         "[[method]]\nname = \"U-Net, no findings and abnormality with prior\"\ngenerate = \"unet\"\n"
                         "classify = \"unet-scores\"\n"
                         "fid = [\"fid-unet-positive.json\", \"fid-unet-negative.json\", \"fid-unet-style.json\"]\n"
                         "[[method]]\nname = \"My_own | method\"\ngenerate = \"own\"\n",
                         kNegativeText, kPositiveText, style));
}

} // namespace cxr::test
