/// @file
/// scheduler/scheduler_config.json as each scheduler reads it: the fields that it knows, its own class's defaults for those absent.
///
/// A folder is sampled with another scheduler than its own as diffusers' `DDIMScheduler.from_config(pipe.scheduler.config)` does
/// it: what the file says is kept. What diffusers' StableDiffusionPipeline overrides whatever the file says is overridden here too:
/// steps_offset is 1 and clip_sample false.
#pragma once

#include "diffusion/ddim.h"
#include "diffusion/ddpm.h"
#include "diffusion/dpm_solver_multistep.h"
#include "diffusion/pndm.h"
#include "io/json.h"

namespace cxr {

/// All throw InputError naming the field, for values that are not known or not supported.
DdpmOptions read_ddpm_options(const JsonFile& config);
/// set_alpha_to_one, where the file of a PNDM scheduler lacks it (older snapshots of Stable Diffusion do), is PNDM's false.
DdimOptions read_ddim_options(const JsonFile& config);
PndmOptions read_pndm_options(const JsonFile& config);
DpmSolverOptions read_dpm_solver_options(const JsonFile& config);

} // namespace cxr
