// JsonText: a JSON object or array as text, taken apart into its items so that some can change and every byte of the others stays: a
// person's order, numbers, blanks and line breaks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "events/result.h"

namespace skilltrail::deploy {

// A JSON object of at most 64 levels, its members in order. kFailed with the parser's words, or naming a member that is there twice. Blank
// text is the empty object.
Result<nlohmann::ordered_json> ParseJsonObject(std::string_view text);

struct JsonItem {
  std::string lead;  // blanks in front of it
  std::string key;   // as it is written, quotation marks and colon included; empty in an array
  std::string text;  // the value
  std::string trail;
};

// How a document is laid out.
struct JsonLayout {
  bool lines = true;  // an item a line
  std::string indent = "  ";
  std::string line_break = "\n";
};

class JsonText {
 public:
  // Of text that is known to be a JSON object or array, with blanks around it. Blank text is an empty object and ends in a line break.
  static JsonText Split(std::string_view text);
  // An empty one, to stand in a document.
  static JsonText Empty(char open);

  std::string Join() const;
  // The document's layout, as its first item shows it; the usual one where there is none.
  JsonLayout Layout() const;
  static std::string NameOf(const JsonItem& item);
  // The last item of that name; null if there is none.
  JsonItem* Find(std::string_view name);
  void Erase(std::string_view name);

  // An item at the end, led by what leads the others. `depth`: of this container in its document, 0 for the document itself; `name`:
  // empty in an array.
  void Append(std::string_view name, std::string text, const JsonLayout& layout, int depth);

  std::vector<JsonItem> items;

 private:
  std::string before_, tail_, after_;
  char open_ = '{';
};

// The value as the text of an item of a container at that depth.
std::string JsonValueText(const nlohmann::ordered_json& value, const JsonLayout& layout, int depth);

}  // namespace skilltrail::deploy
