#include "engine/text/merge.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/text/lines.h"

namespace skilltrail::text {
namespace {

// Fewer lines than this between two conflicts, or only lines without letters and digits, read better inside one conflict.
constexpr size_t kSeparatingLines = 4;

// A stretch of the result. The lines of ours and theirs are given for each kind; a kept one has the same on both sides or takes ours.
struct Piece {
  enum class Kind { kKept, kChangedByOurs, kChangedByTheirs, kConflict } kind = Kind::kKept;
  size_t ours_begin = 0, ours_end = 0;
  size_t theirs_begin = 0, theirs_end = 0;
};

struct Side {
  std::vector<std::string_view> lines;
  std::vector<uint32_t> numbers;
};

std::vector<uint32_t> Part(const Side& side, size_t begin, size_t end) {
  return {side.numbers.begin() + static_cast<ptrdiff_t>(begin), side.numbers.begin() + static_cast<ptrdiff_t>(end)};
}

class Merger {
 public:
  Merger(std::string_view base, std::string_view ours, std::string_view theirs) {
    LineNumbers numbers;
    for (auto [side, text] : {std::pair(&base_, base), std::pair(&ours_, ours), std::pair(&theirs_, theirs)}) {
      side->lines = SplitLines(text);
      side->numbers = numbers.Of(side->lines);
    }
  }

  Merged Merge(const MergeLabels& labels) {
    Chunk(DiffLines(base_.numbers, ours_.numbers), DiffLines(base_.numbers, theirs_.numbers));
    JoinNearConflicts();
    Merged merged;
    for (const Piece& piece : pieces_) Write(piece, labels, merged);
    merged.outcome = merged.conflicts == 0 ? Merged::Outcome::kClean : Merged::Outcome::kConflicts;
    return merged;
  }

 private:
  // Hunks of either side that overlap or touch in the base are one chunk; between chunks all three agree.
  void Chunk(const std::vector<Hunk>& ours, const std::vector<Hunk>& theirs) {
    auto our = ours.begin();
    auto their = theirs.begin();
    size_t base_at = 0, ours_at = 0, theirs_at = 0;
    while (our != ours.end() || their != theirs.end()) {
      size_t begin = SIZE_MAX;
      if (our != ours.end()) begin = our->a_begin;
      if (their != theirs.end()) begin = std::min(begin, their->a_begin);
      size_t end = begin;
      const auto our_first = our;
      const auto their_first = their;
      for (bool grew = true; grew;) {
        grew = false;
        for (; our != ours.end() && our->a_begin <= end; ++our, grew = true) end = std::max(end, our->a_end);
        for (; their != theirs.end() && their->a_begin <= end; ++their, grew = true) end = std::max(end, their->a_end);
      }
      const size_t common = begin - base_at;
      pieces_.push_back({Piece::Kind::kKept, ours_at, ours_at + common, theirs_at, theirs_at + common});
      ours_at += common;
      theirs_at += common;
      const size_t ours_end = ours_at + Length(our_first, our, end - begin);
      const size_t theirs_end = theirs_at + Length(their_first, their, end - begin);
      AddChunk(our != our_first, their != their_first, {Piece::Kind::kConflict, ours_at, ours_end, theirs_at, theirs_end});
      base_at = end;
      ours_at = ours_end;
      theirs_at = theirs_end;
    }
    pieces_.push_back({Piece::Kind::kKept, ours_at, ours_.lines.size(), theirs_at, theirs_.lines.size()});
  }

  // How long a stretch of `length` base lines is after the hunks inside it.
  static size_t Length(std::vector<Hunk>::const_iterator from, std::vector<Hunk>::const_iterator to, size_t length) {
    for (; from != to; ++from) length = length + (from->b_end - from->b_begin) - (from->a_end - from->a_begin);
    return length;
  }

  void AddChunk(bool ours_changed, bool theirs_changed, Piece piece) {
    if (!theirs_changed) {
      piece.kind = Piece::Kind::kChangedByOurs;
    } else if (!ours_changed) {
      piece.kind = Piece::Kind::kChangedByTheirs;
    } else if (piece.ours_begin != piece.ours_end && piece.theirs_begin != piece.theirs_end) {
      return Narrow(piece);
    } else if (piece.ours_begin == piece.ours_end && piece.theirs_begin == piece.theirs_end) {
      piece.kind = Piece::Kind::kKept;
    }
    pieces_.push_back(piece);
  }

