#include "engine/refresh/gather.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "engine/checkout/fetching.h"
#include "engine/collection/artifact_kind.h"
#include "engine/collection/front_matter.h"
#include "engine/refresh/decide.h"
#include "engine/refresh/listing.h"
#include "engine/refresh/select.h"
#include "engine/upstream/inquiry.h"
#include "events/name.h"

namespace skilltrail::refresh {
namespace {

using upstream::Answer;
using upstream::Question;

// A ref of a repository: asked once, then many look into it.
struct Ref {
  using Waiting = std::function<void(Ref&)>;

  bool asked = false;
  std::optional<Error> error;
  std::unique_ptr<Listing> listing;  // there once asked and answered without error
  std::vector<Waiting> waiting;

  bool answered() const { return error || listing; }
  void Answered() {
    for (const auto& wait : std::exchange(waiting, {})) wait(*this);
  }
};

// A repository as sources spell it.
struct Asked {
  upstream::Repository repository;
  std::map<std::string, Ref> refs;  // by ref; empty: the default branch
};

struct Subject {
  const projections::ArtifactState* artifact = nullptr;
  ArtifactId id;
  Source source;
  std::string ref;
  Facts facts;
  Ref* at = nullptr;          // where its path was found
  bool fetch_stated = false;  // its metadata file is a link: the content has to be resolved to read it
};

// The ref that an artifact follows: pinned in its source, or by the version it was asked for with.
std::string RefOf(const Source& source, const projections::ArtifactState& artifact) {
  if (!source.ref.empty() || artifact.version_spec == "latest") return source.ref;
  return artifact.version_spec;
}

class Gathering {
 public:
  Gathering(const Context& context, upstream::Upstream& upstream, const Reading& reading, Shelf shelf, const RefreshRequest& request,
            StatedCache& stated, std::function<void()> news)
      : context_(context),
        upstream_(upstream),
        before_(upstream.ledger()),
        reading_(reading),
        shelf_(std::move(shelf)),
        request_(request),
        stated_(stated),
        news_(std::move(news)),
        inquiry_(upstream, context.interrupted) {}

  void Add(const projections::ArtifactState& artifact) {
    auto subject = std::make_unique<Subject>();
    subject->artifact = &artifact;
    subject->facts.source = artifact.source;
    auto id = ParseArtifactId(artifact.id);
    auto source = ParseSource(artifact.source);
    if (!id.ok() || !source.ok()) {
      subject->facts.error = id.ok() ? source.error() : id.error();
    } else {
      subject->id = *id;
      subject->source = *source;
      subject->ref = RefOf(*source, artifact);
      const auto [place, added] = repositories_.try_emplace(source->repository());
      if (added) order_.push_back(source->repository());
      place->second.push_back(subject.get());
    }
    subjects_.push_back(std::move(subject));
  }

  Result<std::map<std::string, Facts>> Run() {
    for (const auto& name : order_) AskRepository(name, repositories_[name]);
    Report(context_, "refreshing", 0, subjects_.size());
    inquiry_.Run();
    if (failed_.ok()) FetchContents();
    RETURN_IF_ERROR(failed_);
    std::map<std::string, Facts> facts;
    for (auto& subject : subjects_) facts.emplace(subject->artifact->id, std::move(subject->facts));
    return facts;
  }

 private:
  void Fail(Subject& subject, Error error) {
    subject.facts.error = std::move(error);
    Finish(subject);
  }
  void Finish(Subject& subject) {
    subject.facts.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_).count();
    Report(context_, "refreshing", ++finished_, subjects_.size());
    TellNews();
  }
  void TellNews() {
    if (!news_) return;
    const upstream::Ledger now = upstream_.ledger();
    if (now.sent - before_.sent > now.not_modified - before_.not_modified) std::exchange(news_, nullptr)();
  }

  void AskRepository(const std::string& name, const std::vector<Subject*>& subjects) {
    inquiry_.Ask({Question::Kind::kRepository, name, {}}, [this, name, &subjects](const Result<Answer>& answer) {
      TellNews();
      if (!answer.ok()) {
        for (auto* subject : subjects) Fail(*subject, answer.error());
        return;
      }
      Asked& asked = asked_[name];
      asked.repository = answer->repository;
      for (auto* subject : subjects) {
        subject->facts.repository_answered = true;
        subject->facts.repository = asked.repository;
        subject->facts.repository_only = WantsRepositoryOnly(request_);
        if (subject->facts.repository_only) {
          Finish(*subject);
          continue;
        }
        Look(asked, subject->ref, [this, subject](Ref& ref) { LookedInto(*subject, ref); });
      }
    });
  }

