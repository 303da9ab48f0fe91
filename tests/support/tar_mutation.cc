#include "tests/support/tar_mutation.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <vector>

namespace skilltrail::testing {
namespace {

constexpr size_t kBlock = 512;

struct CloseGzip {
  void operator()(gzFile_s* file) const { gzclose(file); }
};
using GzipFile = std::unique_ptr<gzFile_s, CloseGzip>;

size_t Below(std::mt19937& random, size_t end) {
  return std::uniform_int_distribution<size_t>(0, end - 1)(random);
}

// A field of a tar's header, and what to set it to.
struct Field {
  size_t offset;
  size_t size;
  std::vector<std::string> values;
};

const std::vector<Field>& Fields() {
  using namespace std::string_literals;
  static const std::vector<Field> fields = {
      {0,
       100,
       {"../evil", "/tmp/evil", "a/../../evil", ".", "..", "", "work/\xff\xfe", "work/\x1b[31m", "work//a", "work/./a",
        "work/.skilltrail/manifest", "work/collection.toml", "work/skills/a", std::string(100, 'n')}},
      {100, 8, {"0000000", "0007777", "9999999", "\x80\0\0\0\0\0\0\1"s}},
      {124,
       12,
       {"77777777777", "00000000000", "00000000001", "-0000000001", "\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"s,
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "junk"}},
      {136, 12, {"77777777777", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}},
      {156, 1, {"0", "1", "2", "3", "4", "5", "6", "7", "K", "L", "x", "g", "S", "D", "M", "V", "N", "\0"s, "\xff"}},
      {157, 100, {"/etc/passwd", "../../evil", "work/skills/a/SKILL.md", std::string(100, 'l')}},
      {257,
       8,
       {"ustar\0"
        "00"s,
        "ustar  \0"s, "\0\0\0\0\0\0\0\0"s, "garbage!"}},
      {345, 155, {"../..", "/", "work", std::string(155, 'p')}},
  };
  return fields;
}

void SetChecksum(std::string& tar, size_t header) {
  std::fill_n(tar.begin() + static_cast<std::ptrdiff_t>(header + 148), 8, ' ');
  unsigned sum = 0;
  for (size_t i = 0; i < kBlock; ++i) sum += static_cast<unsigned char>(tar[header + i]);
  for (size_t digit = 0; digit < 6; ++digit) tar[header + 148 + 5 - digit] = static_cast<char>('0' + (sum >> 3 * digit & 7));
  tar[header + 154] = '\0';
}

bool IsHeader(const std::string& tar, size_t at) {
  return at + kBlock <= tar.size() && tar.compare(at + 257, 5, "ustar") == 0;
}

void MutateHeader(std::string& tar, std::mt19937& random) {
  std::vector<size_t> headers;
  for (size_t at = 0; at < tar.size(); at += kBlock) {
    if (IsHeader(tar, at)) headers.push_back(at);
  }
  if (headers.empty()) return;
  const size_t header = headers[Below(random, headers.size())];
  const Field& field = Fields()[Below(random, Fields().size())];
  std::string value = field.values[Below(random, field.values.size())];
  value.resize(field.size, '\0');
  tar.replace(header + field.offset, field.size, value);
  if (random() % 8 != 0) SetChecksum(tar, header);
}

void MutateBlocks(std::string& tar, const std::string& other, std::mt19937& random) {
  const auto range = [&](const std::string& of) {
    const size_t begin = Below(random, of.size() / kBlock) * kBlock;
    return of.substr(begin, (1 + Below(random, 4)) * kBlock);
  };
  const size_t at = Below(random, tar.size() / kBlock) * kBlock;
  switch (random() % 4) {
    case 0:
      tar.erase(at, range(tar).size());
      break;
    case 1:
      tar.insert(at, range(tar));
      break;
    case 2:
      tar.insert(at, range(other));
      break;
    default: {
      const std::string moved = range(tar);
      tar.replace(at, moved.size(), moved);
      break;
    }
  }
}

}  // namespace

std::string Gunzip(const std::filesystem::path& path) {
  const GzipFile file(gzopen(path.c_str(), "rb"));
  std::string bytes;
  std::array<char, 65536> buffer{};
  while (file != nullptr) {
    const int got = gzread(file.get(), buffer.data(), buffer.size());
    if (got == 0) return bytes;
    if (got < 0) break;
    bytes.append(buffer.data(), static_cast<size_t>(got));
  }
  throw std::runtime_error("cannot unpack " + path.string());
}

void Gzip(const std::filesystem::path& path, const std::string& bytes) {
  const GzipFile file(gzopen(path.c_str(), "wb1"));
  if (file == nullptr || gzwrite(file.get(), bytes.data(), static_cast<unsigned>(bytes.size())) != static_cast<int>(bytes.size())) {
    throw std::runtime_error("cannot pack " + path.string());
  }
}

std::string MutateTar(std::string tar, const std::string& other, std::mt19937& random) {
  switch (random() % 8) {
    case 0:
      for (size_t flips = 1 + Below(random, 4); flips > 0; --flips) {
        char& byte = tar[Below(random, tar.size())];
        byte = static_cast<char>(byte ^ 1 << Below(random, 8));
      }
      break;
    case 1:
      tar.resize(random() % 2 == 0 ? Below(random, tar.size()) : Below(random, tar.size() / kBlock) * kBlock);
      break;
    case 2:
    case 3:
      MutateBlocks(tar, other, random);
      break;
    default:
      MutateHeader(tar, random);
      break;
  }
  return tar;
}

}  // namespace skilltrail::testing
