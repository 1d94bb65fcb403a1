#include "study/slurm_site.h"

#include <gmock/gmock.h>

#include "support/file_bytes.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"

namespace cxr::study {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// Of a program whose commands all have --device but "tables".
LaunchSettings settings_for(const std::string& device) {
  return {
      .program = "/bin/cxr",
      .version = "1",
      .device = device,
      .is_private = false,
      .has_option = [](const auto& command, const std::string& option) { return command[0] != "tables" && option == "--device"; }};
}

TEST(SlurmSite, TheRepositorysFileHasTheDefaults) {
  const auto file = read_site(std::filesystem::path(CXR_SOURCE_DIR) / "slurm" / "site.toml");
  const auto defaults = read_site("");
  Step step;
  step.max_ranks = 0;
  const auto settings = settings_for("cpu");
  EXPECT_EQ(job_options(file, step, settings, "/study"), job_options(defaults, step, settings, "/study"));
  EXPECT_EQ(job_preamble(file, settings, "/slurm"), job_preamble(defaults, settings, "/slurm"));
}

TEST(SlurmSite, WhatItSaysIsAskedFor) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "site.toml",
                  "launcher = \"mpirun\"\npartition = \"gpu\"\nranks = 16\ngpus-per-node = 8\nmodules = [\"gcc/12\"]\ncontainer = "
                  "\"/my images/cxr.sif\"\n"
                  "lines = [\"#SBATCH --constraint=a100 --exclusive\", \"export NCCL_SOCKET_IFNAME=ib0\"]\n");
  const auto site = read_site(folder / "site.toml");
  Step step;
  step.command = {"generate"};
  step.max_ranks = 0;
  step.time = "12:00:00";
  const auto options = job_options(site, step, settings_for("cuda"), "/study");
  for (const auto* option :
       {"--partition=gpu", "--ntasks=16", "--ntasks-per-node=8", "--gpus-per-node=8", "--constraint=a100", "--exclusive",
        "--time=12:00:00", "--signal=B:USR1@300", "--requeue", "--open-mode=append", "--chdir=/study"})
    EXPECT_THAT(options, Contains(option));
  step.max_ranks = 4;
  EXPECT_THAT(job_options(site, step, settings_for("cuda"), "/study"), Contains("--ntasks=4"));
  EXPECT_THAT(job_options(site, step, settings_for("cpu"), "/study"), testing::Not(Contains(testing::StartsWith("--gpus"))));
  auto settings = settings_for("cuda");
  EXPECT_THAT(job_preamble(site, settings, "/slurm"), testing::Not(HasSubstr("umask")));
  settings.is_private = true;
  step.command = {"tables", "."};
  EXPECT_THAT(job_options(site, step, settings, "/study"), testing::Not(Contains(testing::StartsWith("--gpus"))));
  const auto preamble = job_preamble(site, settings, "/slurm");
  EXPECT_THAT(preamble, HasSubstr("export CXR_PRIVATE=1\numask 077\n"));
  EXPECT_THAT(preamble, HasSubstr("export CXR_DEVICE=cuda\n"));
  EXPECT_THAT(preamble, HasSubstr("export CXR_PROGRAM=cxr\n")); // the container's
  EXPECT_THAT(preamble, HasSubstr("module load gcc/12 || {"));
  EXPECT_THAT(preamble, HasSubstr("export CXR_CONTAINER='/my images/cxr.sif'\n"));
  EXPECT_THAT(preamble, HasSubstr("\nexport NCCL_SOCKET_IFNAME=ib0\n"));
}

TEST(SlurmSite, StepsWithoutAGpuHaveAPartitionOfTheirOwn) {
  const test::TemporaryFolder folder;
  test::put_bytes(folder / "site.toml", R"(
partition = "gpu"
account = "g"
gres = "gpu:a100"
gpus-per-node = 4
cpu-partition = "cpu"
cpu-account = "c"
cpu-qos = "long"
cpu-gres = "none:1"
ranks = 8
)");
  auto site = read_site(folder / "site.toml");
  Step step;
  step.max_ranks = 0;
  step.command = {"generate"};
  auto options = job_options(site, step, settings_for("cuda"), "/study", "00:20:00");
  for (const auto* option : {"--partition=gpu", "--account=g", "--gres=gpu:a100:4", "--ntasks-per-node=4", "--time=00:20:00"})
    EXPECT_THAT(options, Contains(option));
  EXPECT_THAT(options, testing::Not(Contains(testing::StartsWith("--gpus-per-node"))));
  site.gres = "gpu:a100:2"; // a number of the site's own is left
  EXPECT_THAT(job_options(site, step, settings_for("cuda"), "/study"), Contains("--gres=gpu:a100:2"));
  step.command = {"tables"};
  options = job_options(site, step, settings_for("cuda"), "/study");
  for (const auto* option : {"--partition=cpu", "--account=c", "--qos=long", "--gres=none:1"})
    EXPECT_THAT(options, Contains(option));
  EXPECT_THAT(options, testing::Not(Contains(HasSubstr("a100"))));
}

TEST(SlurmSite, ModulesComeBehindTheLinesAndEndTheJob) {
  SlurmSite site;
  site.modules = {"gcc/12"};
  site.lines = {"source /etc/profile.d/modules.sh"};
  const auto preamble = job_preamble(site, settings_for("cpu"), "/slurm");
  const auto lines = preamble.find("source /etc"), modules = preamble.find("module load gcc/12 || {");
  ASSERT_NE(lines, std::string::npos);
  ASSERT_NE(modules, std::string::npos);
  EXPECT_LT(lines, modules);
  EXPECT_LT(preamble.find("set +u"), lines);
  EXPECT_THAT(preamble, HasSubstr("exit 1; }\n"));
}

TEST(SlurmSite, MistakesAreNamed) {
  const test::TemporaryFolder folder;
  const auto refusal_of = [&](const std::string& text) {
    test::put_bytes(folder / "site.toml", text);
    return test::refusal([&] { read_site(folder / "site.toml"); });
  };
  EXPECT_THAT(refusal_of("partitoin = \"x\""), HasSubstr("an unknown key"));
  EXPECT_THAT(refusal_of("ranks = \"four\""), HasSubstr("ranks: expected a number from 0, found a string"));
  EXPECT_THAT(refusal_of("pakc = 20"), HasSubstr("an unknown key"));
  EXPECT_THAT(refusal_of("pack-time = \"an hour\""), HasSubstr("pack-time: expected a time such as 01:00:00, found an hour"));
  EXPECT_THAT(refusal_of("launcher = \"ssh\""), HasSubstr("launcher: expected srun or mpirun, found ssh"));
}

} // namespace
} // namespace cxr::study
