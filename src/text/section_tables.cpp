#include "text/section_tables.h"

namespace cxr::section_tables {
namespace {

constexpr HeaderName kHeaderNames[] = {
    {"preamble", "preamble"},
    {"impression", "impression"},
    {"comparison", "comparison"},
    {"indication", "indication"},
    {"findings", "findings"},
    {"examination", "examination"},
    {"technique", "technique"},
    {"history", "history"},
    {"comparisons", "comparison"},
    {"clinical history", "history"},
    {"reason for examination", "indication"},
    {"notification", "notification"},
    {"reason for exam", "indication"},
    {"clinical information", "history"},
    {"exam", "examination"},
    {"clinical indication", "indication"},
    {"conclusion", "impression"},
    {"chest, two views", "findings"},
    {"recommendation(s)", "recommendations"},
    {"type of examination", "examination"},
    {"reference exam", "comparison"},
    {"patient history", "history"},
    {"addendum", "addendum"},
    {"comparison exam", "comparison"},
    {"date", "date"},
    {"comment", "comment"},
    {"findings and impression", "impression"},
    {"wet read", "wet read"},
    {"comparison film", "comparison"},
    {"recommendations", "recommendations"},
    {"findings/impression", "impression"},
    {"pfi", "history"},
    {"recommendation", "recommendations"},
    {"wetread", "wet read"},
    {"ndication", "impression"},
    {"impresson", "impression"},
    {"imprression", "impression"},
    {"imoression", "impression"},
    {"impressoin", "impression"},
    {"imprssion", "impression"},
    {"impresion", "impression"},
    {"imperssion", "impression"},
    {"mpression", "impression"},
    {"impession", "impression"},
    {"findings/ impression", "impression"},
    {"finding", "findings"},
    {"findins", "findings"},
    {"findindgs", "findings"},
    {"findgings", "findings"},
    {"findngs", "findings"},
    {"findnings", "findings"},
    {"finidngs", "findings"},
    {"idication", "indication"},
    {"reference findings", "findings"},
    {"comparision", "comparison"},
    {"comparsion", "comparison"},
    {"comparrison", "comparison"},
    {"comparisions", "comparison"},
};

constexpr std::string_view kMainSections[] = {"impression", "findings", "history", "comparison", "addendum"};

constexpr std::string_view kViewWords[] = {
    "chest",          "portable",       "pa and lateral",  "lateral and pa",
    "ap and lateral", "lateral and ap", "frontal and",     "two views",
    "frontal view",   "pa view",        "ap view",         "one view",
    "lateral view",   "bone window",    "frontal upright", "frontal semi-upright",
    "ribs",           "pa and lat",
};

constexpr StudySection kStudySections[] = {
    {50913680, "recommendations"}, {59363654, "examination"},     {59279892, "technique"},       {59768032, "recommendations"},
    {57936451, "indication"},      {50058765, "indication"},      {53356173, "examination"},     {53202765, "technique"},
    {50808053, "technique"},       {51966317, "indication"},      {50743547, "examination"},     {56451190, "note"},
    {59067458, "recommendations"}, {59215320, "examination"},     {55124749, "indication"},      {54365831, "indication"},
    {59087630, "recommendations"}, {58157373, "recommendations"}, {56482935, "recommendations"}, {58375018, "recommendations"},
    {54654948, "indication"},      {55157853, "examination"},     {51491012, "history"},
};

constexpr StudyRange kStudyRanges[] = {
    {50525523, 201, 349},
    {57564132, 233, 554},
    {59982525, 313, 717},
    {53488209, 149, 475},
    {54875119, 234, 988},
    {50196495, 59, 399},
    {56579911, 59, 218},
    {52648681, 292, 631},
    {59889364, 172, 453},
    {53514462, 73, 377},
    {59505494, 59, 450},
    {53182247, 59, 412},
    {51410602, 47, 320},
    {56412866, 522, 822},
    {54986978, 59, 306},
    {59003148, 262, 505},
    {57150433, 61, 394},
    {56760320, 219, 457},
    {59562049, 158, 348},
    {52674888, 145, 296},
    {55258338, 192, 568},
    {59330497, 140, 655},
    {52119491, 179, 454},
    // reports without findings
    {58235663, 0, 0},
    {50798377, 0, 0},
    {54168089, 0, 0},
    {53071062, 0, 0},
    {56724958, 0, 0},
    {54231141, 0, 0},
    {53607029, 0, 0},
    {52035334, 0, 0},
};

} // namespace

std::span<const HeaderName> header_names() { return kHeaderNames; }
std::span<const std::string_view> main_sections() { return kMainSections; }
std::span<const std::string_view> view_words() { return kViewWords; }
std::span<const StudySection> study_sections() { return kStudySections; }
std::span<const StudyRange> study_ranges() { return kStudyRanges; }

} // namespace cxr::section_tables
