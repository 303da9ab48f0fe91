#include "cli/http/file_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

namespace skilltrail::cli::http {
namespace {

constexpr size_t kPieceBytes = 256u << 10;

Error CannotUse(const std::filesystem::path& path) {
  return {Code::kFailed, fmt::format("cannot use {}: {}", path.string(), std::generic_category().message(errno)), {}};
}

class FileSource final : public BodySource {
 public:
  explicit FileSource(int fd) : fd_(fd) {}
  ~FileSource() override { ::close(fd_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  Result<Piece> Next() override {
    Piece piece{Piece::Then::kMore, std::string(kPieceBytes, '\0')};
    ssize_t got = 0;
    do {
      got = ::read(fd_, piece.bytes.data(), piece.bytes.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return CannotUse("the file that is being sent");
    piece.bytes.resize(static_cast<size_t>(got));
    if (got == 0) piece.then = Piece::Then::kEnd;
    return piece;
  }

 private:
  const int fd_;
};

}  // namespace

Result<ScratchDirectory> ScratchDirectory::Make() {
  std::error_code failed;
  std::filesystem::path parent = std::filesystem::temp_directory_path(failed);
  if (failed) parent = "/tmp";
  std::string name = (parent / "skilltrail-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return CannotUse(parent);
  return ScratchDirectory(name);
}

ScratchDirectory::~ScratchDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<std::unique_ptr<BodySource>> TakeFile(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return CannotUse(file);
  auto source = std::make_unique<FileSource>(fd);
  if (::unlink(file.c_str()) != 0) return CannotUse(file);
  return std::unique_ptr<BodySource>(std::move(source));
}

}  // namespace skilltrail::cli::http
