#include <string>

#include "engine/manifest/toml_parse.h"
#include "engine/manifest/toml_write.h"
#include "tests/manifest/golden.h"

#include <catch2/catch.hpp>

namespace skilltrail::manifest {
namespace {

std::string Rewritten(std::string_view toml) {
  auto table = ParseToml(toml, "t.toml");
  if (!table.ok()) return table.error().message;
  return WriteToml(*table);
}

std::string Repeated(std::string_view text, size_t times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

TEST_CASE("a file in the peer's layout comes back byte for byte") {
  REQUIRE(Rewritten(kGoldenManifest) == kGoldenManifest);
  REQUIRE(Rewritten(kGoldenLock) == kGoldenLock);
  REQUIRE(Rewritten("snapshots = []\n") == "snapshots = []\n");
  REQUIRE(Rewritten("") == "");
}

TEST_CASE("keys keep the order of their first mention, not the alphabet's") {
  REQUIRE(Rewritten("z = 1\na = 2\nm = 3\n") == "z = 1\na = 2\nm = 3\n");
  REQUIRE(Rewritten("[z]\nx = 1\n[a]\ny = 2\n[z.b]\n[z.a]\n") == "[z]\nx = 1\n\n[z.b]\n\n[z.a]\n\n[a]\ny = 2\n");
  REQUIRE(Rewritten("[z.q]\nx = 1\n[b]\n[z]\nw = 1\n") == "[z]\nw = 1\n\n[z.q]\nx = 1\n\n[b]\n");
  REQUIRE(Rewritten("p = {z.y = 1, b = 2, z.a = 3}\n") == "[p]\nb = 2\n\n[p.z]\ny = 1\na = 3\n");
}

TEST_CASE("a layout of a person becomes the peer's") {
  REQUIRE(Rewritten("# c\na=[1,2] # d\nb='''x\ny'''\nc=0x10\n\"d e\".f=true\nt=1979-05-27T07:32:00Z\nu=1979-05-27 00:32:00.5-07:30\n") ==
          "a = [\n    1,\n    2,\n]\nb = \"x\\ny\"\nc = 16\nt = 1979-05-27 07:32:00+00:00\nu = 1979-05-27 00:32:00.500000-07:30\n"
          "\n[\"d e\"]\nf = true\n");
}

TEST_CASE("tables in an array stand in lines of their own only if one does not fit in 100 columns") {
  // 4 of indent, `{ name = "…" }` and a comma: 83 letters make 100 columns.
  const std::string fits = "a = [\n    { name = \"" + std::string(82, 'x') + "\" },\n]\n";
  REQUIRE(fits.find(",\n]") - fits.find("    {") + 1 == 100);
  REQUIRE(Rewritten(fits) == fits);
  const std::string wide = "a = [\n    { name = \"" + Repeated("é", 82) + "\" },\n]\n";
  REQUIRE(Rewritten(wide) == wide);
  const std::string long_name = std::string(83, 'x');
  REQUIRE(Rewritten("a = [{name = \"" + long_name + "\"}, {name = \"b\"}]\n") ==
          "[[a]]\nname = \"" + long_name + "\"\n\n[[a]]\nname = \"b\"\n");
  REQUIRE(Rewritten("a = [{b = [1]}, {}]\n") == "[[a]]\nb = [\n    1,\n]\n\n[[a]]\n");
  REQUIRE(Rewritten("a = [1, {b = [2]}]\n") == "a = [\n    1,\n    { b = [\n    2,\n] },\n]\n");
}

TEST_CASE("floats are written as Python writes them") {
  REQUIRE(
      Rewritten(
          "a = 1.0\nb = 1e16\nc = 9999999999999998.0\nd = 0.0001\ne = 0.00001\nf = -0.0\ng = 5e-324\nh = 1.5e300\ni = nan\nj = -inf\n") ==
      "a = 1.0\nb = 1e+16\nc = 9999999999999998.0\nd = 0.0001\ne = 1e-05\nf = -0.0\ng = 5e-324\nh = 1.5e+300\ni = nan\nj = -inf\n");
}

TEST_CASE("what is written for the deepest document is read again") {
  const std::string deep = "a = " + std::string(60, '[') + "1.5" + std::string(60, ']') + "\n";
  const std::string once = Rewritten(deep);
  REQUIRE(Rewritten(once) == once);
  const std::string tables = "[" + Repeated("a.", 30) + "a]\n" + Repeated("b.", 30) + "b = {c = [[1.5]]}\n";
  const std::string again = Rewritten(tables);
  REQUIRE(again.starts_with("[a.a"));
  REQUIRE(Rewritten(again) == again);
}

TEST_CASE("text nested without bound is an error with its line, not a crash") {
  const size_t many = 300'000;
  for (const std::string& bad :
       {"x = 1\n[" + Repeated("a.", many) + "a]\n", "x = 1\n" + Repeated("a.", many) + "a = 1\n", "x = 1\ny = " + std::string(many, '['),
        "x = 1\ny = " + Repeated("{a=", many), "x = 1\ny = " + Repeated("{a.a.a.a=", many),
        "x = 1\ny = '''\n''''' + " + std::string(many, '['), "x = 1\n[" + Repeated("\"a\".", many) + "a]\n"}) {
    const std::string fault = Rewritten(bad);
    INFO(fault.substr(0, 200));
    REQUIRE((fault.starts_with("t.toml:2: nested deeper") || fault.starts_with("t.toml:3: nested deeper")));
  }
  // Each line within bounds, their sum not.
  REQUIRE(Rewritten("[" + Repeated("a.", 60) + "a]\n" + Repeated("b.", 60) + "b = 1\n").starts_with("t.toml:"));
}

TEST_CASE("dots and brackets inside strings and comments nest nothing") {
  const std::string noise = std::string(500, '[') + std::string(500, '.');
  REQUIRE(Rewritten("a = \"" + noise + "\\\"" + noise + "\" # " + noise + "\nb = '''" + noise + "\n'" + noise + "''''\nc = '" + noise +
                    "'\nd = \"\"\"\"" + noise + "\\\"\"\"\"\"\n")
              .starts_with("a = \"[["));
}

TEST_CASE("broken text names file, line and fault") {
  REQUIRE(Rewritten("a = 1\nb = \n").starts_with("t.toml:2: "));
  REQUIRE(Rewritten("a = 1\na = 2\n").starts_with("t.toml:2: "));
  REQUIRE(Rewritten("a = 99999999999999999999\n").starts_with("t.toml:1: "));
  REQUIRE(Rewritten("a = 1\nb = \"\xff\xfe\"\n").starts_with("t.toml:"));
  REQUIRE(Rewritten(std::string("a = 1\nb = \"\0\"\n", 13)).starts_with("t.toml:2: "));
  REQUIRE(Rewritten("a = \"\xed\xa0\x80\"\n").starts_with("t.toml:1: "));
  REQUIRE(Rewritten("a = \"open").starts_with("t.toml:1: "));
}

TEST_CASE("a string of ten megabytes comes back") {
  const std::string big = "a = \"" + std::string(10 << 20, 'x') + "\"\n";
  REQUIRE(Rewritten(big) == big);
}

TEST_CASE("every prefix of a file is read or refused, nothing else") {
  const std::string whole(kGoldenManifest);
  for (size_t size = 0; size < whole.size(); size += 3) {
    const std::string text = Rewritten(whole.substr(0, size));
    if (!text.starts_with("t.toml")) REQUIRE(Rewritten(text) == text);
  }
}

TEST_CASE("a new key goes where the peer would have put it") {
  constexpr std::string_view kOrder[] = {"one", "two", "three"};
  auto table = ParseToml("three = 3\nown = 9\n", "t.toml");
  table->Set("two", Text("2"), kOrder);
  table->Set("one", Text("1"), kOrder);
  table->Set("four", Text("4"), kOrder);
  table->Set("own", Text("8"), kOrder);
  REQUIRE(WriteToml(*table) == "one = \"1\"\ntwo = \"2\"\nthree = 3\nown = \"8\"\nfour = \"4\"\n");
}

}  // namespace
}  // namespace skilltrail::manifest
