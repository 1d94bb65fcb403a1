#include "analysis/info.h"

#include <cstdio>

#include "analysis/commands.h"
#include "core/error.h"

namespace cxr {
namespace {

namespace fs = std::filesystem;

Description describe(const fs::path& path) {
  if (!fs::exists(path)) throw InputError(path.string(), "", "a file or folder", "neither");
  if (!fs::is_directory(path)) return is_checkpoint_name(path) ? describe_checkpoint(path) : describe_hdf5(path);
  if (fs::exists(path / "study.toml")) return describe_study(path);
  if (fs::exists(path / "model_index.json") || fs::exists(path / "config.json")) return describe_model_folder(path);
  if (fs::exists(path / "config.toml")) return describe_run(path);
  if (fs::exists(path / "manifest.json")) return describe_training_checkpoint(path);
  throw InputError(path.string(), "",
                   "a run (config.toml), a training's checkpoint (manifest.json), a study (study.toml) or a model (config.json, "
                   "model_index.json)",
                   "a folder without any of these");
}

std::string scalar_text(const Description& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// "key: value" lines, nested objects indented; lists of scalars on one line.
void print_lines(const Description& object, int indent) {
  const std::string space(static_cast<std::size_t>(indent), ' ');
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      fmt::print("{}{}:\n", space, key);
      print_lines(value, indent + 2);
    } else {
      fmt::print("{}{}: {}\n", space, key, scalar_text(value));
    }
  }
}

} // namespace

Subcommand info_command(CLI::App& parent) {
  struct Options {
    fs::path path;
    bool as_json = false;
  };
  const auto options = std::make_shared<Options>();
  auto* app =
      parent.add_subcommand("info", "what an image set, shard, results, run, training, study, model folder or checkpoint holds");
  app->add_option("path", options->path, "the file or folder")->required();
  app->add_flag("--json", options->as_json, "print one JSON object instead");
  return {app, [options] {
            const auto description = describe(options->path);
            if (options->as_json) {
              fmt::print("{}\n", description.dump(-1, ' ', false, Description::error_handler_t::replace));
            } else {
              print_lines(description, 0);
            }
            return kDone;
          }};
}

} // namespace cxr
