#include "cli/http/views.h"

#include <fmt/format.h>

#include <algorithm>

namespace skilltrail::cli::http {

Views::Lease::~Lease() {
  if (views_ != nullptr) views_->GiveBack(*view_);
}

void Views::GiveBack(View& view) {
  std::list<View> gone;  // closes the database outside the lock
  const std::lock_guard lock(mutex_);
  if (--view.users > 0 || &view == &views_.front()) return;
  const auto place = std::find_if(views_.begin(), views_.end(), [&](const View& one) { return &one == &view; });
  gone.splice(gone.end(), views_, place);
}

// HEAD may be behind what a view has seen: it is written after the append.
bool Views::Serves(const View& view, const store::Anchor& anchor) const {
  const Seq head = view.store->log->head();
  return head > anchor.seq || (head == anchor.seq && view.store->log->head_hash() == anchor.hash);
}

Status Views::CheckSame(const store::Anchor& anchor) {
  const auto changed = [&](std::string_view how) {
    return Error{Code::kCorrupt, fmt::format("the store in {} {} under the running server", dir_.string(), how),
                 "if that was meant, start skilltrail serve again"};
  };
  if (last_anchor_ && anchor.store_id != last_anchor_->store_id) return changed("was replaced by another one");
  if (last_anchor_ && anchor.seq < last_anchor_->seq) {
    return changed(fmt::format("went back from event {} to {}", last_anchor_->seq, anchor.seq));
  }
  last_anchor_ = anchor;
  return {};
}

Result<Views::Lease> Views::Take() {
  const auto serving = [&]() -> Result<std::optional<Lease>> {
    // HEAD is read in the order in which requests pass here, so one that is lower than the one before has gone back.
    const std::lock_guard lock(mutex_);
    ASSIGN_OR_RETURN(const auto anchor, store::ReadAnchor(dir_));
    if (!anchor) return std::optional<Lease>();  // opening tells what is wrong
    RETURN_IF_ERROR(CheckSame(*anchor));
    if (views_.empty() || !Serves(views_.front(), *anchor)) return std::optional<Lease>();
    ++views_.front().users;
    return std::optional<Lease>(std::in_place, *this, views_.front());
  };
  ASSIGN_OR_RETURN(auto lease, serving());
  if (lease) return std::move(*lease);
  const std::lock_guard opening(opening_);
  ASSIGN_OR_RETURN(auto lease_now, serving());
  if (lease_now) return std::move(*lease_now);
  ASSIGN_OR_RETURN(auto store, store::Store::OpenReader(dir_, clock_));
  ++opened_;
  std::list<View> gone;  // closes the database outside the lock
  const std::lock_guard lock(mutex_);
  if (!views_.empty() && views_.front().users == 0) gone.splice(gone.end(), views_, views_.begin());
  views_.push_front(View{std::move(store), 1});
  return Lease(*this, views_.front());
}

}  // namespace skilltrail::cli::http
