#include "io/hdf5.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/file_bytes.h"
#include "support/temporary_folder.h"
#include "support/throws.h"
#include "support/tolerance.h"

namespace cxr::hdf5 {
namespace {

using test::file_bytes;
using test::message_of;
using test::put_bytes;
using testing::HasSubstr;

class Hdf5Test : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  std::filesystem::path path = folder / "file.h5";

  /// A file whose only dataset is 4096 bytes of 0x5a.
  void write_pattern() {
    auto file = File::create(path);
    file.write("pattern", at::full({64, 64}, 0x5a, at::kByte));
    file.close();
  }
};

TEST_F(Hdf5Test, TensorsComeBackInEveryType) {
  const auto base = at::arange(-60, 60).reshape({5, 4, 6});
  auto file = File::create(path);
  for (const auto type : {at::kByte, at::kChar, at::kInt, at::kLong, at::kFloat, at::kDouble}) {
    file.write(c10::toString(type), base.to(type));
    file.write(std::string(c10::toString(type)) + "_packed", base.to(type), 4);
  }
  file.write("transposed", base.transpose(0, 2)); // not contiguous
  file.close();
  const auto again = File::open(path);
  for (const auto type : {at::kByte, at::kChar, at::kInt, at::kLong, at::kFloat, at::kDouble}) {
    EXPECT_EQ(again.dtype(c10::toString(type)), type);
    EXPECT_TRUE(at::equal(again.read(c10::toString(type)), base.to(type)));
    EXPECT_TRUE(at::equal(again.read(std::string(c10::toString(type)) + "_packed"), base.to(type)));
  }
  EXPECT_TRUE(at::equal(again.read("transposed"), base.transpose(0, 2)));
  EXPECT_EQ(again.shape("transposed"), (std::vector<std::int64_t>{6, 4, 5}));
}

TEST_F(Hdf5Test, RowsComeBackAndGoInByBlocks) {
  const auto whole = at::arange(70).reshape({10, 7}).to(at::kInt);
  auto file = File::create(path);
  file.create_dataset("rows", at::kInt, 10, {7});
  file.write_rows("rows", 6, whole.slice(0, 6, 10));
  file.write_rows("rows", 0, whole.slice(0, 0, 6));
  file.close();
  const auto again = File::open(path);
  EXPECT_TRUE(at::equal(again.read("rows"), whole));
  EXPECT_TRUE(at::equal(again.read_rows("rows", 3, 4), whole.slice(0, 3, 7)));
  EXPECT_EQ(again.read_rows("rows", 10, 0).size(0), 0);
  EXPECT_THROW(again.read_rows("rows", 8, 3), LogicError);
}

TEST_F(Hdf5Test, NoRowsAreAllowed) {
  auto file = File::create(path);
  file.write("none", at::empty({0, 3, 2}, at::kByte));
  file.write_strings("no_strings", {});
  file.close();
  const auto again = File::open(path);
  EXPECT_EQ(again.read("none").sizes(), (std::vector<std::int64_t>{0, 3, 2}));
  EXPECT_TRUE(again.read_strings("no_strings").empty());
}

TEST_F(Hdf5Test, StringsComeBack) {
  std::vector<std::string> strings = {"", "no acute process", "Größe 3 cm – ω", "line\nline"};
  for (int i = 0; i < 5000; ++i) strings.push_back(fmt::format("{:0{}}", i, 1 + i % 300)); // more than one block and chunk
  auto file = File::create(path);
  file.write_strings("texts", strings);
  file.close();
  const auto again = File::open(path);
  EXPECT_TRUE(again.is_string("texts"));
  EXPECT_EQ(again.read_strings("texts"), strings);
  EXPECT_EQ(again.read_string_rows("texts", 2, 1), std::vector<std::string>{"Größe 3 cm – ω"});
  EXPECT_EQ(again.string_width("texts"), 300);
}

TEST_F(Hdf5Test, VariableLengthStringsAreRead) {
  {
    auto file = File::create(path);
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    const hsize_t count = 2;
    const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    const Handle data(H5Dcreate2(file.id(), "texts", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    const std::array<const char*, 2> texts = {"one", "zwölf"};
    H5Dwrite(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data());
    const Handle attribute(H5Acreate2(data.get(), "names", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    H5Awrite(attribute.get(), type.get(), texts.data());
  }
  const auto file = File::open(path);
  EXPECT_EQ(file.read_strings("texts"), (std::vector<std::string>{"one", "zwölf"}));
  EXPECT_EQ(file.read_attribute_strings("texts", "names"), (std::vector<std::string>{"one", "zwölf"}));
}

TEST_F(Hdf5Test, AttributesComeBack) {
  const std::string large(100'000, 'x'); // more than an object header holds
  auto file = File::create(path);
  file.write("data", at::zeros({2}));
  file.write_attribute("/", "source", std::string("CheXpert"));
  file.write_attribute("/", "empty", std::string());
  file.write_attribute("/", "configuration", large);
  file.write_attribute("data", "names", std::vector<std::string>{"Lung Opacity", "", "Fracture"});
  file.write_attribute("data", "none", std::vector<std::string>{});
  file.close();
  const auto again = File::open(path);
  EXPECT_EQ(again.attributes("/"), (std::vector<std::string>{"configuration", "empty", "source"}));
  EXPECT_EQ(again.read_attribute("/", "source"), "CheXpert");
  EXPECT_EQ(again.read_attribute("/", "empty"), "");
  EXPECT_EQ(again.read_attribute("/", "configuration"), large);
  EXPECT_EQ(again.read_attribute_strings("data", "names"), (std::vector<std::string>{"Lung Opacity", "", "Fracture"}));
  EXPECT_TRUE(again.read_attribute_strings("data", "none").empty());
  EXPECT_FALSE(again.has_attribute("data", "absent"));
  EXPECT_THAT(message_of<InputError>([&] { again.read_attribute("data", "absent"); }), HasSubstr("attribute absent of data"));
}

TEST_F(Hdf5Test, EqualContentGivesEqualBytes) {
  const auto write = [&](const std::string& name) {
    auto file = File::create(folder / name);
    file.write("images", at::arange(3 * 200 * 200).reshape({3, 200, 200}).to(at::kByte), 1);
    file.write("scores", at::arange(1000, at::kDouble));
    file.write_strings("ids", {"a", "b", "ccc"});
    file.write_attribute("/", "seed", std::string("7"));
    file.close();
    return file_bytes(folder / name);
  };
  const auto first = write("a.h5");
  timespec pause{1, 100'000'000}; // HDF5's time stamps count seconds
  nanosleep(&pause, nullptr);
  EXPECT_EQ(first, write("b.h5"));
}

TEST_F(Hdf5Test, DatasetNamesAreSorted) {
  auto file = File::create(path);
  for (const auto* name : {"b", "c", "a"}) file.write(name, at::zeros({1}));
  file.close();
  const auto again = File::open(path);
  EXPECT_EQ(again.datasets(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(again.has("a"));
  EXPECT_FALSE(again.has("d"));
  EXPECT_FALSE(again.has("d/e"));
}

TEST_F(Hdf5Test, WhatIsNoHdf5FileIsRefused) {
  EXPECT_THAT(message_of<InputError>([&] { File::open(folder / "absent.h5"); }),
              HasSubstr("absent.h5: expected an HDF5 file, found no such file"));
  EXPECT_THAT(message_of<InputError>([&] { File::open(folder.path()); }), HasSubstr("found a folder"));
  put_bytes(path, "");
  EXPECT_THAT(message_of<InputError>([&] { File::open(path); }), HasSubstr("found an empty file"));
  put_bytes(path, "version https://git-lfs.github.com/spec/v1\n");
  EXPECT_THAT(message_of<InputError>([&] { File::open(path); }), HasSubstr("found something else"));
}

TEST_F(Hdf5Test, EveryTruncationIsRefused) {
  write_pattern();
  const auto bytes = file_bytes(path);
  for (std::size_t length = 1; length < bytes.size(); length += 97) {
    put_bytes(path, bytes.substr(0, length));
    EXPECT_THAT(message_of<InputError>([&] { File::open(path).read("pattern"); }), testing::Not(HasSubstr("does not explain")));
    EXPECT_THROW(File::open(path).read("pattern"), InputError) << length << " of " << bytes.size() << " bytes";
  }
}

TEST_F(Hdf5Test, EveryFlippedBitOfTheDataIsRefused) {
  write_pattern();
  const auto bytes = file_bytes(path);
  const auto data = bytes.find(std::string(64, 0x5a));
  ASSERT_NE(data, std::string::npos);
  for (std::size_t bit = 0; bit < 4096 * 8; bit += 1001) {
    auto damaged = bytes;
    damaged[data + bit / 8] = static_cast<char>(damaged[data + bit / 8] ^ (1 << bit % 8));
    put_bytes(path, damaged);
    EXPECT_THAT(message_of<InputError>([&] { File::open(path).read("pattern"); }), HasSubstr("Fletcher32")) << "bit " << bit;
  }
}

TEST_F(Hdf5Test, NoDamagedByteCrashesTheReader) {
  write_pattern();
  const auto bytes = file_bytes(path);
  const auto pattern = at::full({64, 64}, 0x5a, at::kByte);
  for (std::size_t at = 0; at < bytes.size(); at += 13) {
    auto damaged = bytes;
    damaged[at] = static_cast<char>(~damaged[at]);
    put_bytes(path, damaged);
    try {
      EXPECT_TRUE(at::equal(File::open(path).read("pattern"), pattern)) << "byte " << at; // an unused byte
    } catch (const InputError&) {
    }
  }
}

TEST_F(Hdf5Test, WrongDatasetsAreRefusedByName) {
  {
    auto file = File::create(path);
    file.write("numbers", at::zeros({3}));
    file.write_strings("texts", {"a"});
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle half(H5Dcreate2(file.id(), "shorts", H5T_NATIVE_SHORT, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                      H5Dclose);
    const Handle group(H5Gcreate2(file.id(), "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  }
  const auto file = File::open(path);
  EXPECT_EQ(file.datasets(), (std::vector<std::string>{"numbers", "shorts", "texts"}));
  EXPECT_THAT(message_of<InputError>([&] { file.read("absent"); }),
              HasSubstr("absent: expected a dataset, found none; the file has: group, numbers"));
  EXPECT_THAT(message_of<InputError>([&] { file.read("group"); }), HasSubstr("group: expected a dataset"));
  EXPECT_THAT(message_of<InputError>([&] { file.read("texts"); }), HasSubstr("strings of 1 bytes"));
  EXPECT_THAT(message_of<InputError>([&] { file.dtype("shorts"); }), HasSubstr("integers of 2 bytes"));
  EXPECT_THAT(message_of<InputError>([&] { file.read("shorts"); }), HasSubstr("expected an array"));
  EXPECT_THAT(message_of<InputError>([&] { file.read_strings("numbers"); }), HasSubstr("expected a list of strings"));
}

TEST_F(Hdf5Test, ASizeThatTheFileCannotHoldIsNotAllocated) {
  {
    auto file = File::create(path);
    file.create_dataset("huge", at::kDouble, std::int64_t{1} << 50, {1});
    file.create_strings("huge_texts", std::int64_t{1} << 40, 100);
  }
  const auto file = File::open(path);
  EXPECT_THAT(message_of<InputError>([&] { file.read("huge"); }), HasSubstr("huge: expected data that fit into a file of"));
  EXPECT_THROW(file.read_strings("huge_texts"), InputError);
}

TEST_F(Hdf5Test, ALinkToAnotherFileIsRefused) {
  put_bytes(folder / "secret", "0123456789");
  {
    auto file = File::create(path);
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_external(creation.get(), (folder / "secret").c_str(), 0, 10);
    const hsize_t count = 10;
    const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    const Handle data(H5Dcreate2(file.id(), "data", H5T_NATIVE_UINT8, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                      H5Dclose);
  }
  EXPECT_THAT(message_of<InputError>([&] { File::open(path).read("data"); }), HasSubstr("a link to another file"));
}

} // namespace
} // namespace cxr::hdf5
