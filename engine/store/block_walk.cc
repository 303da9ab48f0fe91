#include "engine/store/block_walk.h"

#include <fmt/format.h>

#include <utility>

#include "engine/store/keys.h"

namespace skilltrail::store {

Status BlockWalk::Load(Seq block, Segment& out) {
  const Seq from = std::exchange(at_, 0);
  const auto damaged = [&](std::string_view why) {
    return Error{Code::kCorrupt, fmt::format("the log is damaged: events {} to {} {}", block, block + block_events_ - 1, why),
                 "skilltrail verify finds what is whole; skilltrail salvage brings it over"};
  };
  if (from != 0 && block == from + block_events_) {
    cursor_.Next();
  } else if (from != 0 && block + block_events_ == from) {
    cursor_.Prev();
  } else {
    cursor_.Seek(SeqKey(block));
  }
  if (Status read = cursor_.status(); !read.ok()) return damaged("cannot be read: " + read.error().message);
  if (!cursor_.valid() || cursor_.key() != SeqKey(block)) return damaged("are missing");
  RETURN_IF_ERROR(out.Parse(block, cursor_.value()));
  if (out.size() != block_events_) return damaged(fmt::format("are {} events", out.size()));
  at_ = block;
  return {};
}

}  // namespace skilltrail::store
