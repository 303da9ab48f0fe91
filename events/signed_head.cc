#include "events/signed_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "events/name.h"

namespace skilltrail {
namespace {

constexpr std::string_view kDash = "—";  // U+2014, as signed-note.md has it
constexpr uint8_t kEd25519 = 0x01;       // signature type of signed-note.md
constexpr std::string_view kBlank = " \t\r\n";

using KeyId = std::array<uint8_t, 4>;

std::vector<std::string_view> WordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return words;
    const size_t end = std::min(text.find_first_of(kBlank, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

// The first four bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ key).
KeyId KeyIdOf(std::string_view name, const Ed25519PublicKey& key) {
  Hasher hasher;
  hasher.Update(name);
  const std::array<uint8_t, 2> between = {'\n', kEd25519};
  hasher.Update(between);
  hasher.Update(key);
  const Digest digest = hasher.Finish();
  KeyId id{};
  std::copy_n(digest.bytes.begin(), id.size(), id.begin());
  return id;
}

struct VerifierKey {
  std::string name;  // empty: any
  Ed25519PublicKey key{};
};

Result<VerifierKey> ReadVerifierKey(std::string_view text) {
  VerifierKey verifier;
  if (text.find("-----BEGIN") != std::string_view::npos) {
    ASSIGN_OR_RETURN(verifier.key, ReadEd25519PublicKey(text));
    return verifier;
  }
  const Error bad{Code::kUsage, "the key is neither an Ed25519 public key in PEM nor a verifier key (name+id+key)",
                  "openssl pkey -in KEY -pubout makes one"};
  const auto words = WordsOf(text);
  if (words.size() != 1) return bad;
  const std::string_view word = words.front();
  const size_t first = word.find('+');
  const size_t second = first == std::string_view::npos ? first : word.find('+', first + 1);
  if (second == std::string_view::npos) return bad;
  const auto id = FromHex(word.substr(first + 1, second - first - 1));
  const auto key = FromBase64(word.substr(second + 1));
  if (!id || !key || key->size() != 1 + verifier.key.size() || key->front() != kEd25519) return bad;
  verifier.name = word.substr(0, first);
  std::copy(key->begin() + 1, key->end(), verifier.key.begin());
  const KeyId expected = KeyIdOf(verifier.name, verifier.key);
  if (!std::equal(id->begin(), id->end(), expected.begin(), expected.end())) return bad;
  return verifier;
}

}  // namespace

std::string OriginOf(std::string_view store_id) {
  return fmt::format("skilltrail/{}", store_id);
}

std::string SignedHead::note() const {
  return fmt::format("{}\n{}\n{}\n", origin, size, Base64(root.bytes));
}

std::string SignedHead::line() const {
  std::string line = fmt::format("{} {} {}", origin, size, Base64(root.bytes));
  if (signature) {
    std::vector<uint8_t> bytes(signature->key_id.begin(), signature->key_id.end());
    bytes.insert(bytes.end(), signature->bytes.begin(), signature->bytes.end());
    line += fmt::format(" {} {} {}", kDash, signature->key_name, Base64(bytes));
  }
  return line;
}

Result<SignedHead> ParseHead(std::string_view line) {
  const Error bad{Code::kUsage, fmt::format("{} is no head", Quote(line)), "a head is the line that `skilltrail head --sign KEY` prints"};
  const auto words = WordsOf(line);
  if (words.size() != 3 && (words.size() != 6 || words[3] != kDash)) return bad;
  SignedHead head;
  head.origin = words[0];
  const auto [end, fault] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), head.size);
  const auto root = FromBase64(words[2]);
  if (fault != std::errc() || end != words[1].data() + words[1].size() || !root || root->size() != head.root.bytes.size()) return bad;
  if (std::to_string(head.size) != words[1]) return bad;
  head.root = DigestFromBytes(root->data(), root->size());
  if (words.size() == 3) return head;
  SignedHead::Signature signature;
  signature.key_name = words[4];
  const auto bytes = FromBase64(words[5]);
  if (!bytes || bytes->size() != signature.key_id.size() + signature.bytes.size()) return bad;
  std::copy_n(bytes->begin(), signature.key_id.size(), signature.key_id.begin());
  std::copy(bytes->begin() + static_cast<std::ptrdiff_t>(signature.key_id.size()), bytes->end(), signature.bytes.begin());
  head.signature = std::move(signature);
  return head;
}

Status SignHead(SignedHead& head, std::string_view private_key_pem) {
  ASSIGN_OR_RETURN(const Signed made, SignEd25519(private_key_pem, head.note()));
  head.signature = {head.origin, KeyIdOf(head.origin, made.key), made.signature};
  return {};
}

Result<std::optional<std::string>> CheckSignature(const SignedHead& head, std::string_view public_key) {
  ASSIGN_OR_RETURN(const VerifierKey verifier, ReadVerifierKey(public_key));
  if (!head.signature) return std::optional<std::string>("the head is not signed");
  const bool name_fits = verifier.name.empty() || verifier.name == head.signature->key_name;
  if (!name_fits || KeyIdOf(head.signature->key_name, verifier.key) != head.signature->key_id) {
    return std::optional<std::string>("the head is signed by another key");
  }
  if (!VerifyEd25519(verifier.key, head.note(), head.signature->bytes)) {
    return std::optional<std::string>("the head's signature is not good: the line or the signature was changed");
  }
  return std::optional<std::string>();
}

}  // namespace skilltrail
