#include "combinations/inputs.h"

#include <cstdlib>
#include <regex>

#include "combinations/command_run.h"
#include "core/error.h"
#include "core/toml_file.h"
#include "experiments/formula_folders.h"
#include "support/file_bytes.h"

namespace cxr::combinations {
namespace {

namespace fs = std::filesystem;

/// The words of a command line; quotes as in a shell keep blanks.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  static const std::regex word(R"('([^']*)'|(\S+))");
  for (auto it = std::sregex_iterator(line.begin(), line.end(), word); it != std::sregex_iterator(); ++it) {
    words.push_back((*it)[1].matched ? (*it)[1].str() : (*it)[2].str());
  }
  return words;
}

/// The first parts of paths below {in} that a text names.
std::vector<std::string> inputs_in(const std::string& text) {
  std::vector<std::string> names;
  static const std::regex input(R"(\{in\}/([^/'"\s,]+))");
  for (auto it = std::sregex_iterator(text.begin(), text.end(), input); it != std::sregex_iterator(); ++it)
    names.push_back((*it)[1]);
  return names;
}

} // namespace

Inputs::Inputs(const fs::path& recipes, fs::path folder, fs::path program)
    : recipes_(read_toml(recipes)), file_(recipes), folder_(std::move(folder)), program_(std::move(program)) {
  fs::create_directories(folder_);
}

std::string Inputs::filled(std::string argument, const fs::path& out) const {
  const fs::path source = CXR_SOURCE_DIR;
  for (const auto& [name, path] : {std::pair{"{in}", folder_},
                                   {"{models}", source / "models/toy"},
                                   {"{source}", source},
                                   {"{cxr}", program_},
                                   {"{out}", out}}) {
    argument = replaced(std::move(argument), name, path.string());
  }
  return argument;
}

std::vector<std::string> Inputs::filled(std::vector<std::string> arguments, const fs::path& out) const {
  for (auto& argument : arguments) argument = filled(std::move(argument), out);
  return arguments;
}

void Inputs::make_for(const std::vector<std::string>& arguments) {
  for (const auto& argument : arguments) {
    for (const auto& name : inputs_in(argument)) make(name);
  }
}

void Inputs::make(const std::string& name) {
  if (!made_.insert(name).second) return;
  const auto* recipe = recipes_[name].as_table();
  if (!recipe) throw InputError(file_.string(), name, "how to make this input", "nothing");
  const auto value = [&](const char* key) { return (*recipe)[key].value_or(std::string()); };
  if (const auto text = value("text"); !text.empty()) return test::put_bytes(folder_ / name, filled(text, {}));
  if (value("formula") == "diffusion") return test::make_formula_diffusion(folder_ / name);
  for (const char* key : {"shell", "command", "process"}) {
    for (const auto& other : inputs_in(value(key))) {
      if (other != name) make(other);
    }
  }
  const auto in_shell = [&](const std::string& line) {
    if (!line.empty() && std::system(filled(line, {}).c_str()) != 0) throw std::runtime_error(fmt::format("{}: {}", name, line));
  };
  in_shell(value("shell"));
  if (const auto line = value("command") + value("process"); !line.empty()) {
    const auto place = folder_ / (name + ".making");
    fs::create_directories(place);
    LocalCommunicator alone;
    const auto arguments = filled(words_of(line), {});
    const auto outcome = value("process").empty() ? run_command(arguments, alone, place)
                                                  : run_processes(program_, (*recipe)["ranks"].value_or(1), arguments, place);
    if (outcome.status != kDone) throw std::runtime_error(fmt::format("{}: cxr {}: {}", name, line, outcome.said));
  }
  in_shell(value("then"));
}

} // namespace cxr::combinations
