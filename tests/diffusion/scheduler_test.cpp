// Whole walks of diffusers' schedulers, driven by the same formula in place of a network.
#include "diffusion/scheduler.h"

#include <gmock/gmock.h>

#include "diffusion/scheduler_config.h"
#include "metrics/metric_fixtures.h"
#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"
#include "support/weight_formula.h"

namespace cxr {
namespace {

using test::refusal;
using testing::HasSubstr;

// diffusers' coefficients are float32, and so are these: what differs is the last digit of a logarithm, and of a sum.
constexpr double kTolerance = 1e-5;

const char* const kFixture = "diffusion/schedulers.json";
const std::vector<std::int64_t> kShape = {1, 2, 2, 2};

at::Tensor normal_like(const std::string& name) { return std::sqrt(3.0) * test::formula_uniform(name, kShape); }

// tests/fixtures/make_diffusion_fixtures.py, model.
at::Tensor model(const at::Tensor& sample, std::int64_t t) {
  return at::sin(1.3 * sample + 0.004 * static_cast<double>(t)) - 0.2 * sample;
}

std::vector<at::Tensor> walk(Scheduler& scheduler, std::int64_t steps) {
  scheduler.set_timesteps(steps);
  std::vector<at::Tensor> samples;
  auto sample = normal_like("latents");
  for (std::size_t i = 0; i < scheduler.timesteps().size(); ++i) {
    const auto noise = scheduler.draws_noise() ? normal_like(fmt::format("step.{}", i)) : at::Tensor();
    sample = scheduler.step(model(sample, scheduler.timesteps()[i]), i, sample, noise);
    samples.push_back(sample);
  }
  return samples;
}

class Schedulers : public testing::Test {
 protected:
  std::filesystem::path config(const std::string& text) {
    test::put_bytes(folder_ / "scheduler_config.json", text);
    return folder_ / "scheduler_config.json";
  }
  std::unique_ptr<Scheduler> scheduler(const std::string& text, const std::string& name = "", double eta = 0) {
    return make_scheduler(config(text), name, eta);
  }

