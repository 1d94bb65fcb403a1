/// @file
/// What radiologists write that is about no single finding. None of it holds a phrase by which CheXpert's labeller finds a label,
/// but for the denials' list.
#pragma once

#include <array>

#include "data_prep/phantom/pattern.h"

namespace cxr::phantom {

/// State {name}, {Name} at the beginning.
inline constexpr auto kClaims = std::to_array<Pattern>({
    "{Name}.",
    "{Name}.",
    "{Name} (noted|seen|present|again noted|redemonstrated|as described|is present).",
    "(There is|There is now|Again seen is|Evidence of|Evidence for|Unchanged|New|Interval development of|Persistent) {name}.",
    "(Findings|Appearances|Findings are|Overall appearance) (consistent with|compatible with|in keeping with|suggestive of) "
    "{name}.",
    "{Name}, (unchanged|stable|increased|slightly improved|worse|new) (from the prior study|since ___|compared to prior|).",
    "Radiograph (shows|demonstrates|reveals) {name}.",
});

/// Leave {name} open.
inline constexpr auto kDoubts = std::to_array<Pattern>({
    "(Possible|Questionable|Probable|Suspected|Equivocal) {name}.",
    "{Name} (cannot be excluded|is not excluded|may be present|is a possibility|is difficult to exclude).",
    "(Findings|Appearances) (may|could|might) (represent|reflect) {name}.",
    "(Raises the possibility of|Suspicion for|Question of|Concern for) {name}.",
    "(There may be|Cannot rule out|Cannot exclude) {name}.",
});

/// A consolidation or a pneumonia as what it looks like.
inline constexpr Pattern kOpacity =
    "((focal|dense|patchy|hazy|new|) (airspace opacity|opacity|opacification|parenchymal opacity)|infiltrate|(focal|patchy|) "
    "airspace disease)";
inline constexpr auto kOpacityClaims = std::to_array<Pattern>({
    "{Opacity} (compatible with|consistent with|representing|in keeping with|due to) {name}.",
    "{Name}, seen as {opacity}.",
    "{Opacity}: {name}.",
});
inline constexpr auto kOpacityDoubts = std::to_array<Pattern>({
    "{Opacity}, (possibly|questionable for|suspicious for|concerning for) {name}.",
    "{Opacity} which (may|could|might) (represent|reflect) {name}.",
    "{Opacity}; {name} cannot be excluded.",
});

inline constexpr auto kNormal = std::to_array<Pattern>({
    "No (acute|evidence of acute|radiographic evidence of acute) (cardiopulmonary|intrathoracic|cardiothoracic|pulmonary) "
    "(process|abnormality|disease|pathology|findings).",
    "(Normal|Unremarkable) (chest radiograph|chest|chest x-ray|study|examination|radiographic examination).",
    "(Clear lungs|The lungs are clear|Lungs are clear|Lungs are well expanded and clear) (bilaterally|without acute disease|).",
    "No (acute findings|active disease|focal abnormality|abnormality) (is identified|identified|seen|in the chest|).",
    "(Examination|Study|Appearances) within normal limits.",
    "(Stable|Unchanged) normal (chest|appearance|examination).",
});

/// Exclude {list}.
inline constexpr auto kDenials = std::to_array<Pattern>({
    "No {list}.",
    "(No evidence of|No radiographic evidence of|There is no|No convincing|No sign of) {list}.",
    "(Negative for|Absence of|Without) {list}.",
    "No {list} (is seen|is identified|is present|identified|seen).",
});

/// With earlier pictures, before a sentence that goes on in lower case.
inline constexpr auto kComparisons = std::to_array<Pattern>({
    "(In comparison with|As compared to|Compared to|Compared with) the (previous radiograph|prior study|study of ___|"
    "radiograph of ___),",
    "(Since|Compared with) (___|the prior examination|yesterday's examination),",
    "(In the interval|On the current study|As on the prior study),",
});

/// About what no label covers.
inline constexpr auto kAsides = std::to_array<Pattern>({
    "(Low lung volumes|Lung volumes are low|Inspiratory effort is suboptimal).",
    "(The hila are unremarkable|Hilar shadows are normal|Hilar structures are unchanged).",
    "(No free air below the diaphragm|No subdiaphragmatic free air|Free air is absent below the diaphragm).",
    "(Patient rotation|Patient positioning) limits (evaluation|assessment).",
    "Overlying soft tissues limit (evaluation|assessment).",
    "(The aorta is tortuous|Aortic knob is unremarkable|Unfolded aorta).",
    "(Otherwise unchanged|Otherwise no significant change|No other relevant change|The remainder is unchanged).",
    "(Spondylosis of the thoracic spine|Surgical clips in the upper abdomen|Gaseous distension of the stomach).",
    "(Trachea is midline|The trachea is central).",
});

/// Advice, and who was told.
inline constexpr auto kClosings = std::to_array<Pattern>({
    "(Clinical correlation|Correlation with symptoms) is (recommended|advised).",
    "(Findings were|This was|Results were) (discussed with|communicated to|telephoned to) (Dr. ___|___|the team) (at ___ on ___|by "
    "telephone|).",
    "(Follow-up|Short-term follow-up|A repeat radiograph) is (suggested|recommended|advised).",
    "PA and lateral radiographs (are suggested|would be helpful).",
    "(Attention on follow-up|Continued surveillance) is (suggested|recommended).",
});

inline constexpr auto kExaminations =
    std::to_array<Pattern>({"CHEST (PORTABLE AP)", "CHEST RADIOGRAPH", "Chest radiograph, frontal view", "PORTABLE CHEST"});
inline constexpr auto kIndications = std::to_array<Pattern>({
    "___ year old (man|woman) with (shortness of breath|dyspnea|hypoxia|fever|cough|chest pain|sepsis|weakness).",
    "(History|Patient) of (cough|fall|dyspnea|recent surgery|chest pain). Evaluate for acute process.",
    "(Preoperative|Postoperative|Admission) study.",
});
inline constexpr auto kTechniques = std::to_array<Pattern>({
    "(Single|) (frontal|AP|portable AP) (view|radiograph) of the chest.",
    "(A|One) (frontal|portable|semi-upright) (view|radiograph) was obtained.",
    "(Portable|Upright|Semi-erect) (AP|frontal) technique.",
});
inline constexpr auto kNormalHeart = std::to_array<Pattern>({
    "The cardiomediastinal silhouette is (within normal limits|unremarkable|normal).",
    "(Heart size is|Heart and mediastinum are) (normal|unremarkable).",
    "(Cardiac and mediastinal|Cardiomediastinal|Heart and mediastinal) contours are (normal|unremarkable|stable).",
});
inline constexpr auto kNormalBones = std::to_array<Pattern>({
    "No acute osseous abnormality.",
    "(The visualized bones|Bony structures|Osseous structures|The ribs) are (intact|unremarkable|grossly unremarkable).",
    "(Bones and soft tissues|The imaged skeleton) (show no acute abnormality|are unremarkable).",
});

} // namespace cxr::phantom