  // The lines that both sides have in common leave the conflict; where all are, there is none.
  void Narrow(const Piece& conflict) {
    size_t ours_at = conflict.ours_begin, theirs_at = conflict.theirs_begin;
    const auto hunks =
        DiffLines(Part(ours_, conflict.ours_begin, conflict.ours_end), Part(theirs_, conflict.theirs_begin, conflict.theirs_end));
    for (const Hunk& hunk : hunks) {
      const size_t ours_begin = conflict.ours_begin + hunk.a_begin, theirs_begin = conflict.theirs_begin + hunk.b_begin;
      pieces_.push_back({Piece::Kind::kKept, ours_at, ours_begin, theirs_at, theirs_begin});
      ours_at = conflict.ours_begin + hunk.a_end;
      theirs_at = conflict.theirs_begin + hunk.b_end;
      pieces_.push_back({Piece::Kind::kConflict, ours_begin, ours_at, theirs_begin, theirs_at});
    }
    pieces_.push_back({Piece::Kind::kKept, ours_at, conflict.ours_end, theirs_at, conflict.theirs_end});
  }

  void JoinNearConflicts() {
    std::vector<Piece> joined;
    size_t last = SIZE_MAX;  // the conflict in `joined` after which only kept lines came
    for (const Piece& piece : pieces_) {
      if (piece.kind == Piece::Kind::kConflict && last != SIZE_MAX && !Separates(joined[last].ours_end, piece.ours_begin)) {
        joined.resize(last + 1);
        joined[last].ours_end = piece.ours_end;
        joined[last].theirs_end = piece.theirs_end;
        continue;
      }
      joined.push_back(piece);
      if (piece.kind == Piece::Kind::kConflict) last = joined.size() - 1;
      if (piece.kind == Piece::Kind::kChangedByOurs || piece.kind == Piece::Kind::kChangedByTheirs) last = SIZE_MAX;
    }
    pieces_ = std::move(joined);
  }

  bool Separates(size_t ours_begin, size_t ours_end) const {
    if (ours_end - ours_begin < kSeparatingLines) return false;
    return std::any_of(
        ours_.lines.begin() + static_cast<ptrdiff_t>(ours_begin), ours_.lines.begin() + static_cast<ptrdiff_t>(ours_end),
        [](std::string_view line) { return std::any_of(line.begin(), line.end(), [](unsigned char c) { return std::isalnum(c) != 0; }); });
  }

  void Write(const Piece& piece, const MergeLabels& labels, Merged& merged) const {
    if (piece.kind != Piece::Kind::kConflict) {
      const bool theirs = piece.kind == Piece::Kind::kChangedByTheirs;
      theirs ? Copy(theirs_, piece.theirs_begin, piece.theirs_end, merged.text)
             : Copy(ours_, piece.ours_begin, piece.ours_end, merged.text);
      return;
    }
    ++merged.conflicts;
    Mark("<<<<<<< " + labels.ours, merged.text);
    Copy(ours_, piece.ours_begin, piece.ours_end, merged.text);
    Mark("=======", merged.text);
    Copy(theirs_, piece.theirs_begin, piece.theirs_end, merged.text);
    Mark(">>>>>>> " + labels.theirs, merged.text);
  }

  static void Copy(const Side& side, size_t begin, size_t end, std::string& out) {
    for (size_t i = begin; i < end; ++i) out += side.lines[i];
  }

  // On a line of its own, with the line ending of ours.
  void Mark(const std::string& marker, std::string& out) const {
    const std::string_view line_end = !ours_.lines.empty() && ours_.lines.front().ends_with("\r\n") ? "\r\n" : "\n";
    if (!out.empty() && !out.ends_with('\n')) out += line_end;
    out += marker;
    out += line_end;
  }

  Side base_, ours_, theirs_;
  std::vector<Piece> pieces_;
};

}  // namespace

Merged MergeText(std::string_view base, std::string_view ours, std::string_view theirs, const MergeLabels& labels) {
  if (ours == theirs || theirs == base) return {Merged::Outcome::kClean, std::string(ours), 0};
  if (ours == base) return {Merged::Outcome::kClean, std::string(theirs), 0};
  for (const std::string_view text : {base, ours, theirs}) {
    if (!IsText(text)) return {Merged::Outcome::kNotText, {}, 0};
    if (!FitsLimits(text)) return {Merged::Outcome::kTooLarge, {}, 0};
  }
  return Merger(base, ours, theirs).Merge(labels);
}

}  // namespace skilltrail::text
