// Finding: what the sources of an `add` hold, contents included. Many repositories are asked at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/checkout/fetching.h"
#include "engine/curate/candidate.h"
#include "engine/upstream/inquiry.h"

namespace skilltrail::curate {

class Finding {
 public:
  // All outlive it. Needs no store.
  Finding(const Context& context, upstream::Upstream& upstream, const AddRequest& request);
  Finding(const Finding&) = delete;
  Finding& operator=(const Finding&) = delete;

  // The candidates of the next sources, in the order of the command line, the sources of one repository and ref together at the place of
  // the first: of as many as may be held in memory. A source or an artifact that fails is a candidate with its error.
  std::vector<Candidate> Next();
  // Nothing is left for Next.
  bool done() const { return next_ == groups_.size(); }

 private:
  // What is asked for together: a repository at a ref, or a path on disk.
  struct Group {
    std::vector<std::pair<std::string, Source>> sources;  // as said, and as understood
    bool local = false;
    checkout::Listing listing = {};
    struct Chosen {
      size_t source = 0;  // which of them
      collection::Found found;
    };
    std::vector<Chosen> chosen = {};
    std::unique_ptr<checkout::Fetching> fetching = nullptr;
    std::vector<Candidate> candidates = {};
  };

  void Fill();
  void Begin(Group& group);
  void TakeListing(Group& group, Result<checkout::Listing> listing);
  void TakeContents(Group& group);
  void End(Group& group);

  const Context& context_;
  const AddRequest& request_;
  upstream::Inquiry inquiry_;
  std::vector<std::unique_ptr<Group>> groups_;
  size_t next_ = 0;     // group to begin
  size_t running_ = 0;  // that were begun and have not ended
  size_t ended_ = 0;    // sources
  uint64_t held_ = 0;   // bytes of content, of Next's result
};

}  // namespace skilltrail::curate
