#include "engine/collection/content.h"

#include <sys/stat.h>

#include <algorithm>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tests/collection/collection_fixture.h"

#include <catch2/catch.hpp>

namespace skilltrail::collection {
namespace {

struct Vector {
  const char* name;
  Content content;
  const char* hash;
  const char* deployed;  // hash of the peer's deployed copy
};

std::vector<Vector> Vectors() {
  using namespace std::string_literals;
  return {
      {"V1", DirectoryOf({{"SKILL.md", "hello\n"}}), "32558c601120f0fa81b3c4745f32d8dee5187a5a96fe7b28ff70fb3d7a032933",
       "32558c601120f0fa81b3c4745f32d8dee5187a5a96fe7b28ff70fb3d7a032933"},
      {"V2", DirectoryOf({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"V3", DirectoryOf({{"SKILL.md", "a\n"}, {"README.md", "b\n"}}), "e5e98288c843116247c5a4dc45a57a436125f7ea85a8b8f7474428c8dae51966",
       "e5e98288c843116247c5a4dc45a57a436125f7ea85a8b8f7474428c8dae51966"},
      {"V4", DirectoryOf({{"SKILL.md", "s\n"}, {"scripts/run.py", "print(1)\n"}, {"references/a.md", "A\n"}}),
       "8769be90aea354eb513964e509fbd68cc3847eca2c0ea72b204acbe445bad3bd",
       "8769be90aea354eb513964e509fbd68cc3847eca2c0ea72b204acbe445bad3bd"},
      {"V5", DirectoryOf({{"a.txt", "2"}, {"a-b", "3"}, {"a/z", "1"}}), "b29f5a272667e02b7b437ce554fec42d89c43ba7166f6ad264cef85fd8dede58",
       "b29f5a272667e02b7b437ce554fec42d89c43ba7166f6ad264cef85fd8dede58"},
      {"V6", DirectoryOf({{"SKILL.md", "x\r\ny\r\n"}}), "09163907d1e8cfc741ea4414d63465453c0592289997fbfc3fe48df89917d1ad",
       "09163907d1e8cfc741ea4414d63465453c0592289997fbfc3fe48df89917d1ad"},
      {"V7", DirectoryOf({{"SKILL.md", "s"}, {".hidden", "h"}, {".gitignore", "*.pyc\n"}, {"__pycache__/m.pyc", "\x00\x01"s}}),
       "50011400fcc4b61e0e727701bafa988dd44447f485cee2de333c59f07f044969",
       "29397edf82ed5f5c455cae62e0ec10f5f171ec6e78e7bb607427f60241ce3578"},
      {"V8", DirectoryOf({{"\xc3\xa9.md", "\xc3\xa9\n"}}), "024885a8b2fbe4118cb1248a9b110db95ed7635b1858e4004d6bb08598db5d86",
       "024885a8b2fbe4118cb1248a9b110db95ed7635b1858e4004d6bb08598db5d86"},
  };
}

bool Kept(std::string_view path) {
  return !PeerDropsOnDeploy(path);
}

std::string OutputOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string output;
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe.get()) != nullptr) output += buffer;
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

void WriteContent(const std::filesystem::path& dir, const Content& content) {
  for (const auto& file : content.files) {
    testing::WriteFile(dir / file.path, file.bytes);
    if (file.executable) ::chmod((dir / file.path).c_str(), 0755);
  }
}

TEST_CASE("the content hash is SkillMeat's, for the whole tree and for its deployed copy") {
  for (const auto& vector : Vectors()) {
    INFO(vector.name);
    REQUIRE(ContentHash(vector.content) == vector.hash);
    REQUIRE(Describe(vector.content).content_hash == vector.hash);
    REQUIRE(ContentHash(vector.content, Kept) == vector.deployed);
  }
}

TEST_CASE("the content hash of files on disk is SkillMeat's") {
  for (const auto& vector : Vectors()) {
    INFO(vector.name);
    testing::TempDir dir;
    std::filesystem::create_directory(dir / "artifact");
    WriteContent(dir / "artifact", vector.content);
    const Content read = Require(ReadContent(dir / "artifact"));
    REQUIRE(ContentHash(read) == vector.hash);
    REQUIRE(Describe(read).tree_digest == Describe(vector.content).tree_digest);
  }
}

TEST_CASE("a single file's hash is that of its bytes, whatever it is called") {
  const Content content = FileOf("venv", "x");
  REQUIRE(ContentHash(content) == Sha256("x").hex());
  REQUIRE(ContentHash(content, Kept) == Sha256("x").hex());
  const Version version = Describe(content);
  REQUIRE(version.git_tree == GitBlobId("x"));
  REQUIRE(version.tree.entries.size() == 1);
  REQUIRE(version.tree.entries[0].path == "venv");
}

TEST_CASE("files given out of order make the same version") {
  Content content = DirectoryOf({{"a/z", "1"}, {"a-b", "2"}, {"a.txt", "3"}});
  const Version sorted = Describe(content);
  std::reverse(content.files.begin(), content.files.end());
  const Version version = Describe(content);
  REQUIRE(version.tree_digest == sorted.tree_digest);
  REQUIRE(version.content_hash == sorted.content_hash);
  REQUIRE(version.git_tree == sorted.git_tree);
}

TEST_CASE("the deploy copy rule looks at every part of the path") {
  for (const char* path : {".git/config", "a/.github/x", ".gitignore", "b/.gitignore", "__pycache__/m", "a/m.pyc", "m.pyo", ".pyc",
                           "node_modules/a/b", ".venv/x", "venv/x", "p.egg-info/PKG", ".DS_Store", "a/Thumbs.db"}) {
    INFO(path);
    REQUIRE(PeerDropsOnDeploy(path));
  }
  for (const char* path : {"SKILL.md", ".hidden", "a.pyc.txt", "git", "venv2/x", "environment", ".gitattributes", "thumbs.db"}) {
    INFO(path);
    REQUIRE_FALSE(PeerDropsOnDeploy(path));
  }
}

TEST_CASE("git trees have the ids that git gives them") {
  const Content content = DirectoryOf({{"a", ""},
                                       {"a.b", "1"},
                                       {"a-b", "2"},
                                       {"b/c", "3"},
                                       {"b/d/e/f", "4"},
                                       {"b.c/x", "5"},
                                       {"b-c/x", "5"},
                                       {"b0", "6"},
                                       {"run.sh*", "#!/bin/sh\n"},
                                       {"b/run*", "x"},
                                       {"\xc3\xa9/\xc3\xa9.md", "y"},
                                       {"with space/and 'quote'", "z"},
                                       {"SKILL.md", std::string(100'000, 'k')}});
  testing::TempDir dir;
  WriteContent(dir.path(), content);
  const std::string git =
      "cd '" + dir.path().string() + "' && export GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent && git -c init.defaultBranch=m init -q . && ";
  REQUIRE(OutputOf(git + "git -c core.autocrlf=false -c core.fileMode=true add -A && git write-tree") == Describe(content).git_tree);
  REQUIRE(OutputOf("git hash-object '" + (dir / "SKILL.md").string() + "'") ==
          Describe(FileOf("SKILL.md", std::string(100'000, 'k'))).git_tree);
  // Git's own directory was made there by the way, and is no content.
  REQUIRE(Describe(Require(ReadContent(dir.path()))).git_tree == Describe(content).git_tree);
}

TEST_CASE("an empty directory has git's id of the empty tree") {
  REQUIRE(Describe(Content{}).git_tree == "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

}  // namespace
}  // namespace skilltrail::collection
