// Transcript: a session of the command line as text.
//
//   # a comment
//   $ skilltrail list           a line for the shell; "> " goes on with it
//   ARTIFACT  TAGS ...          what it must print on stdout
//   ! note: ...                 and on stderr
//   [exit 2]                    and how it must end, if not with 0
//   % set {"repo": ...}         a control verb of the GitHub server (github_site.h); the session then has one
//
// In what must be printed, a run of blanks stands for any such run, a line "..." for any lines, and <TIME> (RFC 3339), <LOCAL> (local
// time), <AGE>, <HEX>, <ID> (of a snapshot), <UUID>, <N>, <SECONDS> and <*> for what their names say. $HOME stands for the session's home.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace skilltrail::testing {

struct Step {
  size_t line = 0;  // where it stands, from 1
  std::string command;
  bool control = false;  // a "%" line
  std::vector<std::string> expected;
};

struct Transcript {
  std::vector<std::string> heading;  // what stands before the first step
  std::vector<Step> steps;
};
Transcript ParseTranscript(std::string_view text);

// A page of Markdown as a transcript: its ```console blocks, and the control verbs that stand unseen in comments of one line
// (<!-- % set {...} -->). Times, ids and digests in its output are taken as the placeholders they would be.
Transcript ParsePage(std::string_view markdown);

// True if the printed lines are what is expected.
bool Matches(const std::vector<std::string>& expected, const std::vector<std::string>& printed);
// The printed line with placeholders where it will differ tomorrow.
std::string Generalised(const std::string& line);

std::vector<std::string> Lines(std::string_view text);

}  // namespace skilltrail::testing
