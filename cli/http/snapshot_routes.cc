#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/documents/snapshot.h"
#include "cli/http/file_source.h"
#include "cli/http/routes.h"
#include "cli/http/services.h"
#include "cli/secrets.h"
#include "engine/snapshot/export.h"
#include "engine/snapshot/prune.h"
#include "engine/snapshot/restore.h"
#include "engine/snapshot/restore_answer.h"
#include "engine/snapshot/snapshot.h"
#include "events/codec.h"
#include "events/name.h"

namespace skilltrail::cli::http {
namespace {

using documents::Json;

Result<Answer> List(Call& call) {
  snapshot::ListRequest request;
  request.cursor = call.parameters.Value("after");
  ASSIGN_OR_RETURN(const auto limit, call.parameters.Number("limit", 1, 100));
  if (limit) request.limit = *limit;
  ASSIGN_OR_RETURN(const auto report, snapshot::List(*call.reading, request));
  return JsonAnswer(documents::SnapshotsJson(report));
}

Result<Answer> Show(Call& call) {
  ASSIGN_OR_RETURN(const auto report, snapshot::Show(*call.reading, call.path[0]));
  return JsonAnswer(documents::SnapshotJson(report));
}

struct CreateAsked {
  std::string collection, name, message;
  std::optional<Seq> expected_seq;
};

Result<CreateAsked> ReadCreate(const Json& body) {
  CreateAsked asked;
  const std::pair<const char*, std::string*> texts[] = {
      {"collection_name", &asked.collection}, {"name", &asked.name}, {"message", &asked.message}};
  for (const auto& [key, into] : texts) {
    const auto found = body.find(key);
    if (found == body.end() || found->is_null()) continue;
    if (!found->is_string()) return Error{Code::kUsage, fmt::format("body: {} is to be a string", key), {}};
    *into = found->get<std::string>();
  }
  if (const auto found = body.find("expected_seq"); found != body.end() && !found->is_null()) {
    if (!found->is_number_unsigned()) return Error{Code::kUsage, "body: expected_seq is to be a sequence", {}};
    asked.expected_seq = found->get<Seq>();
  }
  return asked;
}

Answer Created(const snapshot::SnapshotReport& report) {
  Answer answer = JsonAnswer(documents::SnapshotJson(report), 201);
  answer.headers.emplace_back("Location", fmt::format("{}/versions/snapshots/{}", kPrefix, report.snapshot.id));
  return answer;
}

// What the run's SnapshotCreated made, as it was then.
Result<Answer> CreatedBefore(Reading& reading, const PriorRun& prior) {
  Seq seq = 0;
  RETURN_IF_ERROR(reading.log().ScanStream(store::RunStream(prior.id), {}, [&](const store::StoredEvent& event) {
    if (event.event->payload_type() == schema::Payload::SnapshotCreated) seq = event.seq;
    return store::Visit::kContinue;
  }));
  ASSIGN_OR_RETURN(const auto report, snapshot::CreatedAt(reading, seq));
  return Created(report);
}

Result<Answer> Create(Call& call) {
  Body body = ReadBody(call, {"collection_name", "name", "message", "expected_seq"});
  if (body.refused) return std::move(*body.refused);
  ASSIGN_OR_RETURN(const auto asked, ReadCreate(*body.object));
  UseCollection(call, asked.collection);
  call.context.message = ScrubSecrets(asked.message, call.services.secrets);
  Once once;
  once.expected_in_body = asked.expected_seq;
  once.again = CreatedBefore;
  once.perform = [&](const Context& context) -> Result<Answer> {
    ASSIGN_OR_RETURN(const auto report, snapshot::Create(context, {.name = asked.name}));
    return Created(report);
  };
  return WriteOnce(call, once);
}

Result<Answer> RolledBackBefore(Reading&, const PriorRun& prior) {
  ASSIGN_OR_RETURN(const auto report, snapshot::ReadAnswer(prior.answer));
  return JsonAnswer(documents::RestoreJson(report));
}

Result<Answer> Rollback(Call& call) {
  Body body = ReadBody(call, {"dry_run", "message", "expected_seq"});
  if (body.refused) return std::move(*body.refused);
  ASSIGN_OR_RETURN(const auto asked, ReadCreate(*body.object));
  if (const auto found = body.object->find("dry_run"); found != body.object->end() && !found->is_null()) {
    if (!found->is_boolean()) return Error{Code::kUsage, "body: dry_run is to be true or false", {}};
    call.context.dry_run = found->get<bool>();
  }
  {
    ASSIGN_OR_RETURN(const auto lease, call.services.views->Take());
    ASSIGN_OR_RETURN(const auto found, lease.Open(call.context).FindSnapshot(call.path[0]));
    call.context.at = "snap:" + found.id;
    call.context.collection = found.collection;
  }
  call.context.message = ScrubSecrets(asked.message, call.services.secrets);
  Once once;
  once.expected_in_body = asked.expected_seq;
  once.again = RolledBackBefore;
  once.perform = [](const Context& context) -> Result<Answer> {
    ASSIGN_OR_RETURN(const auto report, context.dry_run ? snapshot::Plan(context, {}) : snapshot::Restore(context, {}));
    return JsonAnswer(documents::RestoreJson(report));
  };
  return WriteOnce(call, once);
}

// What the run's SnapshotDeleted let go of, as it stood just before.
Result<Answer> DeletedBefore(Reading& reading, const PriorRun& prior) {
  Seq seq = 0;
  std::string id;
  RETURN_IF_ERROR(reading.log().ScanStream(store::RunStream(prior.id), {}, [&](const store::StoredEvent& event) {
    if (const auto* deleted = event.event->payload_as_SnapshotDeleted()) {
      seq = event.seq;
      id = View(deleted->id());
    }
    return store::Visit::kContinue;
  }));
  if (seq == 0) return Error{Code::kNotFound, fmt::format("the run that began at event {} deleted no snapshot", prior.started_seq), {}};
  ASSIGN_OR_RETURN(auto snapshots, reading.states().SnapshotsAt(seq - 1));
  const auto found = std::find_if(snapshots.begin(), snapshots.end(), [&](const auto& one) { return one.id == id; });
  if (found == snapshots.end()) return Error{Code::kNotFound, fmt::format("no snapshot \"{}\" before event {}", id, seq), {}};
  snapshot::DeleteReport report;
  ASSIGN_OR_RETURN(report.snapshot, snapshot::Describe(reading.log(), std::move(*found)));
  report.run_id = prior.id.text();
  return JsonAnswer(documents::SnapshotDeletedJson(report, false));
}

Result<Answer> Delete(Call& call) {
  Once once;
  once.again = DeletedBefore;
  once.perform = [&](const Context& context) -> Result<Answer> {
    ASSIGN_OR_RETURN(const auto report, snapshot::Delete(context, call.path[0]));
    return JsonAnswer(documents::SnapshotDeletedJson(report, context.dry_run));
  };
  return WriteOnce(call, once);
}

Result<Answer> Export(Call& call) {
  const std::string format = call.parameters.Has("format") ? call.parameters.Value("format") : "tar.zst";
  if (format != "tar.zst" && format != "tar.gz") {
    return Error{Code::kUsage, fmt::format("unknown format {}", Quote(format)), "it is tar.zst or tar.gz"};
  }
  ASSIGN_OR_RETURN(const auto shown, snapshot::Show(*call.reading, call.path[0]));
  const std::string name = fmt::format("{}.{}", shown.snapshot.id, format);
  ASSIGN_OR_RETURN(const auto scratch, ScratchDirectory::Make());
  ASSIGN_OR_RETURN(const auto report, snapshot::ExportSnapshot(*call.reading, shown, scratch.path() / name));
  Answer answer = TextAnswer({}, format == "tar.gz" ? "application/gzip" : "application/zstd");
  ASSIGN_OR_RETURN(answer.source, TakeFile(scratch.path() / name));
  answer.headers.emplace_back("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
  answer.headers.emplace_back("X-Content-SHA256", report.digest.hex());
  return answer;
}

}  // namespace

std::vector<Route> SnapshotRoutes() {
  return {
      {.method = "GET",
       .path = "/versions/snapshots",
       .id = "listSnapshots",
       .summary = "Snapshots, newest first",
       .parameters = {AtParameter(),
                      CollectionParameter(),
                      {"limit", R"({"type": "integer", "minimum": 1, "maximum": 100})", "at most so many (50)"},
                      {"after", R"({"type": "string"})", "the next_cursor of the page before"}},
       .answers = {{.schema = "SnapshotList"}},
       .problems = {404, 422},
       .handle = List},
      {.method = "POST",
       .path = "/versions/snapshots",
       .id = "createSnapshot",
       .summary = "Name this moment of a collection",
       .lane = Lane::kWrite,
       .reads = false,
       .writes = true,
       .body = "SnapshotRequest",
       .answers = {{.status = 201, .schema = "Snapshot"}},
       .problems = {400, 404, 409, 412, 422, 503},
       .handle = Create},
      {.method = "GET",
       .path = "/versions/snapshots/{snapshot}",
       .id = "showSnapshot",
       .summary = "One snapshot, by id, name or the beginning of its id",
       .parameters = {CollectionParameter()},
       .answers = {{.schema = "Snapshot"}},
       .problems = {404, 422},
       .handle = Show},
      {.method = "GET",
       .path = "/versions/snapshots/{snapshot}/export",
       .id = "exportSnapshot",
       .summary = "The snapshot with its collection's history as an archive, the same bytes as `snapshot export` writes",
       .lane = Lane::kSlow,
       .parameters = {CollectionParameter(), {"format", R"({"enum": ["tar.zst", "tar.gz"]})", "tar.zst if absent"}},
       .answers = {{.content_type = "application/zstd",
                    .help = "the archive, or application/gzip; its SHA-256 stands in X-Content-SHA256"}},
       .problems = {404, 422},
       .handle = Export},
      {.method = "DELETE",
       .path = "/versions/snapshots/{snapshot}",
       .id = "deleteSnapshot",
       .summary = "Let go of a snapshot's name; every point of the log stays restorable",
       .lane = Lane::kWrite,
       .reads = false,
       .writes = true,
       .parameters = {CollectionParameter()},
       .answers = {{.schema = "SnapshotDeleted", .help = "what it was"}},
       .problems = {404, 409, 412, 422, 503},
       .handle = Delete},
      {.method = "POST",
       .path = "/versions/snapshots/{snapshot}/rollback",
       .id = "rollbackSnapshot",
       .summary = "Bring the collection back to what it was at the snapshot; with dry_run only say what that would do",
       .lane = Lane::kWrite,
       .reads = false,
       .writes = true,
       .parameters = {CollectionParameter()},
       .body = "RollbackRequest",
       .answers = {{.schema = "Restore"}},
       .problems = {400, 404, 409, 412, 422, 503},
       .handle = Rollback},
  };
}

}  // namespace skilltrail::cli::http
