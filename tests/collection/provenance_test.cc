#include "engine/collection/provenance.h"

#include "tests/support/temp_dir.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

using testing::TempDir;
using testing::WriteFile;

constexpr const char* kPlain =
    "---\nname: pdf\ndescription: Reads.\nmetadata:\n  version: 1.0.0\nallowed-tools: [Read, Write]\n---\n\n# PDF\nbody\n";
// As GitHub's command line writes it: keys sorted, four spaces, the blank line gone.
constexpr const char* kInstalled =
    "---\nallowed-tools:\n    - Read\n    - Write\ndescription: Reads.\nmetadata:\n    github-path: skills/pdf\n    github-pinned: v1\n"
    "    github-ref: refs/tags/v1\n    github-repo: https://github.com/acme/skills\n"
    "    github-tree-sha: 7a8633b2cf8d7f4a0ee055cfc53e9821a26be2dd\n    version: 1.0.0\nname: pdf\n---\n# PDF\nbody\n";

Content Skill(const std::string& text) {
  return {false, {{"SKILL.md", false, text}, {"run.sh", true, "run\n"}}};
}

std::string SourceOf(const std::string& metadata) {
  const auto found = StatedProvenance(ArtifactType::kSkill, Skill("---\nname: x\nmetadata:\n" + metadata + "---\nbody\n"));
  return found ? found->source + " " + found->version_spec : "nothing";
}

TEST_CASE("keys that an installer wrote into SKILL.md are no difference, however it laid the front matter out") {
  REQUIRE(SameButProvenance(ArtifactType::kSkill, Skill(kPlain), Skill(kInstalled)));
  Content executable = Skill(kInstalled);
  REQUIRE(WithoutProvenance(kPlain) == WithoutProvenance(kInstalled));
  executable.files[1].bytes = "other\n";
  REQUIRE(!SameButProvenance(ArtifactType::kSkill, Skill(kPlain), executable));
}

TEST_CASE("anything else that differs in the same file is a difference") {
  const std::string installed = kInstalled;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = installed;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const auto& other :
       {with("Reads.", "Writes."), with("- Write", "- Bash"), with("body", "Body"), with("version: 1.0.0", "version: 1.0"),
        with("name: pdf", "name: pdf\nmodel: opus"), with("# PDF\n", "# PDF\n\n")}) {
    INFO(other);
    REQUIRE(!SameButProvenance(ArtifactType::kSkill, Skill(kPlain), Skill(other)));
  }
}

TEST_CASE("a front matter that is no plain YAML is compared as it is written") {
  const std::string anchor = "---\na: &x 1\nb: *x\nmetadata:\n  github-repo: https://github.com/a/b\n---\nbody\n";
  REQUIRE(WithoutProvenance(anchor) == anchor);
  REQUIRE(WithoutProvenance("no front matter\n") == "no front matter\n");
  std::string deep = "---\nk: ";
  deep.append(5000, '[');
  REQUIRE(WithoutProvenance(deep + "\n---\n") == deep + "\n---\n");
}

TEST_CASE("the metadata of GitHub's command line says where a skill came from") {
  const auto found = StatedProvenance(ArtifactType::kSkill, Skill(kInstalled));
  REQUIRE(found);
  REQUIRE(found->source == "acme/skills/skills/pdf@v1");
  REQUIRE(found->version_spec == "v1");
  const std::string repo = "  github-repo: https://github.com/acme/skills\n  github-path: skills/pdf\n";
  REQUIRE(SourceOf(repo + "  github-ref: refs/heads/next\n") == "acme/skills/skills/pdf@next next");
  REQUIRE(SourceOf(repo + "  github-ref: refs/tags/v9\n") == "acme/skills/skills/pdf latest");
  REQUIRE(SourceOf("  github-repo: https://github.com/acme/skills\n  github-path: SKILL.md\n") == "acme/skills latest");
}

TEST_CASE("metadata that makes no source says nothing") {
  REQUIRE(SourceOf("  github-repo: https://evil.example/acme/skills\n") == "nothing");
  REQUIRE(SourceOf("  github-repo: [a]\n") == "nothing");
  REQUIRE(SourceOf("  github-repo: https://github.com/acme/skills\n  github-path: ../../etc\n") == "nothing");
  REQUIRE(SourceOf("  other: 1\n") == "nothing");
}

TEST_CASE("a skills-lock.json above the skills says where they came from, and whether they were edited since") {
  TempDir dir;
  const Content skill = Skill("text\n");
  Hasher hasher;
  for (const auto& file : skill.files) {
    hasher.Update(file.path);
    hasher.Update(file.bytes);
  }
  const std::string hash = hasher.Finish().hex();
  WriteFile(dir / "skills-lock.json", R"({"version": 1, "skills": {
    "pdf": {"source": "acme/skills", "ref": "main", "sourceType": "github", "skillPath": "skills/pdf/SKILL.md", "computedHash": ")" +
                                          hash + R"("},
    "loc": {"source": "/home/me/x", "sourceType": "local", "computedHash": "00"}, "odd": 7}})");
  const auto locked = ReadSkillsLock(dir.path() / ".claude/skills");
  REQUIRE(locked.size() == 1);
  std::vector<std::string> notes;
  const auto found = ProvenanceOf({ArtifactType::kSkill, "pdf"}, skill, locked, notes);
  REQUIRE(found);
  REQUIRE(found->source == "acme/skills/skills/pdf@main");
  REQUIRE(notes.empty());
  REQUIRE(ProvenanceOf({ArtifactType::kSkill, "pdf"}, Skill("edited\n"), locked, notes));
  REQUIRE(notes.size() == 1);
  REQUIRE(!ProvenanceOf({ArtifactType::kCommand, "pdf"}, skill, locked, notes));
}

TEST_CASE("a skills-lock.json that is none says nothing") {
  TempDir dir;
  for (const char* text : {"", "[]", "{\"skills\": []}", "<<<<<<< ours\n{}\n", "{\"skills\": {\"a\": {\"sourceType\": \"github\"}}}"}) {
    WriteFile(dir / "skills-lock.json", text);
    REQUIRE(ReadSkillsLock(dir.path()).empty());
  }
  // Deeper than a stack has frames.
  for (const size_t levels : {size_t{40}, size_t{4} << 20}) {
    WriteFile(dir / "skills-lock.json", "{\"skills\": " + std::string(levels - 20, '[') + std::string(levels - 20, ']') + "}");
    REQUIRE(ReadSkillsLock(dir.path()).empty());
  }
}

}  // namespace
}  // namespace skilltrail::collection
