/// @file
/// Text with choices, the form in which the reports' wordings are written down.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "core/rng.h"

namespace cxr::phantom {

/// "(a|b|)" is one of its alternatives, each as likely, which may hold choices themselves; "{x}" is the pattern of that name in
/// `Fillers`.
using Pattern = std::string_view;
using Fillers = std::map<std::string, std::string, std::less<>>;

/// One of the patterns.
Pattern one_of(std::span<const Pattern> patterns, rng::Generator& random);

/// The text of a pattern without superfluous blanks.
std::string expand(Pattern pattern, const Fillers& fillers, rng::Generator& random);

/// The text with a capital at its beginning.
std::string capitalised(std::string text);

} // namespace cxr::phantom
