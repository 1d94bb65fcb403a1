#include "study/study_scope.h"

#include "core/error.h"

namespace cxr::study {
namespace {

// While a text is expanded, inputs and results stand in it as names between these, which no TOML string may hold.
constexpr char kInput = '\x01', kOut = '\x02', kEnd = '\x03';

/// `word` with what stands between `begin` and kEnd replaced.
template <typename Replace>
std::string replaced(std::string word, char begin, const Replace& replace) {
  for (auto open = word.find(begin); open != std::string::npos; open = word.find(begin)) {
    const auto close = word.find(kEnd, open);
    word.replace(open, close - open + 1, replace(word.substr(open + 1, close - open - 1)));
  }
  return word;
}

} // namespace

Lookup Scope::lookup(const std::vector<const Row*>& rows, const std::string& place) const {
  return [this, &rows, place](const std::string& name) -> Value {
    for (const auto* row : rows) {
      if (const auto found = row->find(name); found != row->end()) return found->second;
    }
    if (const auto found = settings_.find(name); found != settings_.end()) return found->second;
    if (inputs_.contains(name)) return {{kInput + name + kEnd}};
    if (name.starts_with("out.")) {
      const auto step = name.substr(4);
      if (!outs_.contains(step))
        throw InputError(file_, place, fmt::format("the name of a step for {{{}}}", name), "none of that name");
      return {{kOut + step + kEnd}};
    }
    throw InputError(file_, place, fmt::format("a setting, an input or a key of the step's list for {{{}}}", name),
                     "none of that name");
  };
}

std::string Scope::text(const std::string& text, const std::vector<const Row*>& rows, const std::string& place) const {
  auto expanded = study::expand(text, lookup(rows, place), file_ + ", " + place);
  if (expanded.find_first_of({kInput, kOut}) != std::string::npos)
    throw InputError(file_, place, "neither inputs nor results", text);
  return expanded;
}

Expansion Scope::expand(const std::vector<std::string>& words, const std::vector<const Row*>& rows,
                        const std::string& place) const {
  Expansion expansion;
  for (const auto& marked : expand_words(words, lookup(rows, place), file_ + ", " + place)) {
    auto plain = replaced(marked, kInput, [&](const std::string& name) {
      expansion.used_inputs.insert(name);
      return inputs_.at(name).path.string();
    });
    plain = replaced(plain, kOut, [&](const std::string& name) {
      expansion.used_outs.insert(name);
      return outs_.at(name);
    });
    if (marked.starts_with(kInput)) expansion.inputs.push_back(plain);
    auto identity = replaced(marked, kInput, [](const std::string& name) { return "{" + name + "}"; });
    expansion.identity.push_back(replaced(identity, kOut, [](const std::string& name) { return "{out." + name + "}"; }));
    expansion.plain.push_back(std::move(plain));
  }
  return expansion;
}

} // namespace cxr::study
