// What the tests of the collection room share: contents written down in short, a blob store in a temporary directory.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/collection/capture.h"
#include "engine/collection/content.h"
#include "engine/store/blob_store.h"
#include "engine/store/database.h"
#include "tests/support/temp_dir.h"

namespace skilltrail::collection {

// A directory with these files. A path that ends in '*' is executable.
inline Content DirectoryOf(std::initializer_list<std::pair<const char*, std::string>> files) {
  Content content;
  for (const auto& [path, bytes] : files) {
    File file{path, false, bytes};
    if (file.path.ends_with('*')) {
      file.path.pop_back();
      file.executable = true;
    }
    content.files.push_back(std::move(file));
  }
  SortFiles(content);
  return content;
}

inline Content FileOf(std::string name, std::string bytes) {
  Content content;
  content.single_file = true;
  content.files.push_back({std::move(name), false, std::move(bytes)});
  return content;
}

// The value, or an exception with the error's message: for what a test needs and is not about.
template <class T>
T Require(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}
inline void Require(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error().message);
}

// A directory to work in, and blobs beside it.
class Fixture {
 public:
  Fixture() : database_(Require(store::Database::Create(store_.path(), {}))), blobs_(*database_) {}

  store::BlobStore& blobs() { return blobs_; }
  std::filesystem::path operator/(std::string_view name) const { return dir_ / name; }
  const std::filesystem::path& path() const { return dir_.path(); }
  Version Keep(const Content& content) { return Require(collection::Keep(content, blobs_)); }

 private:
  testing::TempDir dir_;
  testing::TempDir store_;
  std::unique_ptr<store::Database> database_;
  store::BlobStore blobs_;
};

}  // namespace skilltrail::collection
