// The command table: what each command is called, takes and answers. Parsing, help, completion and the man page are all made from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "events/result.h"

namespace skilltrail::cli {

struct Invocation;

// What a shell completes in a place that has no fixed choices. Those from kArtifact on it asks the program for (completion.h).
enum class Completes { kNothing, kDirectory, kFile, kArtifact, kCollection, kEventType, kTag, kPoint, kRun, kSnapshot };

struct Positional {
  std::string name;  // "ARTIFACT"
  std::string help;
  bool required = true;
  bool many = false;
  std::vector<std::string> choices = {};  // empty: anything
  Completes completes = Completes::kNothing;
};

struct Option {
  enum class Arity {
    kFlag,
    kOne,       // the last one given counts
    kList,      // one comma-separated value; given again, it adds
    kRepeated,  // a value each time
  };
  std::string name;  // long form, without dashes
  char letter = 0;   // short form; 0: none
  Arity arity = Arity::kFlag;
  std::string metavar = {};  // empty for a flag
  std::string help = {};
  std::vector<std::string> choices = {};
  Completes completes = Completes::kNothing;
  bool hidden = false;  // not in help and completion
};

struct Example {
  std::string line;  // without "skilltrail"
  std::string does;
};

enum class Use {
  kNoStore,  // needs no store
  kReads,    // may be ended at any moment
  kWrites,   // an interrupt ends it at the next safe place
};

struct Command {
  std::string path;     // "snapshot create"
  std::string summary;  // one line, no full stop
  std::vector<Positional> positionals = {};
  std::vector<Option> options = {};
  std::vector<Example> examples = {};  // two
  std::vector<int> exit_codes = {};    // beside 0, 1 and 2
  Use use = Use::kReads;
  bool takes_at = false;  // --at applies
  bool hidden = false;    // not in help and completion; for programs
  // The exit code, or an error that says its own.
  Result<int> (*run)(Invocation&) = nullptr;
};

// The first word of commands that have two.
struct Group {
  std::string name;
  std::string summary;
};

// In the order of the overview.
const std::vector<Command>& Commands();
const std::vector<Group>& Groups();
// They stand before or after the command.
const std::vector<Option>& GlobalOptions();

const Command* FindCommand(std::string_view path);
const Group* FindGroup(std::string_view name);

// Options that several commands share.
Option MessageOption();
Option DryRunOption();
Option ProjectOption(std::string help);
Option ProfileOption(std::string help);
Option TokenFileOption();

}  // namespace skilltrail::cli
