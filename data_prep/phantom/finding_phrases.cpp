#include "data_prep/phantom/finding_phrases.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cxr::phantom {
namespace {

const FindingPhrases kEnlargedCardiomediastinumPhrases = {
    .names = {"(widening|prominence|enlargement) of the (upper|superior|) mediastinum", "widened (upper|) mediastinum",
              "enlarged cardiomediastinal silhouette", "(enlargement|widening) of the mediastinal silhouette",
              "(widened|prominent|enlarged) mediastinal contour", "mediastinal widening", "abnormal mediastinal configuration"},
    .claims = {"The (upper|superior|) mediastinum (is|appears) (widened|wide|prominent|enlarged).",
               "The cardiomediastinal silhouette (is|remains) (enlarged|prominent|widened).",
               "Mediastinal contours (are|appear) (widened|prominent|abnormal)."},
    .doubts = {"The mediastinum (may be|appears possibly) widened.", "Mediastinal contours are (possibly|questionably) widened."},
    .remarks = {"CT angiography (should be considered|is suggested) to exclude aortic injury.",
                "(A|The) tortuous aorta may contribute.", "This may be due to (vascular structures|lymphadenopathy|rotation)."}};

const FindingPhrases kCardiomegalyPhrases = {
    .names = {"{degree} cardiomegaly", "{degree} cardiac enlargement", "{degree} enlargement of the cardiac silhouette",
              "{degreely} enlarged heart", "{degreely} enlarged cardiac shadow", "{degree} increase in heart size"},
    .claims = {"The heart (is|remains|appears) {degreely} enlarged.",
               "Heart size is (top normal to enlarged|{degreely} increased|above normal).",
               "The cardiac silhouette (is|remains) {degreely} enlarged.", "Cardiac size is {degreely} (increased|enlarged).",
               "Globular (enlarged heart|cardiac shadow)."},
    .doubts = {"The heart (may be|is possibly|is borderline) enlarged.", "Heart size is (possibly|borderline) enlarged.",
               "The cardiac silhouette may be (mildly|) enlarged."},
    .remarks = {"Echocardiography (may be helpful|is suggested).", "Cardiothoracic ratio (exceeds|is above) 0.5.",
                "Projection (may accentuate|accounts for part of) this."}};

const FindingPhrases kLungOpacityPhrases = {
    .names = {"(hazy|patchy|ill-defined|heterogeneous) {side} {zone} (zone|lung) opacities",
              "(patchy|hazy|vague) opacification {inlung}", "(multifocal|patchy|) (airspace|air-space) disease {inlung}",
              "(patchy|) {side} {zone} lung infiltrate{s}", "(patchy|hazy) infiltration {inlung}", "increased density {inlung}",
              "decreased translucency {inlung}", "(coarse|increased) interstitial markings {inlung}"},
    .claims = {"(Hazy|Patchy) areas of opacity (are seen|persist) {inlung}.", "There is (vague|hazy) increased density {inlung}.",
               "Infiltrate{s} {inlung} {has} (progressed|increased|persisted)."},
    .doubts = {"There may be (subtle|faint) opacification {inlung}.", "Infiltrate{s} {inlung} cannot be excluded."},
    .remarks = {"This is nonspecific.", "Differential includes (hemorrhage|aspiration) among others.", "Etiology is uncertain."}};

const FindingPhrases kLungLesionPhrases = {
    .names = {"{lobe} {lesion}", "{lesion} {inlobe}", "(rounded|well-circumscribed|spiculated|) {lesion} {inlung}"},
    .claims = {"A (rounded|spiculated|) {lesion} is (seen|present) {inlobe}.",
               "The {lobe} {lesion} (is unchanged|has grown|is again seen)."},
    .doubts = {"A {lesion} (may be|is possibly) present {inlung}."},
    .remarks = {"(CT of the chest|Chest CT|Cross-sectional imaging) is recommended for (further evaluation|characterization).",
                "(PET-CT|Tissue sampling) could be considered.",
                "Comparison with older studies would help to establish stability."}};

const FindingPhrases kEdemaPhrases = {
    .names = {"{degree} (interstitial|alveolar|) pulmonary edema", "{degree} pulmonary vascular congestion",
              "{degree} congestive heart failure", "(findings of|) {degree} CHF", "{degree} pulmonary congestion",
              "{degree} vascular prominence", "{degree} interstitial edema",
              "indistinctness of the (pulmonary vessels|hila|vasculature)"},
    .claims = {"There is {degree} (fluid overload|volume overload) with (vascular congestion|edema).",
               "{degree} heart failure (has developed|has worsened|persists).", "Pulmonary vascular congestion is (now|) {degree}.",
               "CHF, {degree}."},
    .doubts = {"There may be (mild|early) (CHF|vascular congestion|edema).",
               "Early (heart failure|edema) is (possible|a consideration)."},
    .remarks = {"(Reassessment after diuresis|A repeat study after diuresis) is suggested.", "Upper zone vessels are distended.",
                "Kerley B (septa|changes) are seen."}};

const FindingPhrases kConsolidationPhrases = {
    .names = {"{lobe} consolidation", "(focal|dense|confluent|) consolidation {inlung}",
              "(dense|) consolidative (process|change) {inlung}", "(partial|confluent|) consolidation {inlobe}"},
    .claims = {"Consolidated lung {inlobe}.", "{lobe} consolidation with air bronchograms.",
               "Consolidative changes {inlung} (persist|are worse|have increased)."},
    .doubts = {"Possibly consolidated lung {inlobe}."},
    .remarks = {"Air bronchograms are (seen|visible).",
                "(Follow-up to resolution|Attention on follow-up) is (advised|recommended)."}};

const FindingPhrases kPneumoniaPhrases = {
    .names = {"{lobe} pneumonia", "(multifocal|focal|) pneumonia {inlung}", "(acute|) infection {inlung}",
              "infectious process {inlung}", "{lobe} bronchopneumonia", "(atypical|) infectious change {inlung}"},
    .claims = {"(Pneumonia|An infectious process) (is present|has developed) {inlobe}.",
               "(Developing|Resolving|Worsening) (pneumonia|infection) {inlung}."},
    .doubts = {"(Superimposed|Early) (infection|pneumonia) {inlung} (is possible|should be considered).",
               "In the appropriate clinical setting, (infection|pneumonia) {inlung} (should be considered|is possible)."},
    .remarks = {"Follow-up radiographs after (treatment|antibiotics) are (recommended|advised) to document resolution.",
                "Correlation with (fever and white count|sputum culture) is recommended.", "Antibiotic treatment was started."}};

const FindingPhrases kAtelectasisPhrases = {
    .names = {"{side} basilar atelectasis", "(linear|discoid|subsegmental|bandlike) atelectasis {atbase}",
              "atelectatic (change|changes) {atbase}", "(partial|subsegmental|) collapse of the {side} lower lobe{s}",
              "{side} (basal|lower lobe) collapse", "(mild|) (compressive|dependent) atelectatic change {atbase}"},
    .claims = {"(Stable|Worsening) atelectatic change of the {side} lower lobe{s}.", "(Persistent|Increasing) collapse {atbase}.",
               "Bands of atelectasis {atbase}."},
    .doubts = {"Changes {atbase} (may be|are possibly|are probably) atelectatic."},
    .remarks = {"(Low lung volumes|Poor inspiration|Volume loss) with crowding of vessels.", "The diaphragm is raised.",
                "Incentive spirometry is (suggested|recommended)."}};

const FindingPhrases kPneumothoraxPhrases = {
    .names = {"{size} {side} (apical|) pneumothorax", "(residual|tiny residual|persistent|) {side} pneumothorax",
              "{size} PTX {onside}", "{size} pneumothorax {onside}", "{side} (apical|) PTX"},
    .claims = {"A {size} {side} pneumothorax (is present|has developed|persists).",
               "Pneumothorax {onside} (has increased|is larger|is smaller).", "{side} PTX, {size}."},
    .doubts = {"A (tiny|small) {side} (apical|) pneumothorax (may be present|is possible).",
               "PTX {onside} (is possible|cannot be ruled out)."},
    .remarks = {"(No evidence of tension|There is no tension|No mediastinal shift).",
                "The lung edge is (visible|seen) at the apex.", "(An expiratory film|Short-interval follow-up) is recommended.",
                "Air outlines the lung apex."}};

const FindingPhrases kPleuralEffusionPhrases = {
    .names = {"{size} {side} pleural effusion{s}", "{size} effusion{s} {onside}",
              "{size} (amount|volume) of pleural fluid {onside}", "(layering|dependent|free) pleural fluid {onside}",
              "(layering|subpulmonic|loculated) {side} effusion{s}"},
    .claims = {"{size} pleural fluid (has accumulated|persists) {onside}.", "Effusion{s} {onside}, {size}.",
               "{side} pleural effusion{s} {has} (increased|decreased)."},
    .doubts = {"(Trace|A small amount of) pleural fluid {onside} (is possible|may be present).",
               "There may be (small|trace) effusion{s} {onside}."},
    .remarks = {"The costophrenic (sulcus|angle) is blunted.", "(Thoracentesis|Ultrasound) may be considered.",
                "A decubitus view (would be|is) helpful.", "Meniscus sign is present."}};

const FindingPhrases kPleuralOtherPhrases = {
    .names = {"{side} (apical|lateral|apical and lateral|) pleural thickening", "(chronic|) pleural (scar|scarring) {onside}",
              "{side} fibrothorax", "{side} pleural fibrosis",
              "(smooth|chronic) thickening of the {side} pleura (and|with) fibrosis"},
    .claims = {"Pleural thickening {onside} (is unchanged|is chronic|persists).",
               "{side} (apical|) fibrosis (is stable|is unchanged).",
               "The {side} hemithorax shows (fibrothorax|pleural thickening)."},
    .doubts = {"Changes {onside} (may represent|suggest possible) (fibrosis|pleural thickening)."},
    .remarks = {"The costophrenic angle is blunted.", "This is (likely|probably) chronic.",
                "Prior (asbestos exposure|surgery) may be relevant."}};

const FindingPhrases kFracturePhrases = {
    .names = {"(displaced|acute|) {side} rib fracture{ribs}", "(displaced|) fracture{ribs} of the {side} {rib} rib{ribs}",
              "fractured {side} {rib} rib{ribs}", "{side} {rib} rib fx", "(healing|displaced) fracture{ribs} {onside}"},
    .claims = {"The {side} {rib} rib{ribs} {ribsare} fractured.", "Displaced {rib} rib fx {onside}.",
               "{side} rib fracture{ribs} {ribsare} (seen|present|again seen)."},
    .doubts = {"The {side} {rib} rib{ribs} may be fractured.",
               "(Nondisplaced|Subtle) {side} rib fracture (is possible|is not excluded)."},
    .remarks = {"(Dedicated rib views|CT) could be (obtained|considered).",
                "Correlate with (point tenderness|site of pain|trauma history).", "Alignment is (unchanged|slightly off)."}};

const FindingPhrases kSupportDevicesPhrases = {
    .names = {"{devices}"},
    .claims = {"{devices} in (place|situ|satisfactory position|standard position|expected position|appropriate location).",
               "(Interval|Status post) placement of {devices}.", "{devices}, unchanged (in position|).",
               "(Support devices|Monitoring and support equipment) include {devices}.",
               "{devices} (as before|again noted|in good position)."},
    .doubts = {},
    .remarks = {"Position is (standard|satisfactory|appropriate).", "No complication of placement (is seen|is evident)."}};

/// A device's names, by which a report may call it.
constexpr std::array<std::pair<Device, Pattern>, 7> kDeviceNames = {{
    {kEndotrachealTube, "(endotracheal tube|ET tube|ETT|endotracheal tube with tip above the carina)"},
    {kNasogastricTube, "(nasogastric tube|enteric tube|NG tube|orogastric tube|feeding tube)"},
    {kCentralLine, "(central venous catheter|central venous line|PICC|central catheter|jugular catheter)"},
    {kPacemaker, "(pacemaker|pacer|ICD|cardiac pacing device|dual-lead pacemaker)"},
    {kChestTube, "(chest tube|pleural drain|thoracostomy tube|pigtail catheter)"},
    {kSternalWires, "(sternotomy hardware|median sternotomy wires)"},
    {kLeads, "(monitoring leads|external monitoring equipment|ECG leads)"},
}};

std::string devices_of(const Finding& finding) {
  std::vector<Pattern> names;
  for (const auto& [device, name] : kDeviceNames) {
    if (finding.devices & device) names.push_back(name);
  }
  if (names.size() < 2) return std::string(names.empty() ? Pattern() : names.front());
  const auto last = names.back();
  names.pop_back();
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

} // namespace

const FindingPhrases& phrases_of(FindingKind kind) {
  static const std::array<const FindingPhrases*, 13> kPhrases = {&kEnlargedCardiomediastinumPhrases,
                                                                 &kCardiomegalyPhrases,
                                                                 &kLungOpacityPhrases,
                                                                 &kLungLesionPhrases,
                                                                 &kEdemaPhrases,
                                                                 &kConsolidationPhrases,
                                                                 &kPneumoniaPhrases,
                                                                 &kAtelectasisPhrases,
                                                                 &kPneumothoraxPhrases,
                                                                 &kPleuralEffusionPhrases,
                                                                 &kPleuralOtherPhrases,
                                                                 &kFracturePhrases,
                                                                 &kSupportDevicesPhrases};
  return *kPhrases.at(kind - kEnlargedCardiomediastinum);
}

Fillers fillers_of(const Finding& finding) {
  const bool both = finding.side == Side::kBoth, several_ribs = finding.severity > 0.4F;
  const auto graded = [&](Pattern low, Pattern middle, Pattern high) {
    return std::string(finding.severity < 0.35F ? low : finding.severity < 0.7F ? middle : high);
  };
  const auto by_zone = [&](Pattern upper, Pattern middle, Pattern lower) {
    return std::string(finding.zone == Zone::kUpper ? upper : finding.zone == Zone::kMiddle ? middle : lower);
  };
  const std::string side = finding.side == Side::kRight ? "right" : "left", zone = by_zone("upper", "mid", "lower");
  const auto lobezone = fmt::format("{} {}", zone, finding.zone == Zone::kMiddle ? "lung" : "lobe");
  Fillers fillers;
  fillers["side"] = both ? std::string("bilateral") : side;
  fillers["onside"] = both ? "(on both sides|bilaterally)" : fmt::format("on the {}", side);
  fillers["atbase"] = both ? "at (both|the lung) bases" : fmt::format("at the {} (lung|) base", side);
  fillers["inlung"] =
      both ? fmt::format("in both {} lungs", zone) : fmt::format("in the {} {} (lung|hemithorax|lung field)", side, zone);
  fillers["zone"] = zone;
  fillers["lobe"] = fmt::format("{} {}", both ? "bilateral" : side, lobezone);
  fillers["inlobe"] = both ? fmt::format("in both {}s", lobezone) : fmt::format("in the {} {}", side, lobezone);
  fillers["has"] = std::string(both ? "have" : "has");
  fillers["size"] = graded("(small|tiny|trace)", "(moderate|moderate-sized)", "(large|extensive|sizable)");
  fillers["degree"] = graded("(mild|minimal|slight)", "(moderate|)", "(severe|marked|gross)");
  fillers["degreely"] = graded("(mildly|slightly)", "(moderately|)", "(severely|markedly|grossly)");
  fillers["s"] = std::string(both ? "s" : "");
  fillers["rib"] = several_ribs
                       ? by_zone("(second and third|2nd to 4th)", "(fifth and sixth|5th to 7th)", "(seventh and eighth|7th to 9th)")
                       : by_zone("(second|third|3rd)", "(fifth|sixth|5th)", "(seventh|eighth|8th)");
  fillers["ribs"] = std::string(several_ribs ? "s" : "");
  fillers["ribsare"] = std::string(several_ribs ? "are" : "is");
  fillers["lesion"] = finding.severity > 0.75F ? "(mass|large mass|tumor|neoplasm|carcinoma)"
                                               : "(nodule|nodular density|pulmonary nodule|lung nodule)";
  fillers["devices"] = devices_of(finding);
  return fillers;
}

} // namespace cxr::phantom
