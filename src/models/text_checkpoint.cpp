#include "models/text_checkpoint.h"

namespace cxr {
namespace {

constexpr std::array kUnread = {"cls.predictions.", "cls.seq_relationship.", "lm_head.",
                                "vision_model.",    "visual_projection.",    "logit_scale"};

bool is_unread(const std::string& key) {
  return std::ranges::any_of(kUnread, [&](const char* prefix) { return key.starts_with(prefix); });
}

std::string with_current_norm_name(std::string key) {
  for (const auto& [old_name, name] : {std::pair{"LayerNorm.gamma", "LayerNorm.weight"}, {"LayerNorm.beta", "LayerNorm.bias"}}) {
    if (key.ends_with(old_name)) key.replace(key.size() - std::string_view(old_name).size(), std::string::npos, name);
  }
  return key;
}

} // namespace

bool has_part(const StateDict& state, const std::string& prefix) {
  const auto first = state.lower_bound(prefix);
  return first != state.end() && first->first.starts_with(prefix);
}

StateDict text_encoder_keys(const StateDict& checkpoint, const std::string& prefix) {
  StateDict state;
  for (const auto& [key, tensor] : checkpoint) {
    if (is_unread(key)) continue;
    state.emplace(with_current_norm_name(key.starts_with(prefix) ? key.substr(prefix.size()) : key), tensor);
  }
  return state;
}

} // namespace cxr
