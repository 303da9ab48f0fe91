#include "engine/upkeep/events_reader.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/upkeep/base64.h"
#include "events/name.h"

namespace skilltrail::upkeep {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxLineBytes = 384u << 20;  // the largest content in Base64, and what stands around it
constexpr size_t kChunkBytes = 1u << 16;

// These throw, as the JSON library around them does; Next catches.
Digest DigestIn(const std::string& hex) {
  const auto digest = DigestFromHex(hex);
  if (!digest) throw std::runtime_error("a digest is not 64 hex digits");
  return *digest;
}
std::string BytesIn(const std::string& text) {
  auto bytes = DecodeBase64(text);
  if (!bytes) throw std::runtime_error("what should be Base64 is not");
  return std::move(*bytes);
}
Micros TimeIn(const std::string& text) {
  const auto time = ParseTime(text);
  if (!time) throw std::runtime_error("a time is not RFC 3339");
  return *time;
}

}  // namespace

Result<EventsReader> EventsReader::Open(const fs::path& path) {
  EventsReader reader(path);
  reader.file_.reset(std::fopen(path.c_str(), "rbe"));
  if (!reader.file_) {
    return Error{errno == ENOENT ? Code::kNotFound : Code::kFailed, fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)),
                 ""};
  }
  return reader;
}

Result<bool> EventsReader::Next(std::optional<FileHeader>& header, std::optional<FileBlob>& blob, std::optional<FileEvent>& event) {
  header.reset();
  blob.reset();
  event.reset();
  ASSIGN_OR_RETURN(const bool more, ReadLine());
  if (!more) return false;
  try {
    const auto json = nlohmann::json::parse(line_);
    const auto kind = json.at("kind").get<std::string>();
    if (kind == "log") {
      header.emplace();
      if (json.at("format").get<uint64_t>() != 1) return Fault("it is of a format that this program does not know");
      header->events = json.at("events").get<Seq>();
      if (header->events > 0) header->hash = DigestIn(json.at("head").at("hash").get<std::string>());
    } else if (kind == "blob") {
      blob = FileBlob{DigestIn(json.at("digest").get<std::string>()), BytesIn(json.at("content").get_ref<const std::string&>())};
      if (Sha256(blob->content) != blob->digest) return Fault("the content has another digest");
    } else if (kind == "event") {
      const std::string bytes = BytesIn(json.at("bytes").get_ref<const std::string&>());
      event = FileEvent{json.at("seq").get<Seq>(),
                        TimeIn(json.at("logged_at").get<std::string>()),
                        DigestIn(json.at("prev_hash").get<std::string>()),
                        DigestIn(json.at("hash").get<std::string>()),
                        {bytes.begin(), bytes.end()},
                        line_};
      if (Status whole = VerifyEventBytes(event->bytes); !whole.ok()) return Fault(whole.error().message);
    } else {
      return Fault(fmt::format("unknown kind {}", Quote(kind)));
    }
  } catch (const nlohmann::json::parse_error&) {
    return Fault("it is not JSON");
  } catch (const nlohmann::json::exception&) {
    return Fault("a key is missing, or holds another kind of value");
  } catch (const std::exception& fault) {
    return Fault(fault.what());
  }
  return true;
}

Error EventsReader::Fault(const std::string& why) const {
  return {Code::kCorrupt, fmt::format("{} line {}: {}", path_.string(), number_, why),
          "it is no file of skilltrail events export, or was changed"};
}

Result<bool> EventsReader::ReadLine() {
  line_.clear();
  std::vector<char> chunk(kChunkBytes);
  ++number_;
  while (std::fgets(chunk.data(), kChunkBytes, file_.get()) != nullptr) {
    line_ += chunk.data();
    if (line_.ends_with('\n')) {
      line_.pop_back();
      return true;
    }
    if (line_.size() > kMaxLineBytes) return Fault("the line is too long");
  }
  if (std::ferror(file_.get()) != 0) return Error{Code::kFailed, fmt::format("cannot read {}", path_.string()), ""};
  if (!line_.empty()) return Fault("it ends in the middle of a line");
  return false;
}

}  // namespace skilltrail::upkeep
