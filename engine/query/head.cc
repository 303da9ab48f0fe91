#include "engine/query/head.h"

#include <fmt/format.h>

namespace skilltrail::query {
namespace {

// The chain hash at a sequence, zero before the first.
Result<Digest> HashAt(const Reading& reading, Seq seq) {
  Digest hash;
  if (seq == 0) return hash;
  RETURN_IF_ERROR(reading.log().At(
      seq,
      [&](const store::StoredEvent& event) {
        hash = event.hash;
        return store::Visit::kStop;
      },
      true));
  return hash;
}

}  // namespace

Result<HeadReport> Head(Reading& reading, const std::string& private_key_pem) {
  ASSIGN_OR_RETURN(const Moment moment, reading.At());
  HeadReport report;
  report.logged_at = moment.logged_at;
  report.head.origin = OriginOf(reading.log().store_id());
  report.head.size = moment.seq;
  ASSIGN_OR_RETURN(report.head.root, HashAt(reading, moment.seq));
  if (!private_key_pem.empty()) RETURN_IF_ERROR(SignHead(report.head, private_key_pem));
  return report;
}

Result<std::optional<std::string>> CheckHead(Reading& reading, const std::string& line, const std::string& public_key) {
  ASSIGN_OR_RETURN(const SignedHead head, ParseHead(line));
  ASSIGN_OR_RETURN(auto wrong, CheckSignature(head, public_key));
  if (wrong) return wrong;
  const auto& log = reading.log();
  if (head.origin != OriginOf(log.store_id())) {
    return std::optional(fmt::format("the head is of another store: {}, and this is {}", head.origin, OriginOf(log.store_id())));
  }
  if (head.size > log.head()) {
    return std::optional(fmt::format("the log was cut: it ends at event {}, and the head says {}", log.head(), head.size));
  }
  ASSIGN_OR_RETURN(const Digest hash, HashAt(reading, head.size));
  if (hash != head.root) {
    return std::optional(fmt::format("the log was rewritten: event {} has another chain hash than the head says", head.size));
  }
  return std::optional<std::string>();
}

}  // namespace skilltrail::query
