#include "core/memory.h"

#include <gtest/gtest.h>

#include <sys/mman.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "support/temporary_folder.h"

namespace cxr {
namespace {

// A private, writable mapping of a file of 16 pages, all of them in memory.
class FilePages : public testing::Test {
 protected:
  FilePages() {
    std::ofstream(folder_ / "file") << std::string(size_, 'x');
    const int file = ::open((folder_ / "file").c_str(), O_RDONLY);
    data_ = static_cast<char*>(::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0));
    ::close(file);
    for (std::size_t i = 0; i < size_; i += page_) EXPECT_EQ(data_[i], 'x'); // reads it in
  }
  ~FilePages() override { ::munmap(data_, size_); }

  std::size_t mapped_bytes() const { // what /proc/self/smaps says of the mapping
    std::ifstream smaps("/proc/self/smaps");
    const auto begin = fmt::format("{:x}-", reinterpret_cast<std::uintptr_t>(data_));
    std::string line;
    while (std::getline(smaps, line) && !line.starts_with(begin)) {
    }
    while (std::getline(smaps, line) && !line.starts_with("Rss:")) {
    }
    return std::stoul(line.substr(4)) * 1024;
  }

  const std::size_t page_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)), size_ = 16 * page_;
  test::TemporaryFolder folder_;
  char* data_ = nullptr;
};

TEST_F(FilePages, LeaveMemoryAndComeBack) {
  if (::access("/proc/self/pagemap", R_OK) != 0) GTEST_SKIP() << "this kernel does not tell whose pages are";
  ASSERT_EQ(mapped_bytes(), size_);
  release_file_pages(data_ + 1, size_ - 1); // not the first page, which begins outside
  EXPECT_EQ(mapped_bytes(), page_);
  EXPECT_EQ(data_[5 * page_], 'x');
}

TEST_F(FilePages, StayWhereOneWasWrittenTo) {
  data_[3 * page_] = 'y';
  release_file_pages(data_, size_);
  EXPECT_EQ(data_[3 * page_], 'y');
  EXPECT_EQ(mapped_bytes(), size_);
}

TEST(ReleaseFilePages, LeavesOtherMemoryAlone) {
  std::vector<char> memory(1 << 20, 'x');
  release_file_pages(memory.data(), memory.size());
  EXPECT_EQ(std::ranges::count(memory, 'x'), std::ssize(memory));
}

} // namespace
} // namespace cxr
