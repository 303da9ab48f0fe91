#include "engine/snapshot/restore_answer.h"

#include <nlohmann/json.hpp>

namespace skilltrail::snapshot {
namespace {

using Json = nlohmann::json;

Error NoAnswer() {
  return {Code::kCorrupt, "what the run kept of its restore cannot be read", {}};
}

}  // namespace

std::string AnswerText(const RestoreReport& report) {
  Json plan = Json::array();
  for (const auto& one : report.plan) plan.push_back({one.artifact, static_cast<int>(one.action), one.files, one.bytes});
  const Json answer = {{"seq", report.as_of.seq}, {"logged_at", report.as_of.logged_at}, {"collection", report.collection},
                       {"run_id", report.run_id}, {"safety_seq", report.safety_seq},     {"plan", std::move(plan)}};
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<RestoreReport> ReadAnswer(std::string_view text) {
  const Json answer = Json::parse(text, nullptr, false);
  RestoreReport report;
  try {
    report.as_of.seq = answer.at("seq").get<Seq>();
    report.as_of.logged_at = answer.at("logged_at").get<Micros>();
    report.collection = answer.at("collection").get<std::string>();
    report.run_id = answer.at("run_id").get<std::string>();
    report.safety_seq = answer.at("safety_seq").get<Seq>();
    for (const auto& one : answer.at("plan")) {
      const int action = one.at(1).get<int>();
      if (action < 0 || action > static_cast<int>(PlannedArtifact::Action::kKeep)) return NoAnswer();
      report.plan.push_back(
          {one.at(0).get<std::string>(), static_cast<PlannedArtifact::Action>(action), one.at(2).get<size_t>(), one.at(3).get<uint64_t>()});
    }
  } catch (const Json::exception&) {
    return NoAnswer();
  }
  report.applied = true;
  return report;
}

}  // namespace skilltrail::snapshot
