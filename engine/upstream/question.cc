#include "engine/upstream/question.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "events/name.h"

namespace skilltrail::upstream {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 3986's unreserved characters stay, and '/'; the rest of the bytes become %XX.
std::string Encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (IsAlphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '~' || c == '/') {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

bool IsRepositoryPart(std::string_view part) {
  return !part.empty() && part != "." && part != ".." &&
         std::all_of(part.begin(), part.end(), [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool IsRepository(std::string_view repository) {
  const size_t slash = repository.find('/');
  return slash != std::string_view::npos && IsRepositoryPart(repository.substr(0, slash)) && IsRepositoryPart(repository.substr(slash + 1));
}

bool IsObjectId(std::string_view id) {
  return (id.size() == 40 || id.size() == 64) &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// No empty, "." or ".." component: servers and proxies fold those, and the request would become another one.
bool IsRef(std::string_view ref) {
  return CheckRelativePath(ref).ok() &&
         std::none_of(ref.begin(), ref.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::string Name(const Question& question) {
  const std::string& repository = question.repository;
  switch (question.kind) {
    case Question::Kind::kRepository:
      return fmt::format("repository {}", repository);
    case Question::Kind::kCommit:
      return question.ref.empty() ? fmt::format("the head of {}", repository) : fmt::format("commit {} of {}", question.ref, repository);
    case Question::Kind::kTree:
      return fmt::format("tree {:.12} of {}", question.ref, repository);
    case Question::Kind::kBlob:
      return fmt::format("blob {:.12} of {}", question.ref, repository);
    case Question::Kind::kTarball:
      return fmt::format("tarball {:.12} of {}", question.ref, repository);
  }
  return {};
}

Result<std::string> Path(const Question& question) {
  if (!IsRepository(question.repository))
    return Error{Code::kUsage, fmt::format("{} is no repository", Quote(question.repository)), "write it as owner/repo"};
  const std::string base = "/repos/" + Encode(question.repository);
  const bool by_id = question.kind != Question::Kind::kRepository && question.kind != Question::Kind::kCommit;
  if (by_id && !IsObjectId(question.ref)) return Error{Code::kUsage, fmt::format("{} is no git object id", Quote(question.ref)), {}};
  switch (question.kind) {
    case Question::Kind::kRepository:
      return base;
    case Question::Kind::kCommit:
      if (question.ref.empty()) return base + "/commits/HEAD";
      if (!IsRef(question.ref)) return Error{Code::kUsage, fmt::format("{} is no branch, tag or commit", Quote(question.ref)), {}};
      return base + "/commits/" + Encode(question.ref);
    case Question::Kind::kTree:
      return base + "/git/trees/" + question.ref + "?recursive=1";
    case Question::Kind::kBlob:
      return base + "/git/blobs/" + question.ref;
    case Question::Kind::kTarball:
      return base + "/tarball/" + question.ref;
  }
  return base;
}

const char* Accept(Question::Kind kind) {
  return kind == Question::Kind::kBlob ? "application/vnd.github.raw+json" : "application/vnd.github+json";
}

bool IsContent(Question::Kind kind) {
  return kind == Question::Kind::kBlob || kind == Question::Kind::kTarball;
}

}  // namespace skilltrail::upstream
