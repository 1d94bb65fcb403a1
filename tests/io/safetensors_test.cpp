#include "io/safetensors.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "support/memory_file.h"
#include "support/ramp.h"
#include "support/refusal.h"
#include "support/temporary_folder.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

using test::memory_file;
using test::ramp;
using test::refusal;
using testing::HasSubstr;

const std::filesystem::path kCheckpoints = std::filesystem::path(CXR_FIXTURES) / "checkpoints";

// A file of a header and as many data bytes 0, 1, 2, …
std::string file_of(const std::string& header, std::size_t data) {
  auto file = test::bytes_of<std::uint64_t>(header.size()) + header;
  for (std::size_t i = 0; i < data; ++i) file += static_cast<char>(i);
  return file;
}

StateDict parse(const std::string& content) { return parse_safetensors(memory_file(content)); }

TEST(Safetensors, ReadsEveryDtypeOfTheReferencesFiles) {
  std::map<std::string, std::string> metadata;
  const auto tensors = read_safetensors(kCheckpoints / "every_dtype.safetensors", &metadata);
  EXPECT_EQ(tensors.size(), 10);
  for (const auto dtype :
       {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar, at::kByte, at::kBool}) {
    const std::map<at::ScalarType, std::string> names{{at::kDouble, "float64"},    {at::kFloat, "float32"}, {at::kHalf, "float16"},
                                                      {at::kBFloat16, "bfloat16"}, {at::kLong, "int64"},    {at::kInt, "int32"},
                                                      {at::kShort, "int16"},       {at::kChar, "int8"},     {at::kByte, "uint8"},
                                                      {at::kBool, "bool"}};
    const auto& tensor = tensors.at(names.at(dtype));
    EXPECT_EQ(tensor.scalar_type(), dtype);
    EXPECT_CLOSE(tensor, ramp({2, 3}, dtype), 0);
  }
  EXPECT_EQ(metadata, (std::map<std::string, std::string>{{"format", "pt"}}));
}

TEST(Safetensors, ReadsScalarsEmptyTensorsAndEscapedKeys) {
  const auto tensors = read_safetensors(kCheckpoints / "odd_shapes.safetensors");
  EXPECT_EQ(tensors.at("scalar").dim(), 0);
  EXPECT_EQ(tensors.at("scalar").item<float>(), -3.0F);
  EXPECT_EQ(tensors.at("empty").sizes(), (std::vector<std::int64_t>{0, 3}));
  EXPECT_CLOSE(tensors.at("é\"\n"), ramp({2}, at::kChar), 0);
}

TEST(Safetensors, WritesTheReferencesBytes) {
  const test::TemporaryFolder folder;
  for (const std::string name : {"every_dtype.safetensors", "odd_shapes.safetensors", "model-00001-of-00002.safetensors"}) {
    std::map<std::string, std::string> metadata;
    const auto tensors = read_safetensors(kCheckpoints / name, &metadata);
    Sha256 digest;
    write_safetensors(folder / name, tensors, metadata, &digest);
    EXPECT_EQ(test::slurp(folder / name), test::slurp(kCheckpoints / name)) << name;
    EXPECT_EQ(digest.hex(), sha256_file(folder / name)) << name;
  }
}

TEST(Safetensors, WritesStridedTensorsAndReplacesAFileThatIsMapped) {
  const test::TemporaryFolder folder;
  const auto path = folder / "weights.safetensors";
  write_safetensors(path, {{"w", ramp({3, 2}, at::kFloat)}});
  const auto before = read_safetensors(path);
  write_safetensors(path, {{"w", ramp({2, 3}, at::kFloat).t()}});
  EXPECT_CLOSE(before.at("w"), ramp({3, 2}, at::kFloat), 0);
  EXPECT_CLOSE(read_safetensors(path).at("w"), ramp({2, 3}, at::kFloat).t(), 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "a temporary file was left";
}

TEST(Safetensors, TensorsOutliveTheReaderAndWritesStayOutOfTheFile) {
  const test::TemporaryFolder folder;
  const auto path = folder / "weights.safetensors";
  write_safetensors(path, {{"w", ramp({4}, at::kFloat)}});
  auto tensor = read_safetensors(path).at("w");
  tensor.fill_(7);
  EXPECT_CLOSE(tensor, at::full({4}, 7.0F), 0);
  EXPECT_CLOSE(read_safetensors(path).at("w"), ramp({4}, at::kFloat), 0);
}

TEST(Safetensors, BorrowsAlignedDataAndCopiesTheRest) {
  const auto file =
      file_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}})", 9);
  const auto lies_inside = [](const FileBytes& bytes, const at::Tensor& tensor) {
    const auto* start = static_cast<const std::byte*>(tensor.const_data_ptr());
    return start >= bytes.data && start < bytes.data + bytes.size;
  };
  for (std::size_t misalignment = 0; misalignment < 4; ++misalignment) {
    const auto bytes = memory_file(file, misalignment);
    const auto tensors = parse_safetensors(bytes);
    EXPECT_TRUE(lies_inside(bytes, tensors.at("a")));
    const auto* data = bytes.data + bytes.size - 8;
    EXPECT_EQ(lies_inside(bytes, tensors.at("b")), reinterpret_cast<std::uintptr_t>(data) % 4 == 0);
    EXPECT_EQ(std::memcmp(tensors.at("b").const_data_ptr(), data, 8), 0);
  }
}

struct Hostile {
  const char* header;
  std::size_t data;
  const char* message;
};

constexpr const char* kGood = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

