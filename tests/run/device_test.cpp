#include "run/device.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "run/execution_options.h"
#include "support/throws.h"

namespace cxr {
namespace {

TEST(OpenDevice, KnowsTheCpuAndRefusesOtherNames) {
  EXPECT_TRUE(open_device("cpu", 3).is_cpu());
  EXPECT_EQ(test::message_of<InputError>([] { open_device("tpu", 0); }), "--device: expected cpu or cuda, found tpu");
}

TEST(ParseDtype, KnowsThreeTypes) {
  EXPECT_EQ(parse_dtype("float32"), at::kFloat);
  EXPECT_EQ(parse_dtype("bfloat16"), at::kBFloat16);
  EXPECT_EQ(parse_dtype("float16"), at::kHalf);
  EXPECT_THROW(parse_dtype("int8"), InputError);
}

} // namespace
} // namespace cxr
