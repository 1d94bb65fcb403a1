#include "experiments/unet_folder.h"

#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/digest_list.h"
#include "io/json.h"
#include "io/safetensors.h"

namespace cxr {
namespace fs = std::filesystem;

void write_unet_folder(const StateDict& weights, const fs::path& source, const fs::path& target) {
  const auto whole = temporary_name(target), replaced = temporary_name(target.parent_path() / "replaced");
  fs::remove_all(whole);
  fs::create_directories(whole);
  auto config = JsonFile(source / "config.json").root();
  config["_name_or_path"] = source.string();
  const auto text = config.dump(2) + "\n";
  write_file_atomically(whole / "config.json", text);
  record_digest(whole / "config.json", sha256(text));
  write_recorded_safetensors(whole / "diffusion_pytorch_model.safetensors", weights);
  if (fs::exists(target)) fs::rename(target, replaced); // a folder can be renamed to an absent or empty one only
  commit_file(whole, target);
  fs::remove_all(replaced);
}

} // namespace cxr