  // Calls `then` once the ref's commit is listed, or could not be.
  void Look(Asked& asked, const std::string& name, Ref::Waiting then) {
    Ref& ref = asked.refs[name];
    if (ref.answered()) {
      then(ref);
      return;
    }
    ref.waiting.push_back(std::move(then));
    if (std::exchange(ref.asked, true)) return;
    const std::string spelt = name.empty() ? asked.repository.default_branch : name;
    const std::string pushed_at = name.empty() ? asked.repository.pushed_at : std::string();
    inquiry_.Ask({Question::Kind::kCommit, asked.repository.full_name, spelt, pushed_at}, [this, &asked, &ref,
                                                                                           spelt](const Result<Answer>& answer) {
      if (answer.ok()) {
        List(asked, ref, answer->commit);
        return;
      }
      ref.error = answer.error();
      if (ref.error->code == Code::kNotFound) {
        ref.error = Error{Code::kNotFound, fmt::format("{} has no branch, tag or commit {}", asked.repository.full_name, Quote(spelt)), {}};
      }
      ref.Answered();
    });
  }

  void List(const Asked& asked, Ref& ref, const upstream::Commit& commit) {
    inquiry_.Ask({Question::Kind::kTree, asked.repository.full_name, commit.tree}, [&asked, &ref, commit](const Result<Answer>& answer) {
      if (answer.ok()) {
        ref.listing = std::make_unique<Listing>(checkout::Listing{asked.repository, commit, answer->tree});
      } else {
        ref.error = answer.error();
      }
      ref.Answered();
    });
  }

  void LookedInto(Subject& subject, Ref& ref) {
    if (ref.error) {
      Fail(subject, *ref.error);
      return;
    }
    subject.at = &ref;
    subject.facts.commit = ref.listing->whole().commit.sha;
    Locate(subject, [this, &subject] { Located(subject); });
  }

  // Lists subtrees for as long as the listing was cut before the subject's path.
  void Locate(Subject& subject, const std::function<void()>& then) {
    Listing& listing = *subject.at->listing;
    const auto missing = listing.MissingFor(subject.source.path);
    if (!missing) {
      then();
      return;
    }
    const std::string name = listing.whole().repository.full_name;
    if (missing->tree.empty()) {
      Fail(subject, {Code::kUpstream,
                     fmt::format("{} has more files than GitHub lists: {} is not among them", name, Quote(subject.source.path)),
                     {}});
      return;
    }
    inquiry_.Ask(
        {Question::Kind::kTree, name, missing->tree}, [this, &subject, &listing, missing, name, then](const Result<Answer>& answer) {
          if (!answer.ok()) {
            Fail(subject, answer.error());
            return;
          }
          listing.Add(missing->path, answer->tree);
          const auto next = listing.MissingFor(subject.source.path);
          if (next && next->path == missing->path) {
            Fail(subject, {Code::kUpstream, fmt::format("{} of {} has more files than GitHub lists", Quote(missing->path), name), {}});
          } else {
            Locate(subject, then);
          }
        });
  }

  void Located(Subject& subject) {
    Facts& facts = subject.facts;
    facts.place = subject.at->listing->Find(subject.source.path);
    if (!facts.place) {
      Finish(subject);
      return;
    }
    const auto& artifact = *subject.artifact;
    if (facts.place->git_id == artifact.git_tree) {
      StatedByTree(subject, DigestFromBytes(artifact.tree.data(), artifact.tree.size()));
      return;
    }
    auto origin = ReadOrigin(reading_.log(), shelf_.collection, artifact);
    if (!origin.ok()) {
      failed_ = origin.error();
      return;
    }
    AskOfBase(subject, origin->base);
    if (facts.place->git_id == origin->base.git_id) {
      StatedByTree(subject, origin->base.tree);
    } else {
      AskStated(subject);
    }
  }

  bool WantsStated() const { return Wants(request_, "description") || Wants(request_, "author") || Wants(request_, "license"); }

  void StatedByTree(Subject& subject, const Digest& tree) {
    if (WantsStated()) {
      const Stated* known = stated_.Find(subject.artifact->id, tree);
      auto stated = known != nullptr ? Result<Stated>(*known) : ReadStated(shelf_, *subject.artifact, tree);
      if (!stated.ok()) {
        failed_ = stated.error();
        return;
      }
      if (known == nullptr) stated_.Keep(subject.artifact->id, tree, *stated);
      subject.facts.stated = std::move(*stated);
    }
    Finish(subject);
  }

