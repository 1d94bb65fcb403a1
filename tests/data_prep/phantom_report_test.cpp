#include "data_prep/phantom/phantom_report.h"

#include <gmock/gmock.h>

#include <regex>

#include "core/error.h"
#include "data_prep/phantom/pattern.h"
#include "data_prep/phantom/phantom.h"
#include "data_prep/phantom/phantom_texts.h"
#include "text/impression.h"

namespace cxr::phantom {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// A labeller of its own: CheXpert's phrases of each label (Irvin et al. 2019, phrases/mention) with the short forms that the
/// reports use, and words that deny or hedge the sentence they are in.
class Labeller {
 public:
  static bool mentions(int label, const std::string& text) { return std::regex_search(text, phrases()[label - 1]); }
  static bool denies(const std::string& sentence) {
    static const std::regex words("\\b(no|without|absence of|negative for)\\b");
    return std::regex_search(sentence, words);
  }
  static bool hedges(const std::string& sentence) {
    static const std::regex words(
        "possib|question|cannot|\\bmay\\b|might|could|probabl|suspect|suspic|concern|equivocal|not excluded|difficult to exclude|"
        "borderline|a consideration|should be considered");
    return std::regex_search(sentence, words);
  }

 private:
  static const std::vector<std::regex>& phrases() {
    static const std::vector<std::regex> kPhrases = [] {
      std::vector<std::regex> all;
      for (const char* phrase :
           {"\\bmediastinum|cardiomediastinum|contour|mediastinal configuration|mediastinal silhouette|mediastinal widening",
            "cardiomegaly|the heart\\b|heart size|cardiac enlargement|cardiac size|cardiac shadow|cardiac silhouette|enlarged "
            "heart",
            "opaci|decreased translucency|increased density|air.?space disease|infiltrat|interstitial marking|reticul",
            "mass|nodular densit|nodular opac|nodule|lump|carcinoma|neoplasm|tumor",
            "edema|heart failure|\\bchf\\b|vascular congestion|pulmonary congestion|indistinctness|vascular prominence",
            "consolidat", "pneumonia|infection|infectious", "atelecta|collapse", "pneumothora|\\bptx\\b", "pleural fluid|effusion",
            "pleural thickening|fibrosis|fibrothorax|pleural scar", "fracture|\\bfx\\b",
            "pacer|\\blines?\\b|picc|tube|catheter|pacemaker|pacing|hardware|\\bicd\\b|device|drain\\b|equipment|support|\\bett\\b|"
            "wires|"
            "leads"}) {
        all.emplace_back(phrase, std::regex::optimize);
      }
      return all;
    }();
    return kPhrases;
  }
};

std::vector<std::string> sentences_of(const std::string& text) {
  static const std::regex kStop("\\.( |$)");
  return {std::sregex_token_iterator(text.begin(), text.end(), kStop, -1), {}};
}

/// Whether some sentence that mentions the label says of it what its value says.
bool says(const std::string& impression, int label, std::int8_t value) {
  return std::ranges::any_of(sentences_of(impression), [&](const std::string& sentence) {
    if (!Labeller::mentions(label, sentence)) return false;
    if (value == kNegative) return Labeller::denies(sentence);
    if (value == kUncertain) return Labeller::hedges(sentence);
    // An opacity is there although what it stands for may be in doubt.
    return !Labeller::denies(sentence) && (label == kLungOpacity || !Labeller::hedges(sentence));
  });
}

/// Checks every label of a report against its impression.
void expect_labels_of_words(const Report& report) {
  const auto impression = lower(report.impression);
  for (int label = kEnlargedCardiomediastinum; label <= kSupportDevices; ++label) {
    const auto value = report.labels[label];
    EXPECT_EQ(Labeller::mentions(label, impression), value != kNotMentioned) << kCheXpertLabels[label] << ": " << report.impression;
    if (value != kNotMentioned) {
      EXPECT_TRUE(says(impression, label, value)) << kCheXpertLabels[label] << " is " << int{value} << ": " << report.impression;
    }
  }
  if (report.labels[kNoFinding] == kPositive) {
    EXPECT_TRUE(std::regex_search(impression, std::regex("\\bno |normal|clear|unremarkable"))) << report.impression;
  }
}

TEST(PhantomReport, LabelsAreWhatALabellerFindsInTheImpression) {
  std::map<int, int> values;
  for (std::int64_t number = 0; number < 500; ++number) {
    const auto report = plan_phantom(5, number, nullptr).report;
    expect_labels_of_words(report);
    for (auto value : report.labels) ++values[value];
  }
  EXPECT_EQ(values.size(), 4U); // positive, negative, uncertain, not mentioned
}

TEST(PhantomReport, MimicsSectionsFindTheImpression) {
  for (std::int64_t number = 0; number < 100; ++number) {
    const auto report = plan_phantom(6, number, nullptr).report;
    EXPECT_EQ(impression_of(report.report, ""), report.impression);
    EXPECT_THAT(report.report, testing::HasSubstr("\n FINDINGS: \n"));
  }
}

TEST(PhantomReport, WordingDoesNotMoveThePicture) {
  // The picture is drawn from what follows the plan in the phantom's sequence. These numbers belong to the pictures that
  // models/toy/ was trained on.
  EXPECT_EQ(plan_phantom(1, 0, nullptr).random.next_u64(), 8867745433693897444U);
  EXPECT_EQ(plan_phantom(2022, 17, nullptr).random.next_u64(), 13126275290309411101U);
  const std::vector<int> lesion = {kLungLesion};
  EXPECT_EQ(plan_phantom(5, 4, &lesion).random.next_u64(), 17850334409308139074U);
}

TEST(PhantomTexts, OneLabelIsPositive) {
  for (std::int64_t number = 0; number < 50 * 14; ++number) {
    const auto report = single_label_report(8, number);
    expect_labels_of_words(report);
    EXPECT_EQ(std::ranges::count(report.labels, kPositive), 1) << report.impression;
    EXPECT_EQ(report.labels[number % 14], kPositive) << report.impression;
    const auto open = std::ranges::count(report.labels, kUncertain);
    EXPECT_TRUE(number % 14 != kSupportDevices || open == 1) << report.impression; // else "No Finding" would be positive too
    EXPECT_TRUE(number % 14 != kNoFinding || open == 0) << report.impression;
  }
}

/// In how many of the texts each word is.
std::map<std::string, int> word_counts(const std::vector<std::string>& texts) {
  static const std::regex kWord("[a-z]+");
  std::map<std::string, int> counts;
  for (const auto& text : texts) {
    for (const auto& word : std::set<std::string>(std::sregex_token_iterator(text.begin(), text.end(), kWord), {})) ++counts[word];
  }
  return counts;
}

TEST(PhantomTexts, NoWordGivesALabelAway) {
  constexpr int kEach = 60;
  std::array<std::vector<std::string>, 14> texts;
  std::set<std::string> distinct;
  for (std::int64_t number = 0; number < kEach * 14; ++number) {
    texts[number % 14].push_back(lower(single_label_report(9, number).impression));
    distinct.insert(texts[number % 14].back());
  }
  EXPECT_GT(std::ssize(distinct), 0.98 * kEach * 14);
  for (int label = 0; label < 14; ++label) {
    std::vector<std::string> others;
    for (int other = 0; other < 14; ++other) {
      if (other != label) others.insert(others.end(), texts[other].begin(), texts[other].end());
    }
    const auto elsewhere = word_counts(others);
    for (const auto& [word, count] : word_counts(texts[label])) {
      const auto found = elsewhere.find(word);
      const double share = static_cast<double>(count) / kEach;
      const double other_share =
          found == elsewhere.end() ? 0 : static_cast<double>(found->second) / static_cast<double>(others.size());
      // Nothing but pneumothorax is called pneumothorax, so most reports of one say so, and a sixth of the others deny it.
      EXPECT_TRUE(share < 0.9 || other_share > 0.1) << kCheXpertLabels[label] << ": " << word << " " << share << " " << other_share;
      EXPECT_TRUE(share < 0.8 || other_share > 0.02)
          << kCheXpertLabels[label] << ": " << word << " " << share << " " << other_share;
    }
  }
}

TEST(Pattern, ChoosesAndFills) {
  rng::Generator random(1, rng::Stream::kPhantom);
  std::set<std::string> texts;
  for (int i = 0; i < 200; ++i) texts.insert(expand("(a (b|)|{c}) d (e|), f.", {{"c", "(x|y)"}}, random));
  EXPECT_THAT(texts, testing::UnorderedElementsAre("a b d e, f.", "a b d, f.", "a d e, f.", "a d, f.", "x d e, f.", "x d, f.",
                                                   "y d e, f.", "y d, f."));
  EXPECT_THROW(expand("{d}", {}, random), LogicError);
  EXPECT_THROW(expand("(a|b", {}, random), LogicError);
  EXPECT_EQ(capitalised("right lung"), "Right lung");
}

} // namespace
} // namespace cxr::phantom
