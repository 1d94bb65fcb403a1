/// @file
/// How much a step has to do, as its command and those before it say.
#pragma once

#include <string>

#include "study/command_words.h"
#include "study/study_file.h"

namespace cxr::study {

struct Workload {
  double units = 1;      ///< how many
  std::string unit;      ///< of what: "images", "texts", "steps"; empty: the command is one piece
  double inner = 1;      ///< of generate: denoising steps an image
  double most_ranks = 0; ///< that share a unit or the units; 0: any number
};

/// A step's words with those options of its --config file that they do not give.
CommandWords words_of(const Step& step);

/// @throws InputError for a number that is none
Workload workload(const StudyFile& study, const Step& step);

/// Pixels of a side of the images that a step reads or makes, where a command before it says so.
int image_side(const StudyFile& study, const Step& step);

/// The step whose result an option names; nullptr if it names an input.
const Step* producer(const StudyFile& study, const std::string& value);

} // namespace cxr::study
