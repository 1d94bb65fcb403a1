#include "io/gnuplot.h"

#include <cstdio>

#include <sys/wait.h>

#include "core/atomic_file.h"

namespace cxr::gnuplot {
namespace {

namespace fs = std::filesystem;

constexpr int kCommandNotFound = 127; // the shell's

void run(const std::string& script) {
  auto* pipe = ::popen("gnuplot -d", "w"); // -d: no settings of the user's
  if (!pipe) throw std::runtime_error("cannot start gnuplot");
  const bool written = std::fwrite(script.data(), 1, script.size(), pipe) == script.size();
  const int status = ::pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCommandNotFound) {
    throw std::runtime_error("gnuplot is not installed: figures need it (Debian and Ubuntu: gnuplot-nox)");
  }
  if (!written || status != 0) throw std::runtime_error("gnuplot failed; what it says is above");
}

} // namespace

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (char c : text) result += c == '\'' ? std::string("''") : std::string(1, c == '\n' ? ' ' : c);
  return result + "'";
}

void draw(const fs::path& target, int width, int height, const std::string& script) {
  const auto terminals = {
      std::pair(".png", fmt::format("pngcairo noenhanced font 'DejaVu Sans,10' fontscale 1.5 linewidth 1.5 size {},{}",
                                    width * 3 / 2, height * 3 / 2)),
      std::pair(".svg",
                fmt::format("svg noenhanced standalone font 'DejaVu Sans,10' size {},{} background 'white'", width, height))};
  for (const auto& [ending, terminal] : terminals) {
    auto path = target;
    path += ending;
    AtomicFile file(path);
    run(fmt::format("set terminal {}\nset output {}\n{}\nunset output\n", terminal, gnuplot::quoted(file.path().string()), script));
    file.commit();
  }
}

std::string colour(std::size_t number) {
  constexpr std::array<const char*, 6> kColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"};
  return quoted(kColours[number % kColours.size()]);
}

} // namespace cxr::gnuplot