  test::TemporaryFolder folder_;
};

TEST_F(Schedulers, WalkAsDiffusersWalks) {
  int compared = 0;
  for (const auto& fixture : test::metric_fixtures("walks", kFixture)) {
    const auto made = scheduler(fixture.at("config"), fixture.at("scheduler"), fixture.at("eta"));
    for (const auto& [steps, expected] : fixture.at("steps").items()) {
      const auto where = fmt::format("{}, {} steps", fixture.at("name").get<std::string>(), steps);
      const auto samples = walk(*made, std::stoll(steps)); // one scheduler for all: nothing stays from the walk before
      ASSERT_EQ(made->timesteps(), expected.at("timesteps").get<std::vector<std::int64_t>>()) << where;
      for (const auto& [index, sample] : expected.at("samples").items()) {
        EXPECT_CLOSE(samples.at(std::stoul(index)), test::tensor_of(sample).view(kShape), kTolerance)
            << where << ", step " << index;
        ++compared;
      }
    }
  }
  EXPECT_GE(compared, 400);
}

TEST_F(Schedulers, ClipThePredictedOriginal) {
  const JsonFile none(config("{}"));
  auto ddpm_options = read_ddpm_options(none);
  auto ddim_options = read_ddim_options(none);
  ddpm_options.clip = ddim_options.clip = 0.5;
  ddpm_options.steps_offset = ddim_options.steps_offset = 0;
  Ddpm ddpm(ddpm_options);
  Ddim ddim(ddim_options);
  const auto expected = test::metric_fixtures("clipped", kFixture);
  EXPECT_CLOSE(walk(ddpm, 10).back(), test::tensor_of(expected.at("ddpm")).view(kShape), kTolerance);
  EXPECT_CLOSE(walk(ddim, 10).back(), test::tensor_of(expected.at("ddim")).view(kShape), kTolerance);
}

TEST_F(Schedulers, StableDiffusionsPndmAsksFiftyOneTimes) {
  const auto pndm = scheduler(R"({"_class_name": "PNDMScheduler", "skip_prk_steps": true})");
  pndm->set_timesteps(50);
  EXPECT_EQ(pndm->timesteps().size(), 51);
  EXPECT_THAT(std::vector(pndm->timesteps().begin(), pndm->timesteps().begin() + 4), testing::ElementsAre(981, 961, 961, 941));
  EXPECT_EQ(pndm->timesteps().back(), 1);
}

TEST_F(Schedulers, TrailingSpacingHasAsManyStepsAsAsked) {
  for (const char* name : {"ddpm", "ddim", "dpmsolver++"}) {
    const auto made = scheduler(R"({"timestep_spacing": "trailing"})", name);
    made->set_timesteps(61); // numpy.arange(1000, 0, -1000 / 61) has 62 numbers
    EXPECT_EQ(made->timesteps().size(), 61) << name;
    EXPECT_EQ(made->timesteps().back(), 15) << name;
  }
}

TEST_F(Schedulers, AskForNoiseOnlyWhereTheyDrawIt) {
  EXPECT_TRUE(scheduler("{}", "ddpm")->draws_noise());
  EXPECT_TRUE(scheduler("{}", "ddim", 0.1)->draws_noise());
  for (const char* name : {"ddim", "pndm", "dpmsolver++"}) EXPECT_FALSE(scheduler("{}", name)->draws_noise()) << name;
}

TEST_F(Schedulers, RefuseWhatTheyDoNotKnowByName) {
  EXPECT_THAT(refusal([&] { scheduler("{}", "euler"); }),
              HasSubstr("--scheduler: expected one of ddpm, ddim, pndm, dpmsolver++, found euler"));
  EXPECT_THAT(
      refusal([&] { scheduler(R"({"_class_name": "EulerDiscreteScheduler"})"); }),
      HasSubstr("_class_name: expected one of DDPMScheduler, DDIMScheduler, PNDMScheduler, DPMSolverMultistepScheduler (or another "
                "chosen by --scheduler), found EulerDiscreteScheduler"));
  EXPECT_THAT(refusal([&] { scheduler("{}"); }), HasSubstr("_class_name"));
  EXPECT_THAT(refusal([&] { scheduler(R"({"beta_schedule": "sigmoid"})", "ddpm"); }),
              HasSubstr("beta_schedule: expected one of linear, scaled_linear, squaredcos_cap_v2, found sigmoid"));
  EXPECT_THAT(refusal([&] { scheduler(R"({"thresholding": true})", "ddim"); }), HasSubstr("thresholding: expected false"));
  EXPECT_THAT(refusal([&] { scheduler(R"({"variance_type": "learned_range"})", "ddpm"); }), HasSubstr("found learned_range"));
  EXPECT_THAT(refusal([&] { scheduler(R"({"prediction_type": "sample"})", "pndm"); }), HasSubstr("prediction_type"));
  EXPECT_THAT(refusal([&] { scheduler(R"({"timestep_spacing": "even"})", "ddim"); }), HasSubstr("leading, trailing, linspace"));
  EXPECT_THAT(refusal([&] { scheduler(R"({"trained_betas": [0.1, 0.2]})", "ddim"); }),
              HasSubstr("trained_betas: expected 1000 numbers"));
  EXPECT_THAT(refusal([&] { scheduler(R"({"beta_end": 2})", "ddim"); }), HasSubstr("beta_end"));
  for (const char* field : {R"("algorithm_type": "sde-dpmsolver++")", R"("solver_order": 4)", R"("solver_type": "euler")",
                            R"("use_lu_lambdas": true)", R"("final_sigmas_type": "one")"}) {
    EXPECT_THAT(refusal([&] { scheduler(fmt::format("{{{}}}", field), "dpmsolver++"); }), HasSubstr("scheduler_config.json"))
        << field;
  }
}

TEST_F(Schedulers, RefuseStepsThatTheTrainingHadNot) {
  for (const char* name : {"ddpm", "ddim", "pndm", "dpmsolver++"}) {
    const auto made = scheduler(R"({"skip_prk_steps": true})", name);
    for (const std::int64_t steps : {-1, 0, 1000, 1001}) { // with an offset of 1, 1000 steps would start at timestep 1000
      EXPECT_THAT(refusal([&] { made->set_timesteps(steps); }), HasSubstr("--steps")) << name << " " << steps;
    }
    EXPECT_TRUE(walk(*made, 1).back().isfinite().all().item<bool>()) << name;
    EXPECT_TRUE(walk(*made, 500).back().isfinite().all().item<bool>()) << name;
  }
  EXPECT_THAT(refusal([&] { scheduler("{}", "pndm")->set_timesteps(3); }), HasSubstr("--steps: expected 4 to 1000"));
  EXPECT_THAT(refusal([&] { scheduler("{}", "pndm", 0.5); }), HasSubstr("--eta"));
  EXPECT_THAT(refusal([&] { scheduler("{}", "ddim", -0.5); }), HasSubstr("--eta"));
}

} // namespace
} // namespace cxr
