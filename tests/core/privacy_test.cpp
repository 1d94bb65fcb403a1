#include "core/privacy.h"

#include <gmock/gmock.h>

namespace cxr::privacy {
namespace {

TEST(Privacy, IdentifiersAreLeftOut) {
  EXPECT_EQ(redacted("files/p10/p10000032/s50414267/02aa804e-bde0afdd-112c0b34-7bc16630-4e384014.jpg: expected a picture"),
            "[…].jpg: expected a picture");
  EXPECT_EQ(redacted("cxr: /data/few/jane doe.png: truncated"), "cxr: […].png: truncated");
  EXPECT_EQ(redacted("subject 10000032, study s50414267"), "subject […], study […]");
  EXPECT_EQ(redacted("CheXpert-v1.0/train/patient00001/study1/view1_frontal.jpg: gone"), "[…].jpg: gone");
  EXPECT_EQ(redacted("row of patient64740"), "row of […]");
  EXPECT_EQ(redacted("02aa804e-bde0afdd-112c0b34-7bc16630-4e384014"), "[…]");
  EXPECT_EQ(redacted("scan.dcm.gz"), "[…].dcm.gz");
}

TEST(Privacy, WhatTellsNothingStays) {
  for (const auto* text : {"runs/reconstruct/results.h5: images: expected uint8 [N,H,W]", "step 400 of 10000: loss 0.123",
                           "sha256 9b2581a126ed162d84cfea59", "50 samples", "experiments/recipes/unet_prior.toml"})
    EXPECT_EQ(redacted(text), text);
}

} // namespace
} // namespace cxr::privacy
