#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/collection/tree.h"
#include "engine/projections/named_contents.h"
#include "engine/query/log_query.h"
#include "engine/upkeep/base64.h"
#include "engine/upkeep/events_file.h"

namespace skilltrail::upkeep {
namespace {

constexpr Seq kProgressEvents = 1'024;

class Writer {
 public:
  Writer(const Reading& reading, const std::function<Status(std::string_view)>& write, EventsExportReport& report)
      : reading_(reading), write_(write), report_(report) {}

  Status Line(std::string line) {
    line += '\n';
    report_.bytes += line.size();
    return write_(line);
  }

  // The contents that the event names and no earlier one did.
  Status Contents(const schema::Event& event) {
    projections::NamedContents named;
    named.Add(event);
    for (const auto& digest : named.trees) {
      if (written_.contains(digest)) continue;
      ASSIGN_OR_RETURN(const auto bytes, Blob(digest));
      if (!bytes) continue;
      ASSIGN_OR_RETURN(const auto tree, collection::DecodeTree(*bytes));
      for (const auto& entry : tree.entries) RETURN_IF_ERROR(OneOf(entry.digest));
    }
    for (const auto& digest : named.blobs) RETURN_IF_ERROR(OneOf(digest));
    return {};
  }

  void Redacted(const projections::Digests& digests) { redacted_ = digests; }

 private:
  Status OneOf(const Digest& digest) {
    if (written_.contains(digest)) return {};
    const auto written = Blob(digest);
    return written.ok() ? Status() : Status(written.error());
  }
  Result<std::optional<std::string>> Blob(const Digest& digest) {
    written_.insert(digest);
    auto content = reading_.blobs().Get(digest);
    if (!content.ok() && content.error().code == Code::kCorrupt && redacted_.contains(digest)) return std::optional<std::string>();
    if (!content.ok()) return content.error();
    ++report_.blobs;
    RETURN_IF_ERROR(Line(
        fmt::format(R"({{"kind":"blob","digest":"{}","size":{},"content":"{}"}})", digest.hex(), content->size(), EncodeBase64(*content))));
    return std::optional(std::move(*content));
  }

  const Reading& reading_;
  const std::function<Status(std::string_view)>& write_;
  EventsExportReport& report_;
  projections::Digests written_, redacted_;
};

Result<projections::Digests> RedactedIn(const store::EventLog& log) {
  projections::NamedContents named;
  RETURN_IF_ERROR(log.ScanStream(store::TypeStream(schema::Payload::BlobRedacted), {}, [&](const store::StoredEvent& event) {
    named.Add(*event.event);
    return store::Visit::kContinue;
  }));
  return projections::Digests(named.redacted.begin(), named.redacted.end());
}

std::string Header(const Reading& reading, const Moment& moment, const Digest& hash) {
  const nlohmann::ordered_json header = {
      {"kind", "log"},
      {"format", 1},
      {"store_id", reading.log().store_id()},
      {"events", moment.seq},
      {"head", {{"seq", moment.seq}, {"hash", moment.seq == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(hash.hex())}}}};
  return header.dump();
}

}  // namespace

Result<EventsExportReport> ExportEvents(Reading& reading, bool with_blobs, const std::function<Status(std::string_view)>& write) {
  EventsExportReport report;
  ASSIGN_OR_RETURN(const auto moment, reading.At());
  report.events = moment.seq;
  if (moment.seq > 0) {
    const auto keep = [&](const store::StoredEvent& event) {
      report.head_hash = event.hash;
      return store::Visit::kStop;
    };
    RETURN_IF_ERROR(reading.log().At(moment.seq, keep, true));
  }
  Writer writer(reading, write, report);
  ASSIGN_OR_RETURN(const auto redacted, RedactedIn(reading.log()));
  writer.Redacted(redacted);
  RETURN_IF_ERROR(writer.Line(Header(reading, moment, report.head_hash)));

  // Of every collection, whatever the command's context names.
  Context whole = reading.context();
  whole.collection.clear();
  whole.at = std::to_string(moment.seq);
  Reading all(whole, reading.store());
  query::LogRequest request;
  request.oldest_first = true;
  Status failed;
  RETURN_IF_ERROR(query::Log(all, request, [&](const query::LoggedEvent& event) {
    if (event.seq % kProgressEvents == 0) Report(whole, "exporting", event.seq, moment.seq);
    if (with_blobs) failed = writer.Contents(*event.event);
    if (failed.ok()) {
      const std::string json = query::LoggedEventJson(event);
      const std::string_view bytes(reinterpret_cast<const char*>(event.bytes.data()), event.bytes.size());
      failed = writer.Line(
          fmt::format(R"({{"kind":"event",{},"bytes":"{}"}})", std::string_view(json).substr(1, json.size() - 2), EncodeBase64(bytes)));
    }
    return failed.ok() ? store::Visit::kContinue : store::Visit::kStop;
  }));
  RETURN_IF_ERROR(failed);
  return report;
}

}  // namespace skilltrail::upkeep
