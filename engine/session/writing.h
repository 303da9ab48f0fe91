// Writing: one command's hold on the store. It owns the lock, the run, the events gathered for one atomic append, and the file work that
// follows from them (DESIGN "Files and the log").
//
// The life of a changing command: Open, load states, decide, Add events (each is folded into the loaded states at once), Finish. With
// context.dry_run it opens as a reader, takes no lock, and neither Commit nor Finish writes anything: the same code makes the same report.
#pragma once

#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/collection/content.h"
#include "engine/manifest/manifest.h"
#include "engine/session/due_manifest.h"
#include "engine/session/reading.h"

namespace skilltrail {

struct NewEvent {
  std::string collection;  // empty where it does not apply; so the next two
  std::string artifact;
  std::string project;
  Payload payload;
};

// True if the artifact stands as one file at that path: commands and agents do, unless they are directories, which SkillMeat still accepts.
bool IsFilePath(std::string_view artifact, const std::filesystem::path& path);

// A path that is to change because of the event added last.
struct FileWork {
  std::filesystem::path path;  // absolute
  Digest before;               // tree digest of what stands there now; zero: absent
  Digest after;                // zero: to be absent
  std::string collection;
  std::string artifact;  // empty: a file that several share
};

// A run that may span several holds of the lock (a refresh appends in bursts).
struct RunTicket {
  RunId id;
  uint32_t next_ordinal = 0;
  Seq started_seq = 0;  // of its RunStarted; 0: nothing written yet
};

// What a command found out of a collection before it took the lock.
struct Prepared {
  std::optional<projections::CollectionState> state;        // of this log at an earlier point
  std::future<Result<manifest::CollectionDraft>> manifest;  // begun to be read
};

class Writing {
 public:
  // Takes the lock (kBusy naming its holder), opens the store, finishes file work that an earlier command left. `ticket` continues a run;
  // without one the run is this command's own. kConflict if the context expects another head. The context must outlive it.
  static Result<std::unique_ptr<Writing>> Open(const Context& context, RunTicket* ticket = nullptr);
  ~Writing();

  Reading& reading() { return *reading_; }
  const Context& context() const { return context_; }
  bool dry_run() const { return context_.dry_run; }
  Micros now() const { return context_.clock->Now(); }
  store::BlobStore& blobs();
  store::CacheStore& cache();

  // The collection's state at head, kept up to date by every Add. kNotFound as Reading::Collection. The pointer lives as long as this.
  Result<projections::CollectionState*> Collection(std::string_view name);
  // A collection that is about to be created, or may not exist.
  Result<projections::CollectionState*> CollectionOrNew(std::string_view name);
  Result<projections::ProjectState*> Project(const std::filesystem::path& project);

  // Gathers an event (encoded now, recorded_at = now) and folds it into the loaded states. Returns the sequence it will have.
  Seq Add(NewEvent event);
  // Gathers the verified bytes of an event from another store, unchanged: it keeps its run, its time and its actor. They come before the
  // first Add, so that the run of this command stands whole behind them.
  Seq AddForeign(std::vector<uint8_t> bytes);
  // File work that follows from the event added last.
  void AddFileWork(FileWork work);
  // Keeps the content's bytes and tree as blobs (synced no later than the next append); in a dry run only describes it.
  Result<collection::Version> Keep(const collection::Content& content);
  // A tree that the store holds, or that a dry run has only described.
  Result<collection::Tree> TreeOf(const Digest& digest);

  // What was prepared is not done again, as far as it still holds.
  void Offer(const std::string& collection, Prepared prepared) { prepared_[collection] = std::move(prepared); }

  // The record files of that project, which is loaded, are written at the end, or by the next command if this one is killed.
  void RestateRecords(const std::filesystem::path& project) { due_records_.insert(project.string()); }

  // The collection's manifest holds no edit that is not taken in: one that a killed command left behind may be written now.
  void ManifestTakenIn(const std::string& collection);

  // Probably no event that is still to come changes what a manifest says: they are composed meanwhile, each in a thread. One that does has
  // its collection's composed again.
  void ComposeManifests();

  // What was gathered since the run began is complete: what follows is a run of its own, which can be undone alone. Nothing if the run has
  // not begun.
  void EndRun();

  // Appends what was gathered as one durable batch, RunStarted first if the run is new, then brings the files over; a path that shows a
  // person's edit is captured, left, and said in notes(). Nothing gathered: nothing happens.
  Status Commit();
  // Commit, the manifests of the changed collections, the anchor: what was gathered is safe, and the run goes on with another hold of the
  // lock by its ticket. After it only reading is allowed.
  Status Pause();
  // Commit, RunCompleted in the same batch where no file work is between, the manifests of the changed collections, the anchor. A run that
  // wrote nothing leaves no trace. After it only reading is allowed.
  Status Finish(schema::RunStatus status = schema::RunStatus::completed, std::string answer = {});

  // The sequence that the next event will have.
  Seq next_seq() const;
  // How many events of the run there are so far.
  uint32_t run_events() const { return ticket_->next_ordinal; }
  // True if events were added that are not appended; a dry run's never are.
  bool gathered() const;
  bool wrote() const { return ticket_->started_seq != 0; }
  RunId run_id() const { return ticket_->id; }
  // The run's id as text, or empty if nothing was written (so far) or in a dry run.
  std::string run_text() const;
  Seq started_seq() const { return ticket_->started_seq; }
  // What a person should be told on stderr: captured edits, clamped clock, files that could not be brought over.
  std::vector<std::string>& notes() { return notes_; }

 private:
  struct Gathered;
  Result<projections::CollectionState> StateAtHead(std::string_view name);
  Writing(const Context& context, RunTicket* ticket);
  Status CheckRequest() const;
  void StampKey();
  Seq Gather(NewEvent event);
  // Folds it into the loaded states, as the event that comes next.
  Seq Fold(std::vector<uint8_t> encoded, Micros logged_at);
  Status Append();
  Status FinishPending();
  Status LetGo(std::vector<store::PendingWork>& work);
  Status BringOver(const std::vector<store::PendingWork>& work);
  Status CaptureEdited(const std::vector<const store::PendingWork*>& edited);
  Status Settle();
  // The collection's manifest is to be written at the end.
  void Restate(const std::string& collection);
  void WriteManifests();
  Status FinishRecords();
  void WriteRecordFiles();

  const Context& context_;
  RunTicket own_ticket_;
  RunTicket* ticket_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Reading> reading_;
  std::map<std::string, projections::CollectionState, std::less<>> collections_;
  std::map<std::string, projections::ProjectState, std::less<>> projects_;
  std::unique_ptr<Gathered> gathered_;
  std::set<std::string> changed_;           // collections that events were added to
  std::map<std::string, DueManifest> due_;  // of collections whose manifest may say something else now
  std::map<std::string, Prepared, std::less<>> prepared_;
  std::set<std::string> behind_;                  // those whose manifest was behind when the store was opened
  std::set<std::string> due_records_;             // projects
  std::string run_collection_;                    // of the run's first event
  std::map<Digest, collection::Tree> described_;  // of a dry run
  std::vector<std::string> notes_;
};

}  // namespace skilltrail
