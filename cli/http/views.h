// Views: readings that requests share, always of all that any process had reported done before they were asked for. The database is opened
// again only when HEAD has moved; states at the head are brought forward, not built anew.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/projections/state_memory.h"
#include "engine/session/context.h"
#include "engine/session/reading.h"
#include "engine/store/anchor.h"
#include "engine/store/store.h"
#include "events/result.h"

namespace skilltrail::cli::http {

class Views {
  struct View {
    std::unique_ptr<store::Store> store;
    size_t users = 0;
  };

 public:
  // An open view; given back when it goes. The Views outlive it.
  class Lease {
   public:
    Lease(Views& views, View& view) : views_(&views), view_(&view) {}
    ~Lease();
    Lease(Lease&& other) noexcept : views_(std::exchange(other.views_, nullptr)), view_(other.view_) {}
    Lease& operator=(Lease&&) = delete;
    Seq head() const { return view_->store->log->head(); }
    Digest head_hash() const { return view_->store->log->head_hash(); }
    // For one request; the context must outlive it, and so must this.
    Reading Open(const Context& context) const { return Reading(context, *view_->store, &views_->memory_); }

   private:
    Views* views_;
    View* view_;
  };

  Views(std::filesystem::path store, const Clock& clock) : dir_(std::move(store)), clock_(clock) {}

  // kCorrupt also where the store is another one than before, or has gone back: what was answered from it was not kept. Thread-safe.
  Result<Lease> Take();
  uint64_t opened() const { return opened_; }

 private:
  bool Serves(const View& view, const store::Anchor& anchor) const;
  Status CheckSame(const store::Anchor& anchor);
  void GiveBack(View& view);

  const std::filesystem::path dir_;
  const Clock& clock_;
  projections::StateMemory memory_;
  std::atomic<uint64_t> opened_{0};
  std::mutex opening_;     // one opens, the others wait for it
  std::mutex mutex_;       // of what follows
  std::list<View> views_;  // the newest in front; the others are in use still
  std::optional<store::Anchor> last_anchor_;
};

}  // namespace skilltrail::cli::http