const Hostile kHostile[] = {
    {kGood, 8, "nothing was refused"},
    {kGood, 7, "a: data_offsets: expected a range inside the file's 7 bytes, found [0, 8]"},
    {kGood, 9, "data: expected 8 bytes, where the last tensor ends, found 9"},
    {"", 8, "header: expected JSON that starts with {"},
    {" {}", 0, "header: expected JSON that starts with {"},
    {"[]", 0, "header: expected JSON that starts with {"},
    {"{", 0, "header, byte 2: expected JSON"},
    {"{}x", 0, "header, byte 3: expected JSON"},
    {"{\"\xff\":1}", 0, "header, byte 3: expected JSON"},
    {R"({"a":1})", 0, "a: expected an object, found 1"},
    {R"({"a":[]})", 0, "a: expected an object, found an array"},
    {R"({"a":{}})", 0, "a: expected dtype, shape and data_offsets, found fewer fields"},
    {R"({"a":{"b":{}}})", 0, "a: b: expected dtype, shape or data_offsets, found another field"},
    {R"({"a":{"dtype":{}}})", 0, "a: dtype: expected a string, found an object"},
    {R"({"a":{"dtype":1}})", 0, "a: dtype: expected a string, found 1"},
    {R"({"a":{"dtype":["F32"]}})", 0, "a: dtype: expected a string, found an array"},
    {R"({"a":{"dtype":"F32","dtype":"F32"}})", 0, "a: dtype: expected one field of that name, found two"},
    {R"({"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}})", 8, "a: dtype: expected F64, F32, F16, BF16"},
    {R"({"a":{"shape":"2"}})", 0, "a: shape: expected an array of unsigned integers, found a string"},
    {R"({"a":{"shape":[[2]]}})", 0, "a: shape: expected unsigned integers, found an array"},
    {R"({"a":{"shape":[-2]}})", 0, "a: shape: expected unsigned integers, found -2"},
    {R"({"a":{"shape":[2.0]}})", 0, "a: shape: expected unsigned integers, found 2.0"},
    {R"({"a":{"shape":[null]}})", 0, "a: shape: expected unsigned integers, found null"},
    {R"({"a":{"shape":[true]}})", 0, "a: shape: expected unsigned integers, found true"},
    {R"({"a":{"shape":[9223372036854775808]}})", 0, "a: shape: expected a number below 2^63"},
    {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}})", 8, "a: data_offsets: expected two numbers, found 1"},
    {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8, "a: data_offsets: expected a range from 0"},
    {R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}})", 4, "a: data_offsets: expected a range from 0"},
    {R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8,
     "expected a range for shape [3] of 4-byte items, found [0, 8]"},
    {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,7]}})", 7,
     "expected a range for shape [2] of 4-byte items, found [0, 7]"},
    {R"({"a":{"dtype":"F32","shape":[1073741824,1073741824],"data_offsets":[0,0]}})", 0, "expected a range for shape"},
    {R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0, "expected a range for shape"},
    {R"({"a":{"dtype":"U8","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", 0, "expected a range for shape"},
    {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4,
     "a: expected one entry of that name, found two"},
    {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6,
     "b: data_offsets: expected a range from 4, with no hole or overlap, found [2, 6]"},
    {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}})", 9,
     "b: data_offsets: expected a range from 4, with no hole or overlap, found [5, 9]"},
    {R"({"__metadata__":{"a":1}})", 0, "__metadata__: a: expected a string, found 1"},
    {R"({"__metadata__":{"a":{}}})", 0, "__metadata__: a: expected a string, found an object"},
    {R"({"__metadata__":{"a":"1","a":"2"}})", 0, "__metadata__: a: expected one entry of that name, found two"},
    {R"({"__metadata__":"a"})", 0, "__metadata__: expected an object, found a string"},
};

TEST(Safetensors, RefusesHostileHeadersByName) {
  for (const auto& [header, data, message] : kHostile) {
    EXPECT_THAT(refusal([&] { parse(file_of(header, data)); }), HasSubstr(message)) << header;
  }
  const auto many_axes = fmt::format(R"({{"a":{{"shape":[{}]}}}})", fmt::join(std::vector<int>(65, 1), ","));
  EXPECT_THAT(refusal([&] { parse(file_of(many_axes, 0)); }), HasSubstr("a: shape: expected at most 64 numbers"));
}

TEST(Safetensors, RefusesHeaderLengthsThatCannotBe) {
  EXPECT_THAT(refusal([] { parse("1234567"); }), HasSubstr("memory: header length: expected 8 bytes, found 7"));
  EXPECT_THAT(refusal([] { parse(test::bytes_of<std::uint64_t>(3) + "{}"); }),
              HasSubstr("header length: expected at most the 2 bytes that follow, found 3"));
  EXPECT_THAT(refusal([] { parse(test::bytes_of<std::uint64_t>(100'000'001) + "{}"); }),
              HasSubstr("header length: expected at most 100000000, found 100000001"));
  EXPECT_THAT(refusal([] { parse(std::string(8, '\xff')); }), HasSubstr("found 18446744073709551615"));
}

TEST(Safetensors, RefusesATruncationAtEveryByte) {
  const auto whole = test::slurp(kCheckpoints / "every_dtype.safetensors");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal([&] { parse(whole.substr(0, size)); }), "nothing was refused") << size;
  }
}

TEST(Safetensors, RefusesToWriteWhatTheFormatLacks) {
  const test::TemporaryFolder folder;
  const auto path = folder / "x.safetensors";
  EXPECT_THROW(write_safetensors(path, {{"c", at::zeros({1}, at::kComplexFloat)}}), LogicError);
  EXPECT_THROW(write_safetensors(path, {{"__metadata__", at::zeros({1})}}), LogicError);
  EXPECT_THROW(write_safetensors(folder / "absent" / "x.safetensors", {{"a", at::zeros({1})}}), std::system_error);
  EXPECT_FALSE(std::filesystem::exists(path));
}

} // namespace
} // namespace cxr
