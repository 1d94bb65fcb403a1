#include "core/error.h"
#include "io/csv.h"

using namespace cxr;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // In a block of just that size, so that the address sanitizer sees each byte read past it.
  const std::vector<char> text(reinterpret_cast<const char*>(data), reinterpret_cast<const char*>(data) + size);
  try {
    const auto table = CsvTable::parse({text.data(), text.size()}, "memory");
    const auto columns = table.header().size();
    for (std::size_t row = 0; row < table.rows(); ++row) {
      if (table.line(row) == 0) throw LogicError("lines count from 1");
      for (std::size_t column = 0; column < columns; ++column) csv_field(table.at(row, column));
    }
  } catch (const InputError&) {
    // What hostile bytes deserve; any other exception ends the run.
  }
  return 0;
}
