/// @file
/// How a sampler walks from noise to a latent: diffusers' schedulers behind one interface. They are in ddpm.h (Ho et al. 2020),
/// ddim.h (Song et al. 2021), pndm.h (Liu et al. 2022) and dpm_solver_multistep.h (Lu et al. 2022); each starts from noise of
/// variance 1.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cxr {

/// One walk at a time: set_timesteps(), then step() for each of timesteps() in order. Multistep samplers remember earlier outputs.
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  /// Starts a walk of `steps`. @throws InputError (`--steps`) for less than 1 or more than the training's steps
  virtual void set_timesteps(std::int64_t steps) = 0;
  /// The timesteps at which the model is asked, from noise to latent; PNDM asks once more than `steps`.
  virtual const std::vector<std::int64_t>& timesteps() const = 0;
  /// Whether step() needs fresh noise (DDPM; DDIM with eta above 0).
  virtual bool draws_noise() const = 0;
  /// One step. @param model_output [N,C,h,w], the model's prediction for `sample` at timesteps()[index]
  /// @param noise standard normal, the sample's shape; undefined where draws_noise() is false
  /// @return the sample at the next timestep, float32
  virtual at::Tensor step(const at::Tensor& model_output, std::size_t index, const at::Tensor& sample, const at::Tensor& noise) = 0;
};

/// The schedulers by the names that `--scheduler` takes: "ddpm", "ddim", "pndm", "dpmsolver++".
/// @param config scheduler/scheduler_config.json, read as scheduler_config.h says  @param name empty: what `_class_name` says
/// @param eta how much noise DDIM draws, 0 to 1; 0 for the others
/// @throws InputError for an unknown scheduler or beta schedule, naming those that are known, and for what is not supported
std::unique_ptr<Scheduler> make_scheduler(const std::filesystem::path& config, const std::string& name = "", double eta = 0);

} // namespace cxr
