#include "diffusion/scheduler_config.h"

#include "core/error.h"

namespace cxr {
namespace {

constexpr std::int64_t kPipelineStepsOffset = 1; // diffusers' StableDiffusionPipeline, whatever the file says

template <typename T>
using Names = std::initializer_list<std::pair<const char*, T>>;

// The field's value among `names`. @throws InputError that lists them
template <typename T>
T one_of(const JsonFile& config, const char* field, const char* fallback, Names<T> names) {
  const auto found = config.get_or<std::string>(field, fallback);
  std::vector<std::string_view> known;
  for (const auto& [name, value] : names) {
    if (found == name) return value;
    known.emplace_back(name);
  }
  config.refuse(field, fmt::format("one of {}", fmt::join(known, ", ")), found);
}

void refuse_switches(const JsonFile& config, std::initializer_list<const char*> fields) {
  for (const auto* field : fields) {
    if (config.get_or(field, false)) config.refuse(field, "false: it is not supported", "true");
  }
}

NoiseScheduleOptions read_noise(const JsonFile& config, bool knows_zero_snr) {
  NoiseScheduleOptions o;
  o.train_timesteps = config.get_or("num_train_timesteps", o.train_timesteps);
  o.beta_start = config.get_or("beta_start", o.beta_start);
  o.beta_end = config.get_or("beta_end", o.beta_end);
  o.trained_betas = config.get_or("trained_betas", o.trained_betas);
  if (o.trained_betas.empty()) {
    o.beta_schedule =
        one_of<const char*>(config, "beta_schedule", "linear",
                            {{"linear", "linear"}, {"scaled_linear", "scaled_linear"}, {"squaredcos_cap_v2", "squaredcos_cap_v2"}});
  } else if (std::ssize(o.trained_betas) != o.train_timesteps) {
    config.refuse("trained_betas", fmt::format("{} numbers, as num_train_timesteps says", o.train_timesteps),
                  fmt::format("{}", o.trained_betas.size()));
  }
  if (o.train_timesteps < 2 || o.train_timesteps > 1'000'000) {
    config.refuse("num_train_timesteps", "2 to 1000000", fmt::format("{}", o.train_timesteps));
  }
  for (const auto& [field, beta] : {std::pair{"beta_start", o.beta_start}, {"beta_end", o.beta_end}}) {
    if (!(beta > 0 && beta < 1)) config.refuse(field, "between 0 and 1", fmt::format("{}", beta));
  }
  o.zero_terminal_snr = knows_zero_snr && config.get_or("rescale_betas_zero_snr", false);
  return o;
}

Prediction read_prediction(const JsonFile& config) {
  return one_of<Prediction>(
      config, "prediction_type", "epsilon",
      {{"epsilon", Prediction::kEpsilon}, {"v_prediction", Prediction::kVelocity}, {"sample", Prediction::kSample}});
}

TimestepSpacing read_spacing(const JsonFile& config, const char* fallback) {
  return one_of<TimestepSpacing>(
      config, "timestep_spacing", fallback,
      {{"leading", TimestepSpacing::kLeading}, {"trailing", TimestepSpacing::kTrailing}, {"linspace", TimestepSpacing::kLinspace}});
}

// What every scheduler reads, by the names that all their options have.
template <typename Options>
Options read_shared(const JsonFile& config, const char* default_spacing, bool knows_zero_snr = true) {
  Options o;
  o.noise = read_noise(config, knows_zero_snr);
  o.prediction = read_prediction(config);
  o.spacing = read_spacing(config, default_spacing);
  o.steps_offset = kPipelineStepsOffset;
  return o;
}

} // namespace

DdpmOptions read_ddpm_options(const JsonFile& config) {
  refuse_switches(config, {"thresholding"});
  auto o = read_shared<DdpmOptions>(config, "leading");
  // fixed_small_log is the same number by way of its logarithm.
  o.variance = one_of<DdpmVariance>(
      config, "variance_type", "fixed_small",
      {{"fixed_small", DdpmVariance::kSmall}, {"fixed_small_log", DdpmVariance::kSmall}, {"fixed_large", DdpmVariance::kLarge}});
  return o;
}

DdimOptions read_ddim_options(const JsonFile& config) {
  refuse_switches(config, {"thresholding"});
  auto o = read_shared<DdimOptions>(config, "leading");
  const bool of_pndm = config.get_or<std::string>("_class_name", "") == "PNDMScheduler";
  o.set_alpha_to_one = config.get_or("set_alpha_to_one", !of_pndm);
  return o;
}

PndmOptions read_pndm_options(const JsonFile& config) {
  auto o = read_shared<PndmOptions>(config, "leading", /*knows_zero_snr=*/false);
  if (o.prediction == Prediction::kSample) config.refuse("prediction_type", "epsilon or v_prediction for PNDM", "sample");
  o.set_alpha_to_one = config.get_or("set_alpha_to_one", false);
  o.skip_prk_steps = config.get_or("skip_prk_steps", false);
  return o;
}

DpmSolverOptions read_dpm_solver_options(const JsonFile& config) {
  refuse_switches(config, {"thresholding", "use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas", "use_flow_sigmas",
                           "use_dynamic_shifting"});
  // "deis", "logrho", "bh1" and "bh2" are other solvers' names for what diffusers takes for these here.
  one_of<bool>(config, "algorithm_type", "dpmsolver++", {{"dpmsolver++", true}, {"deis", true}});
  auto o = read_shared<DpmSolverOptions>(config, "linspace");
  o.solver_order = config.get_or("solver_order", o.solver_order);
  if (o.solver_order < 1 || o.solver_order > 3) config.refuse("solver_order", "1, 2 or 3", fmt::format("{}", o.solver_order));
  o.heun = one_of<bool>(config, "solver_type", "midpoint",
                        {{"midpoint", false}, {"heun", true}, {"logrho", false}, {"bh1", false}, {"bh2", false}});
  o.lower_order_final = config.get_or("lower_order_final", o.lower_order_final);
  o.euler_at_final = config.get_or("euler_at_final", o.euler_at_final);
  o.end_at_sigma_min = one_of<bool>(config, "final_sigmas_type", "zero", {{"zero", false}, {"sigma_min", true}});
  o.karras = config.get_or("use_karras_sigmas", o.karras);
  o.lambda_min_clipped = config.get_or("lambda_min_clipped", o.lambda_min_clipped);
  return o;
}

} // namespace cxr
