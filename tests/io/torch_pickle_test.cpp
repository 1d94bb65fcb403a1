#include "io/torch_pickle.h"

#include <gmock/gmock.h>

#include "support/memory_file.h"
#include "support/pickle_text.h"
#include "support/ramp.h"
#include "support/refusal.h"
#include "support/tolerance.h"

namespace cxr {
namespace {

namespace pickle = test::pickle;
using test::memory_file;
using test::ramp;
using test::refusal;
using testing::HasSubstr;

const std::filesystem::path kCheckpoints = std::filesystem::path(CXR_FIXTURES) / "checkpoints";

StateDict parse(const std::string& content) { return parse_torch_pickle(memory_file(content)); }

// What an archive around this pickle, or around one with this value under "w", is told.
std::string pickle_refusal(const std::string& content) {
  return refusal([&] { parse(pickle::archive(content)); });
}
std::string value_refusal(const std::string& value) { return pickle_refusal(pickle::dict(pickle::text("w"), value)); }

TEST(TorchPickle, ReadsEveryDtype) {
  const auto tensors = read_torch_pickle(kCheckpoints / "every_dtype.pt");
  const std::map<std::string, at::ScalarType> dtypes{
      {"float64", at::kDouble}, {"float32", at::kFloat}, {"float16", at::kHalf}, {"bfloat16", at::kBFloat16}, {"int64", at::kLong},
      {"int32", at::kInt},      {"int16", at::kShort},   {"int8", at::kChar},    {"uint8", at::kByte},        {"bool", at::kBool}};
  EXPECT_EQ(tensors.size(), dtypes.size());
  for (const auto& [name, dtype] : dtypes) {
    EXPECT_EQ(tensors.at(name).scalar_type(), dtype);
    EXPECT_CLOSE(tensors.at(name), ramp({2, 3}, dtype), 0);
  }
}

TEST(TorchPickle, ReadsModulesAndUnwrapsTrainingCheckpoints) {
  const auto bare = read_torch_pickle(kCheckpoints / "module.bin");
  const auto wrapped = read_torch_pickle(kCheckpoints / "training.ckpt");
  EXPECT_EQ(bare.size(), 7);
  EXPECT_CLOSE(bare.at("0.weight"), ramp({2, 1, 3, 3}, at::kFloat), 0);
  EXPECT_CLOSE(bare.at("1.num_batches_tracked"), ramp({}, at::kLong), 0);
  ASSERT_EQ(wrapped.size(), bare.size());
  for (const auto& [key, tensor] : bare) EXPECT_CLOSE(wrapped.at(key), tensor, 0);
  EXPECT_CLOSE(read_torch_pickle(kCheckpoints / "parameter.pt").at("weight"), ramp({3}, at::kFloat), 0);
}

TEST(TorchPickle, KeepsViewsOfASharedStorage) {
  const auto tensors = read_torch_pickle(kCheckpoints / "views.pth");
  const auto base = ramp({4, 6}, at::kFloat);
  EXPECT_CLOSE(tensors.at("base"), base, 0);
  EXPECT_CLOSE(tensors.at("row"), base[1], 0);
  EXPECT_CLOSE(tensors.at("transposed"), base.t(), 0);
  EXPECT_CLOSE(tensors.at("block"), base.slice(0, 1, 3).slice(1, 2, 5), 0);
  EXPECT_CLOSE(tensors.at("expanded"), base[0][1].expand({3}), 0);
  EXPECT_CLOSE(tensors.at("scalar"), ramp({}, at::kFloat), 0);
  EXPECT_EQ(tensors.at("empty").sizes(), (std::vector<std::int64_t>{0, 3}));
  EXPECT_TRUE(tensors.at("row").is_alias_of(tensors.at("base")));
}

TEST(TorchPickle, ReadsAPickleMadeByHand) {
  EXPECT_CLOSE(parse(pickle::archive(pickle::dict(pickle::text("w"), pickle::tensor()))).at("w"),
               at::arange(6, at::kFloat).reshape({2, 3}), 0);
}

TEST(TorchPickle, RefusesOldFilesAndModulesWithAHint) {
  EXPECT_THAT(
      refusal([] { read_torch_pickle(kCheckpoints / "legacy.bin"); }),
      HasSubstr("expected a zip archive (in Python: torch.save(torch.load('old.bin'), 'new.bin')), found a file in the old"));
  EXPECT_THAT(refusal([] { read_torch_pickle(kCheckpoints / "whole_module.pt"); }),
              HasSubstr("torch.save(model.state_dict(), 'weights.pt')), found the object torch.nn.modules.container.Sequential"));
  EXPECT_THAT(refusal([] { parse("GIF89a"); }), HasSubstr("expected a zip archive as torch.save makes it, found another kind"));
}

TEST(TorchPickle, RefusesEveryObjectAndOpcodeThatIsNotNeeded) {
  EXPECT_THAT(pickle_refusal(pickle::kStart + "cos\nsystem\n" + pickle::text("true") + "\x85R."),
              HasSubstr("found the object os.system"));
  EXPECT_THAT(pickle_refusal(pickle::kStart + "cbuiltins\neval\n."), HasSubstr("found the object builtins.eval"));
  EXPECT_THAT(value_refusal(pickle::tensor({.type = "ctorch\nComplexFloatStorage\n"})),
              HasSubstr("the object torch.ComplexFloatStorage"));
  // PROTO, GLOBAL and the like make 30 opcodes; each of the others is refused by its number.
  const std::string allowed = "\x80.(cRbQqrhjN\x88\x89JKM\x8aGX)t\x85\x86\x87]ae}su";
  for (int opcode = 0; opcode < 256; ++opcode) {
    const auto message = pickle_refusal(pickle::kStart + static_cast<char>(opcode));
    const auto refused = fmt::format("pickle, byte 2: expected an opcode that state dicts need, found opcode 0x{:02x}", opcode);
    EXPECT_EQ(message.find(refused) == std::string::npos, allowed.find(static_cast<char>(opcode)) != std::string::npos) << message;
  }
}

TEST(TorchPickle, RefusesViewsOutsideTheirStorage) {
  const auto view = [](std::vector<std::int64_t> sizes, std::vector<std::int64_t> strides, std::int64_t offset) {
    return value_refusal(
        pickle::tensor({.offset = pickle::integer(offset), .sizes = pickle::tuple(sizes), .strides = pickle::tuple(strides)}));
  };
  EXPECT_EQ(view({2, 3}, {3, 1}, 0), "nothing was refused");
  EXPECT_EQ(view({0, 3}, {3, 1}, 6), "nothing was refused");
  const auto outside = HasSubstr("w: expected a view inside its storage of 6 items, found sizes");
  constexpr auto kLarge = std::int64_t{1} << 62;
  EXPECT_THAT(view({2, 3}, {3, 1}, 1), outside);
  EXPECT_THAT(view({2, 3}, {4, 1}, 0), outside);
  EXPECT_THAT(view({2, 3}, {3}, 0), outside);
  EXPECT_THAT(view({2}, {1}, -1), outside);
  EXPECT_THAT(view({0}, {1}, 7), outside);
  EXPECT_THAT(view({1}, {1}, 6), outside);
  EXPECT_THAT(view({3}, {kLarge}, 0), outside);                  // the product overflows
  EXPECT_THAT(view({2, 2, 2}, {kLarge, kLarge, 1}, 0), outside); // the sum overflows
  EXPECT_THAT(view({kLarge, 4}, {0, 0}, 0), outside);            // the number of elements overflows
  EXPECT_THAT(view({-1}, {1}, 0), HasSubstr("w: expected sizes and strides of integers from 0, found a negative one"));
  EXPECT_THAT(view({2}, {-1}, 3), HasSubstr("found a negative one"));
  EXPECT_THAT(view(std::vector<std::int64_t>(65, 1), std::vector<std::int64_t>(65, 1), 0),
              HasSubstr("w: expected at most 64 axes"));
}

TEST(TorchPickle, RefusesStoragesThatAreNotWhatTheySay) {
  EXPECT_THAT(value_refusal(pickle::tensor({.numel = 5})),
              HasSubstr("w: expected 5 items of 4 bytes in its storage, found 24 bytes"));
  EXPECT_THAT(value_refusal(pickle::tensor({.numel = -6})), HasSubstr("w: expected -6 items"));
  EXPECT_THAT(value_refusal(pickle::tensor({.numel = (std::int64_t{1} << 62) + 6})), HasSubstr("items of 4 bytes in its storage"));
  EXPECT_THAT(value_refusal(pickle::tensor({.type = "ctorch\nDoubleStorage\n"})), HasSubstr("w: expected 6 items of 8 bytes"));
  EXPECT_THAT(value_refusal(pickle::tensor({.key = pickle::text("1")})),
              HasSubstr("a/data/1: expected an entry of the archive, found none"));
  EXPECT_THAT(value_refusal(pickle::tensor({.key = pickle::text("../data.pkl")})),
              HasSubstr("expected an entry of the archive, found none"));
  EXPECT_THAT(value_refusal(pickle::tensor({.key = pickle::integer(0)})), HasSubstr("expected a string, found an integer"));
  EXPECT_THAT(value_refusal(pickle::tensor({.type = pickle::text("FloatStorage")})),
              HasSubstr("expected a type of storage, found a string"));
  EXPECT_THAT(value_refusal(pickle::tensor({.type = "ccollections\nOrderedDict\n"})),
              HasSubstr("expected a type of storage, found another"));
  EXPECT_THAT(value_refusal(pickle::tensor({.sizes = pickle::text("2")})), HasSubstr("expected a tuple, found a string"));
  EXPECT_THAT(value_refusal(pickle::tensor({.sizes = "N\x85"})), HasSubstr("sizes and strides of integers from 0, found None"));
  const auto ints = pickle::tensor({.type = "ctorch\nIntStorage\n"});
  EXPECT_THAT(pickle_refusal(pickle::kStart + "}(" + pickle::text("v") + ints + pickle::text("w") + pickle::tensor() + "u."),
              HasSubstr("w: expected one dtype for all tensors of a storage, found two"));
}

struct Malformed {
  std::string pickle; // after the protocol
  const char* message;
};

TEST(TorchPickle, RefusesMalformedPickles) {
  const auto w = pickle::text("w");
  const std::vector<Malformed> cases{
      {"", "expected a whole pickle, found the end of it"},
      {".", "expected a value on the stack, found none"},
      {"N.", "memory: expected a state dict (keys to tensors), found None"},
      {"NN.", "expected one value at the end, found more"},
      {"}" + w + ".", "expected one value at the end, found more"},
      {"}K\x01Ns.", "state dict: expected strings as keys, found an integer"},
      {"}" + w + "K\x01s.", "w: expected a tensor, found an integer"},
      {"}" + w + "G12345678s.", "w: expected a tensor, found a float"},
      {"}" + w + "]s.", "w: expected a tensor, found a tuple or list"},
      {"}(" + w + pickle::tensor() + w + pickle::tensor() + "u.", "w: expected one such key, found two"},
      {"}(" + w + "u.", "expected pairs of key and value, found an odd number of values"},
      {"}t.", "expected a mark on the stack, found none"},
      {"}(\x85.", "expected a value on the stack, found none"}, // TUPLE1 may not reach below the mark
      {"Ns.", "expected a value on the stack, found none"},
      {"NNNs.", "expected a dict, found None"},
      {"NNa.", "expected a list, found None"},
      {"N)R.", "expected a function, found None"},
      {"ctorch\nFloatStorage\n)R.", "expected a function, found a type of storage"},
      {"ccollections\nOrderedDict\nNR.", "expected a tuple of arguments, found None"},
      {"ccollections\nOrderedDict\nN\x85R.", "expected 0 arguments of OrderedDict, found 1"},
      {"ctorch._utils\n_rebuild_tensor_v2\n)R.", "expected 6 arguments of _rebuild_tensor_v2, found 0"},
      {"ctorch._utils\n_rebuild_parameter\nNNN\x87R.", "expected a tensor, found None"},
      {")Q.", "expected 5 arguments of a persistent id, found 0"},
      {"(" + w + "NNNNtQ.", "expected a persistent id of a storage, found another"},
      {"NNb.", "expected an OrderedDict, found None"},
      {"h\x07.", "expected an entry of the memo, found 7, which was never put"},
      {"q\x07.", "expected a value on the stack, found none"},
      {"X\xff\xff\xff\xff.", "expected at most 1048576 bytes, found 4294967295"},
      {std::string("X") + test::bytes_of<std::uint32_t>(9) + "w", "expected a whole pickle, found the end of it"},
      {std::string("\x8a\x09") + std::string(9, '\0') + ".", "expected at most 8 bytes, found 9"},
      {std::string("c") + std::string(300, 'x') + "\ny\n.", "expected a name of at most 256 bytes, found none"},
      {"\x80\x04.", "expected pickle protocol 2 (torch.save's default), found protocol 4"},
      {std::string(1 << 17, 'N') + ".", "expected a stack of at most 65536 values, found more"},
      {std::string(1 << 17, '(') + ".", "expected at most 65536 marks, found more"},
  };
  for (const auto& [content, message] : cases) EXPECT_THAT(pickle_refusal(pickle::kStart + content), HasSubstr(message)) << content;
}

TEST(TorchPickle, BoundsTheMemoryThatAPickleTakes) {
  std::string many;
  for (int i = 0; i < 1 << 21; ++i) many += "Na"; // as many values as fit no state dict
  EXPECT_THAT(pickle_refusal(pickle::kStart + "]" + many + "."), HasSubstr("expected at most 2097152 values, found more"));
  EXPECT_THAT(pickle_refusal(std::string((1 << 26) + 1, 'N')), HasSubstr("expected at most 67108864 bytes, found 67108865"));
}

TEST(TorchPickle, SurvivesValuesThatHoldThemselves) {
  EXPECT_THAT(pickle_refusal(pickle::kStart + "]q\x01h\x01"
                                              "a."),
              HasSubstr("expected a state dict (keys to tensors), found a tuple or list"));
  EXPECT_THAT(pickle_refusal(pickle::kStart + "}q\x01" + pickle::text("state_dict") + "h\x01s."),
              HasSubstr("state_dict: expected a tensor, found a dict"));
}

TEST(TorchPickle, RefusesArchivesOfOtherKinds) {
  const auto good = pickle::dict(pickle::text("w"), pickle::tensor());
  EXPECT_THAT(refusal([] { parse(test::stored_zip({{"a/model.json", "{}"}})); }), HasSubstr("with a data.pkl, found none"));
  EXPECT_THAT(refusal([&] {
                parse(test::stored_zip({{"a/data.pkl", good}, {"a/byteorder", "big"}}));
              }),
              HasSubstr("byteorder: expected little, found big"));
}

TEST(TorchPickle, RefusesATruncationAtEveryByteAndFlippedBitsOfItsRecords) {
  const auto whole = test::slurp(kCheckpoints / "parameter.pt");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal([&] { parse(whole.substr(0, size)); }), "nothing was refused") << size;
  }
  auto flipped = pickle::archive(pickle::dict(pickle::text("w"), pickle::tensor()));
  flipped[flipped.find("a/data/0") + 8 + 5] ^= 1;
  EXPECT_THAT(refusal([&] { parse(flipped); }), HasSubstr("a/data/0: expected CRC-32"));
}

} // namespace
} // namespace cxr
