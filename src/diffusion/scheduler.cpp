#include "diffusion/scheduler.h"

#include "core/error.h"
#include "diffusion/scheduler_config.h"

namespace cxr {
namespace {

struct KnownScheduler {
  std::string_view name;       ///< what `--scheduler` takes
  std::string_view class_name; ///< diffusers'
};

constexpr std::array<KnownScheduler, 4> kSchedulers = {{{"ddpm", "DDPMScheduler"},
                                                        {"ddim", "DDIMScheduler"},
                                                        {"pndm", "PNDMScheduler"},
                                                        {"dpmsolver++", "DPMSolverMultistepScheduler"}}};

std::string known_names(std::string_view KnownScheduler::*name) {
  std::vector<std::string_view> names;
  for (const auto& known : kSchedulers) names.push_back(known.*name);
  return fmt::format("one of {}", fmt::join(names, ", "));
}

// The name that was asked for, or that of the configuration's class.
std::string_view resolve(const JsonFile& config, const std::string& name) {
  if (!name.empty()) {
    const auto known = std::ranges::find(kSchedulers, name, &KnownScheduler::name);
    if (known == kSchedulers.end()) throw InputError("--scheduler", "", known_names(&KnownScheduler::name), name);
    return known->name;
  }
  const auto class_name = config.require<std::string>("_class_name");
  const auto known = std::ranges::find(kSchedulers, class_name, &KnownScheduler::class_name);
  if (known == kSchedulers.end()) {
    config.refuse("_class_name", known_names(&KnownScheduler::class_name) + " (or another chosen by --scheduler)", class_name);
  }
  return known->name;
}

} // namespace

std::unique_ptr<Scheduler> make_scheduler(const std::filesystem::path& path, const std::string& name, double eta) {
  const JsonFile config(path);
  const auto scheduler = resolve(config, name);
  if (eta != 0 && scheduler != "ddim") throw InputError("--eta", "", "0 with schedulers other than ddim", fmt::format("{}", eta));
  if (!(eta >= 0 && eta <= 1)) throw InputError("--eta", "", "0 to 1", fmt::format("{}", eta));

  if (scheduler == "ddpm") return std::make_unique<Ddpm>(read_ddpm_options(config));
  if (scheduler == "pndm") return std::make_unique<Pndm>(read_pndm_options(config));
  if (scheduler == "dpmsolver++") return std::make_unique<DpmSolverMultistep>(read_dpm_solver_options(config));
  auto options = read_ddim_options(config);
  options.eta = eta;
  return std::make_unique<Ddim>(std::move(options));
}

} // namespace cxr
