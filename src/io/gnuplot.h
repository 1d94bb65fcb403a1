/// @file
/// Figures by gnuplot, which is run as a program.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cxr::gnuplot {

/// Runs `script` twice, for `target` with the endings .png and .svg. `set terminal` and `set output` are done here.
/// @param width,height in points; the PNG has three pixels to two points
/// @throws std::runtime_error if gnuplot is not installed (naming the package) or refuses the script
void draw(const std::filesystem::path& target, int width, int height, const std::string& script);

/// `text` as a gnuplot string: in single quotes, with every other character as it is.
std::string quoted(std::string_view text);

/// Colours that people with any colour vision can tell apart (Okabe and Ito 2008), by number.
std::string colour(std::size_t number);

} // namespace cxr::gnuplot
