#include "io/safetensors_header.h"

#include <set>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/mapped_file.h"

namespace cxr {
namespace {

using Json = nlohmann::json;

at::ScalarType dtype_of(std::string_view name, const auto& refuse) {
  const auto found = std::ranges::find(kSafetensorsDtypes, name, &SafetensorsDtype::name);
  if (found == kSafetensorsDtypes.end()) refuse("F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL", std::string(name));
  return found->dtype;
}

// Receives nlohmann's parse events and accepts only those that the format allows where they come.
class HeaderReader : public nlohmann::json_sax<Json> {
 public:
  explicit HeaderReader(const std::string& file) : file_(file) {}
  SafetensorsHeader take() { return std::move(header_); }

  bool start_object(std::size_t) override {
    if (place_ == Place::kOutside) return enter(Place::kRoot);
    if (place_ != Place::kRoot) unexpected("an object");
    if (key_ == "__metadata__") return enter(Place::kMetadata);
    header_.tensors.push_back({.name = key_});
    fields_.clear();
    return enter(Place::kTensor);
  }

  bool key(std::string& name) override {
    if (place_ == Place::kRoot) {
      key_ = name;
      field_.clear();
      if (!names_.insert(name).second) refuse("one entry of that name", "two");
      return true;
    }
    field_ = name;
    if (place_ == Place::kMetadata) {
      if (header_.metadata.contains(name)) refuse("one entry of that name", "two");
      return true;
    }
    if (name != "dtype" && name != "shape" && name != "data_offsets") refuse("dtype, shape or data_offsets", "another field");
    if (!fields_.insert(name).second) refuse("one field of that name", "two");
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kRoot) return enter(Place::kOutside);
    field_.clear();
    if (place_ == Place::kTensor && fields_.size() != 3) refuse("dtype, shape and data_offsets", "fewer fields");
    return enter(Place::kRoot);
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::kTensor || field_ == "dtype") unexpected("an array");
    numbers_.clear();
    return enter(Place::kNumbers);
  }

  bool end_array() override {
    auto& tensor = header_.tensors.back();
    if (field_ == "shape") {
      tensor.shape.assign(numbers_.begin(), numbers_.end());
    } else {
      if (numbers_.size() != 2) refuse("two numbers", fmt::format("{}", numbers_.size()));
      tensor.begin = numbers_[0];
      tensor.end = numbers_[1];
    }
    return enter(Place::kTensor);
  }

  bool string(std::string& text) override {
    if (place_ == Place::kMetadata) return header_.metadata.emplace(field_, text).second;
    if (place_ != Place::kTensor || field_ != "dtype") unexpected("a string");
    header_.tensors.back().dtype = dtype_of(text, [this](auto&&... words) { refuse(words...); });
    return true;
  }

  bool number_unsigned(std::uint64_t number) override {
    if (place_ != Place::kNumbers) unexpected(fmt::format("{}", number));
    if (number > std::numeric_limits<std::int64_t>::max()) refuse("a number below 2^63", fmt::format("{}", number));
    if (numbers_.size() == kMostAxes) refuse(fmt::format("at most {} numbers", kMostAxes), "more");
    numbers_.push_back(static_cast<std::int64_t>(number));
    return true;
  }

  bool number_integer(std::int64_t number) override { unexpected(fmt::format("{}", number)); }
  bool number_float(double, const std::string& text) override { unexpected(text); }
  bool boolean(bool value) override { unexpected(value ? "true" : "false"); }
  bool null() override { unexpected("null"); }
  bool binary(Json::binary_t&) override { unexpected("bytes"); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    throw InputError(file_, fmt::format("header, byte {}", position), "JSON", error.what());
  }

 private:
  enum class Place { kOutside, kRoot, kMetadata, kTensor, kNumbers };

  bool enter(Place place) {
    place_ = place;
    return true;
  }

  [[noreturn]] void refuse(const std::string& expected, const std::string& found) const {
    throw InputError(file_, field_.empty() ? key_ : fmt::format("{}: {}", key_, field_), expected, found);
  }

  [[noreturn]] void unexpected(const std::string& found) const {
    if (place_ == Place::kOutside || place_ == Place::kRoot) refuse("an object", found);
    if (place_ == Place::kMetadata || field_ == "dtype") refuse("a string", found);
    refuse(place_ == Place::kNumbers ? "unsigned integers" : "an array of unsigned integers", found);
  }

  const std::string& file_;
  SafetensorsHeader header_;
  Place place_ = Place::kOutside;
  std::string key_;
  std::string field_;
  std::set<std::string> names_;
  std::set<std::string> fields_;
  std::vector<std::int64_t> numbers_;
};

} // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& file) {
  // The format asks for the brace at once; nlohmann would also take white space or a byte-order mark.
  if (!json.starts_with('{')) throw InputError(file, "header", "JSON that starts with {", fmt::format("'{}'", json.substr(0, 1)));
  HeaderReader reader(file);
  Json::sax_parse(json.begin(), json.end(), &reader);
  return reader.take();
}

} // namespace cxr
