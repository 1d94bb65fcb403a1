#include "study/small_study.h"

#include "core/log.h"
#include "study/selection.h"
#include "support/file_bytes.h"

namespace cxr::test {
namespace fs = std::filesystem;
namespace {

constexpr const char* kProgram = R"(#!/bin/bash
command=$1; shift
texts=()
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2; shift 2;;
    --of) shift 2;;
    --threads|--device) shift 2;;
    *) texts+=("$1"); shift;;
  esac
done
echo "$command ${texts[*]} in $PWD, private: ${CXR_PRIVATE:-no}"
case $command in
  write) echo "${texts[*]}" >"$out";;
  join) cat "${texts[@]}" >"$out";;
  fail) echo "cxr: S.h5: images: expected some, found none" >&2; exit 2;;
  nothing) ;;
  wait)
    trap 'echo saved >"$out.part"; exit 75' USR1
    [ -f "$out.part" ] && { cat "$out.part" >"$out"; exit 0; }
    touch "$out.begun"
    for _ in $(seq 600); do sleep 0.05; done;;
esac
)";

} // namespace

SmallStudy::SmallStudy(const std::string& steps) {
  put_bytes(folder_ / "program", kProgram);
  fs::permissions(folder_ / "program", fs::perms::owner_all);
  put_bytes(input(), "what was measured");
  put_bytes(file(), R"(
[study]
title = "A small study"

[inputs]
data = "data.txt"

[settings]
greeting = "hello"

[execution]
threads = 1
)" + steps);
}

study::LaunchSettings SmallStudy::settings() const {
  return {.program = (folder_ / "program").string(),
          .version = "1",
          .device = "cpu",
          .is_private = false,
          .has_option = [](auto&&, auto&&) { return false; }};
}

study::Outcome SmallStudy::run(const std::vector<std::string>& only, const std::vector<std::string>& force) const {
  log::set_quiet(true);
  const auto study = read();
  study::StudyFolder folder(study, out());
  folder.write_study();
  study::Selection selection{.only = std::vector<bool>(study.steps.size(), true), .force = study::select(study, force, "--force")};
  if (!only.empty()) selection.only = study::select(study, only, "--only");
  return study::run_locally(folder, selection, {.cores = 2, .threads = 1}, settings());
}

std::map<std::string, std::string> SmallStudy::states() const {
  const auto study = read();
  study::StudyFolder folder(study, out());
  const auto statuses = folder.statuses();
  std::map<std::string, std::string> states;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    states[study.steps[i].name] = study::state_name(statuses[i].state);
    if (!statuses[i].why.empty()) states[study.steps[i].name] += " (" + statuses[i].why + ")";
  }
  return states;
}

std::string SmallStudy::result(const std::string& name) const { return file_bytes(out() / name); }

} // namespace cxr::test
