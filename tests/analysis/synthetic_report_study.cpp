#include "analysis/synthetic_report_study.h"

#include "analysis/synthetic_generation_study.h"
#include "analysis/synthetic_study.h"
#include "analysis/synthetic_text_study.h"
#include "core/toml_file.h"
#include "io/image_file.h"
#include "io/json.h"
#include "support/file_bytes.h"

namespace cxr::test {
namespace {

namespace fs = std::filesystem;

void write_training(const fs::path& run) {
  fs::create_directories(run / "unet");
  write_text(run / "config.toml",
             fmt::format("format = \"cxr-run\"\nversion = 1\ncommand = \"train unet\"\n[configuration]\nimages = \"{}/few.h5\"\n"
                         "class-prompt = \"{}\"\nseed = 31\ninputs.unet = \"{}\"\n",
                         kPatientFolder, kReportText, kWeightsDigest));
  std::string losses = "step,loss,learning_rate,grad_norm\n";
  for (int step = 1; step <= 60; ++step) losses += fmt::format("{},{},0.001,1\n", step, 1.0 / step + 0.1 * (step % 3));
  write_text(run / "loss.csv", losses);
}

void write_log(const fs::path& run) {
  write_text(run / "log.jsonl",
             "{\"time\":\"2026-11-28T03:00:00Z\",\"event\":\"start\",\"ranks\":3}\n{\"time\":\"2026-11-28T03:01:30Z\",\"event\":"
             "\"merged\"}\n"
             "{\"time\":\"2026-11-28T04:00:00Z\",\"event\":\"start\",\"ranks\":3}\n{\"time\":\"2026-11-28T04:00:10Z\",\"event\":"
             "\"merged\"}\n"
             "{\"time\":\"2026-11-2");
}

void write_steps(const fs::path& folder) {
  fs::create_directories(folder / "steps");
  const nlohmann::json step = {{"format", "cxr-step"},
                               {"version", 1},
                               {"name", "train-unet"},
                               {"what", "Adapt the U-Net <of all>"},
                               {"command", {"train", "unet", "--images", fmt::format("{}/few.h5", kPatientFolder), "--seed", "31"}},
                               {"out", "runs/train"},
                               {"state", "done"},
                               {"digest", std::string(64, 'd')},
                               {"inputs", {{"images", std::string(64, 'e')}}},
                               {"result", {{"digest", std::string(64, 'f')}, {"bytes", 12}}},
                               {"began", "2026-11-28T02:00:00Z"},
                               {"ended", "2026-11-28T02:03:05Z"},
                               {"seconds", 185.0},
                               {"launches", 1},
                               {"ranks", 2},
                               {"threads", 4},
                               {"device", "cuda"},
                               {"host", "node7"},
                               {"program_version", "0.0.9"}};
  write_text(folder / "steps" / "train-unet.json", step.dump());
}

void write_figures(const fs::path& figures) {
  fs::create_directories(figures);
  write_text(figures / "figure3-quality.svg",
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"300\" height=\"200\"><rect width=\"300\" height=\"200\"/></svg>");
  write_png(figures / "figure3-pairs-mimic-cxr.png", at::full({40, 60}, 90, at::kByte));
}

/// The real images lie outside of the study.
void move_real_images(const fs::path& file) {
  auto text = file_bytes(file);
  const std::string name = "chexpert.h5";
  write_text(file, text.replace(text.find(name), name.size(), fmt::format("{}/{}", kPatientFolder, name)));
}

std::string about(const ReportStudy& study) {
  return fmt::format("[study]\ntitle = {}\nnotice = {}\nprivate = {}\n", toml_string(study.title), toml_string(study.notice),
                     study.is_private);
}

std::string parts(const ReportStudy& study) {
  return fmt::format(
      "[[arm]]\ndataset = \"mimic\"\nimages = \"arm/set.h5\"\nreconstruct = \"arm/reconstruct\"\nclassify_original = "
      "\"arm/original\"\n"
      "classify_reconstruction = \"arm/reconstruction\"\nfid = \"arm/fid.json\"\n"
      "[[encoder]]\nname = \"CLIP\"\ncls = \"text/clip-cls\"\npooler = \"text/clip-pooler\"\n"
      "[[encoder]]\nname = \"Toy | BERT\"\ncls = \"text/bert-cls\"\n[bag_of_words]\nretrieve = \"text/words\"\n"
      "[generation]\nfinding = \"Pleural Effusion\"\nnegative = \"{}\"\npositive = \"{}\"\n"
      "[[method]]\nname = {}\ngenerate = \"images/original\"\nclassify = \"images/original-scores\"\n"
      "fid = [\"images/fid-original-negative.json\", \"images/fid-original-positive.json\"]\n"
      "diversity = \"images/diversity-positive.json\"\n[[method]]\nname = \"My_own | method\"\ngenerate = \"images/own\"\n",
      kNegativeText, kPositiveText, toml_string(study.name));
}

} // namespace

void write_report_study(const fs::path& folder, const ReportStudy& study) {
  for (const auto* part : {"arm", "text", "images"}) fs::create_directories(folder / part);
  write_synthetic_study(folder / "arm", "mimic");
  write_synthetic_text_study(folder / "text");
  write_generation_study(folder / "images");
  for (const auto* prompt : {"negative", "positive"})
    move_real_images(folder / "images" / fmt::format("fid-original-{}.json", prompt));
  write_training(folder / "runs" / "train");
  write_text(folder / "images" / "original" / "config.toml",
             fmt::format("format = \"cxr-run\"\nversion = 1\ncommand = \"generate\"\n[configuration]\nprompt = [\"{}\", \"{}\"]\n"
                         "unet = \"{}\"\nseed = 2022\n",
                         kNegativeText, kPositiveText, (folder / "runs" / "train" / "unet").string()));
  write_log(folder / "images" / "original");
  write_steps(folder);
  write_figures(folder / "figures");
  write_text(folder / "study.toml", about(study) + parts(study));
}

} // namespace cxr::test
