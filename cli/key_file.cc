#include "cli/key_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace skilltrail::cli {
namespace {

constexpr size_t kMaxKeyBytes = 64u << 10;

}  // namespace

Result<std::string> ReadKeyFile(const Arguments& arguments, std::string_view option) {
  const std::string file = arguments.Value(option);
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxKeyBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) {
    return Error{Code::kUsage, fmt::format("--{} {}: {}", option, file, std::generic_category().message(errno)), {}};
  }
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.empty() || text.size() > kMaxKeyBytes) return Error{Code::kUsage, fmt::format("--{} {}: it holds no key", option, file), {}};
  return text;
}

}  // namespace skilltrail::cli
