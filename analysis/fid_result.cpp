#include "analysis/fid_result.h"

#include "analysis/json_cells.h"

namespace cxr {
namespace {

constexpr std::size_t kLongestTap = 6; // digits

} // namespace

FidResult::FidResult(const std::filesystem::path& path) : file_(path) {
  if (!file_.has("fid") || !file_.root().at("fid").is_object())
    file_.refuse("fid", "distances by feature count, as cxr fid --json prints", "none");
  for (const auto& [name, distance] : file_.root().at("fid").items()) {
    const bool is_count = !name.empty() && name.size() <= kLongestTap && name.find_first_not_of("0123456789") == std::string::npos;
    if (!is_count || !distance.is_number())
      file_.refuse(fmt::format("fid, {}", name), "a feature count and a number", distance.dump());
  }
}

bool FidResult::has_random_weights() const { return file_.get_or<std::string>("weights", "given") == "random"; }

bool FidResult::is_xrv() const {
  const auto network = file_.get_or<std::string>("network", "inception");
  if (network != "inception" && network != "xrv") file_.refuse("network", "inception or xrv", network);
  return network == "xrv";
}

std::int64_t FidResult::batch_size() const { return file_.get_or<std::int64_t>("batch", 0); }

std::vector<std::int64_t> FidResult::taps() const {
  std::vector<std::int64_t> taps;
  for (const auto& [name, distance] : file_.root().at("fid").items()) taps.push_back(std::stoll(name));
  std::sort(taps.begin(), taps.end());
  return taps;
}

bool FidResult::has(const std::string& field, std::int64_t tap) const {
  return file_.has(field) && file_.object(field).has(std::to_string(tap));
}

Cell FidResult::distance(std::int64_t tap) const {
  if (!has("fid", tap)) return {};
  Cell cell{.value = file_.object("fid").require<double>(std::to_string(tap))};
  if (file_.has("fid_interval")) cell.interval = interval_field(file_.object("fid_interval"), std::to_string(tap));
  return cell;
}

std::vector<double> FidResult::batches(std::int64_t tap) const {
  return has("fid_batches", tap) ? file_.object("fid_batches").require<std::vector<double>>(std::to_string(tap))
                                 : std::vector<double>();
}

Cell FidResult::kid(std::int64_t tap) const {
  return file_.has("kid") ? mean_field(file_.object("kid"), std::to_string(tap)) : Cell{};
}

Cell FidResult::share(const std::string& field, std::int64_t tap) const {
  if (!has(field, tap)) return {};
  Cell cell{.value = file_.object(field).require<double>(std::to_string(tap))};
  const auto intervals = field + "_interval";
  if (file_.has(intervals)) cell.interval = interval_field(file_.object(intervals), std::to_string(tap));
  return cell;
}

std::string FidResult::prompt() const {
  if (!file_.has("prompt")) file_.refuse("prompt", "the prompt of the generated images, as cxr fid --prompt writes it", "none");
  return file_.require<std::string>("prompt");
}

std::int64_t FidResult::generated_images() const { return file_.object("fake").require<std::int64_t>("images"); }

std::string FidResult::real_images(NoteDetail detail) const {
  const auto real = file_.object("real");
  const auto where = file_.get_or<std::string>("real_where", "");
  const auto source = detail == NoteDetail::kAll ? real.require<std::string>("path") : "the real ones";
  return fmt::format("{} of {}{}", real.require<std::int64_t>("images"), source, where.empty() ? "" : fmt::format(" ({})", where));
}

void FidResult::require_of(const ImageSet& generated) const { require_images(file_, "fake", generated); }

} // namespace cxr