  void AskStated(Subject& subject) {
    const upstream::RemoteEntry* file = subject.at->listing->MetadataFile(subject.id.type, subject.source.path);
    if (file == nullptr && subject.id.type == ArtifactType::kSkill) subject.facts.no_artifact = "it has no SKILL.md";
    if (!WantsStated()) file = nullptr;
    if (file == nullptr || file->mode == "120000") {
      subject.fetch_stated = file != nullptr;
      Finish(subject);
      return;
    }
    Question question{Question::Kind::kBlob, subject.facts.repository.full_name, file->sha};
    question.size = file->size;
    inquiry_.Ask(std::move(question), [this, &subject, id = file->sha, path = file->path](const Result<Answer>& answer) {
      if (!answer.ok()) {
        Fail(subject, answer.error());
      } else if (GitBlobId(answer->bytes) != id) {
        Fail(subject, {Code::kUpstream, fmt::format("broken answer: what came as {} has another git id", Quote(path)), {}});
      } else {
        if (collection::IsBlank(answer->bytes)) subject.facts.no_artifact = fmt::format("{} is blank", path);
        subject.facts.stated = collection::StatedMetadata(collection::ParseFrontMatter(answer->bytes));
        Finish(subject);
      }
    });
  }

  // An adopted copy may have been edited before it was adopted: only upstream knows what it was.
  void AskOfBase(Subject& subject, const Base& base) {
    if (base.proven || base.commit.size() != 40 || base.commit == subject.facts.commit) return;
    Look(asked_[subject.source.repository()], base.commit, [&subject](Ref& ref) {
      if (ref.error || ref.listing->MissingFor(subject.source.path)) return;
      if (auto place = ref.listing->Find(subject.source.path)) subject.facts.id_at_base = place->git_id;
    });
  }

  void FetchContents() {
    std::map<Ref*, std::vector<Subject*>> wanted;
    for (auto& subject : subjects_) {
      if (subject->facts.error || !subject->facts.place) continue;
      auto ours = ReadOurs(reading_.log(), shelf_, *subject->artifact, subject->facts);
      if (!ours.ok()) {
        failed_ = ours.error();
        return;
      }
      const auto bring = Decide(*ours, subject->facts, request_).bring;
      const bool content = bring == Decision::Bring::kUpstream || bring == Decision::Bring::kMerge;
      if (content || subject->fetch_stated) wanted[subject->at].push_back(subject.get());
    }
    std::vector<std::unique_ptr<checkout::Fetching>> all;
    for (const auto& [ref, subjects] : wanted) {
      std::vector<std::string> paths;
      for (const auto* subject : subjects) paths.push_back(subject->source.path);
      all.push_back(std::make_unique<checkout::Fetching>(inquiry_, ref->listing->whole(), paths));
      all.back()->Begin([this, fetching = all.back().get(), &subjects] { TakeContents(subjects, fetching->Take()); });
    }
    inquiry_.Run();
  }

  void TakeContents(const std::vector<Subject*>& subjects, std::vector<Result<checkout::Fetched>> fetched) {
    for (size_t i = 0; i < subjects.size(); ++i) {
      Subject& subject = *subjects[i];
      if (subject.fetch_stated && fetched[i].ok()) subject.facts.stated = StatedBy(subject.id.type, fetched[i]->content);
      if (subject.fetch_stated && !fetched[i].ok()) subject.facts.error = fetched[i].error();
      if (request_.mode == schema::RefreshMode::sync) subject.facts.content = Accept(subject, std::move(fetched[i]));
      subject.facts.duration_ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_).count();
    }
  }

  // Content as the collection keeps it, or why it cannot.
  Result<checkout::Fetched> Accept(const Subject& subject, Result<checkout::Fetched> fetched) {
    if (!fetched.ok()) return fetched.error();
    if (Status good = collection::CheckContent(subject.id.type, fetched->content); !good.ok())
      return Error{Code::kConflict, good.error().message, {}};
    if (fetched->content.single_file) {
      fetched->content.files.front().path = subject.artifact->path.substr(subject.artifact->path.rfind('/') + 1);
    }
    return fetched;
  }

  const Context& context_;
  const upstream::Upstream& upstream_;
  const upstream::Ledger before_;
  const Reading& reading_;
  const Shelf shelf_;
  const RefreshRequest& request_;
  StatedCache& stated_;
  std::function<void()> news_;  // null once it was called
  upstream::Inquiry inquiry_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Subject>> subjects_;
  std::map<std::string, std::vector<Subject*>> repositories_;
  std::vector<std::string> order_;  // of the repositories, as they came
  std::map<std::string, Asked> asked_;
  uint64_t finished_ = 0;
  Status failed_;  // the store's
};

}  // namespace

Result<std::map<std::string, Facts>> Gather(const Context& context, upstream::Upstream& upstream, const Reading& reading,
                                            const projections::CollectionState& state, const std::vector<std::string>& artifacts,
                                            const RefreshRequest& request, StatedCache& stated, const std::function<void()>& news) {
  Gathering gathering(context, upstream, reading, {state.name(), reading.DirectoryOf(state), reading.blobs()}, request, stated, news);
  for (const auto& id : artifacts) {
    const projections::ArtifactState* artifact = state.Find(id);
    if (artifact != nullptr && !artifact->source.empty()) gathering.Add(*artifact);
  }
  return gathering.Run();
}

}  // namespace skilltrail::refresh
