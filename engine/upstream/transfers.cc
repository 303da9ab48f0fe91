#include "engine/upstream/transfers.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <utility>

#include "engine/upstream/curl.h"

namespace skilltrail::upstream {
namespace {

using Steady = std::chrono::steady_clock;

// Below that many bytes a second on average, over the stall time-out, a server is as good as silent.
constexpr long kLeastBytesPerSecond = 16;
// Connections are not kept longer, so that a change of address or certificate is seen; the first is curl's own for idle ones.
constexpr long kMaxIdleSeconds = 118;
constexpr long kMaxLifeSeconds = 300;
// Of an answer that is no success: a few words are all that is ever read of it.
constexpr size_t kMaxRefusalBytes = 1u << 20;

struct EasyCleanup {
  void operator()(CURL* easy) const { Curl().curl_easy_cleanup(easy); }
};
struct MultiCleanup {
  void operator()(CURLM* multi) const { Curl().curl_multi_cleanup(multi); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { Curl().curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using Multi = std::unique_ptr<CURLM, MultiCleanup>;
using HeaderList = std::unique_ptr<curl_slist, ListCleanup>;

void InitCurlOnce() {
  static const CURLcode done = Curl().curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(done == CURLE_OK);
}

struct Transfer {
  size_t ticket = 0;
  Easy easy;
  HeaderList headers;
  size_t max_bytes = 0;
  bool too_large = false;
  std::string body;
  Steady::time_point last_byte;
};

size_t TakeBody(char* bytes, size_t, size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  transfer.last_byte = Steady::now();
  long status = 0;
  Curl().curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  const size_t most = status < 300 ? transfer.max_bytes : std::min(transfer.max_bytes, kMaxRefusalBytes);
  if (transfer.body.size() + size > most) {
    transfer.too_large = true;
    return 0;
  }
  transfer.body.append(bytes, size);
  return size;
}

size_t NoteHeader(char*, size_t, size_t size, void* context) {
  static_cast<Transfer*>(context)->last_byte = Steady::now();
  return size;
}

void AddHeader(HeaderList& list, const std::string& line) {
  curl_slist* longer = Curl().curl_slist_append(list.get(), line.c_str());
  CHECK(longer != nullptr);
  std::ignore = list.release();  // now part of `longer`
  list.reset(longer);
}

HeaderList MakeHeaders(const Request& request) {
  HeaderList list;
  AddHeader(list, "Accept: " + request.accept);
  if (!request.api_version.empty()) AddHeader(list, "X-GitHub-Api-Version: " + request.api_version);
  if (!request.if_none_match.empty()) AddHeader(list, "If-None-Match: " + request.if_none_match);
  if (!request.token.empty()) AddHeader(list, "Authorization: Bearer " + request.token);
  return list;
}

std::string Header(CURL* easy, const char* name) {
  curl_header* header = nullptr;
  if (Curl().curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return {};
  return header->value;
}

std::optional<int64_t> NumberHeader(CURL* easy, const char* name) {
  const std::string text = Header(easy, name);
  int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<int64_t> DateHeader(CURL* easy, const char* name) {
  const std::string text = Header(easy, name);
  const time_t time = text.empty() ? -1 : Curl().curl_getdate(text.c_str(), nullptr);
  if (time < 0) return std::nullopt;
  return static_cast<int64_t>(time);
}

Response::Outcome OutcomeOf(CURLcode code, bool too_large) {
  if (too_large) return Response::Outcome::kTooLarge;
  switch (static_cast<int>(code)) {
    case CURLE_OK:
      return Response::Outcome::kAnswered;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_PROXY:
      return Response::Outcome::kUnreachable;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED:
      return Response::Outcome::kInsecure;
    case CURLE_OPERATION_TIMEDOUT:
      return Response::Outcome::kSilent;
    case CURLE_FILESIZE_EXCEEDED:
      return Response::Outcome::kTooLarge;
    default:
      return Response::Outcome::kBroken;
  }
}

// curl's fixed texts, not its error buffer, which may repeat an address.
Response ReadResponse(Transfer& transfer, CURLcode code) {
  CURL* easy = transfer.easy.get();
  Response response;
  response.outcome = OutcomeOf(code, transfer.too_large);
  long status = 0;
  Curl().curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  if (response.outcome != Response::Outcome::kAnswered) {
    response.why = Curl().curl_easy_strerror(code);
    // A time-out before there was a connection says the same as a refused one.
    curl_off_t connected_us = 0;
    Curl().curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    if (response.outcome == Response::Outcome::kSilent && connected_us == 0 && status == 0)
      response.outcome = Response::Outcome::kUnreachable;
    return response;
  }
  response.body = std::move(transfer.body);
  response.etag = Header(easy, "ETag");
  response.location = Header(easy, "Location");
  response.date_s = DateHeader(easy, "Date");
  response.retry_after_s = NumberHeader(easy, "Retry-After");
  if (const auto at = DateHeader(easy, "Retry-After"); !response.retry_after_s && at && response.date_s) {
    response.retry_after_s = std::max<int64_t>(0, *at - *response.date_s);
  }
  response.limit = NumberHeader(easy, "X-RateLimit-Limit");
  response.remaining = NumberHeader(easy, "X-RateLimit-Remaining");
  response.reset_s = NumberHeader(easy, "X-RateLimit-Reset");
  return response;
}

}  // namespace

struct Transfers::State {
  TransferOptions options;
  // Destroyed from below: the active ones leave the multi handle first (CancelAll), then it closes the connections.
  Multi multi;
  std::vector<Easy> idle;
  std::map<CURL*, std::unique_ptr<Transfer>> active;

  void Configure(Transfer& transfer, const Request& request) const;
  Transfer Take(CURL* easy);
  void Collect(std::vector<Finished>& finished);
  void ExpireSilent(std::vector<Finished>& finished);
  int UntilNextExpiry(int at_most_ms) const;
};

void Transfers::State::Configure(Transfer& transfer, const Request& request) const {
  CURL* easy = transfer.easy.get();
  const auto set = [easy](CURLoption option, auto value) { CHECK(Curl().curl_easy_setopt(easy, option, value) == CURLE_OK); };
  set(CURLOPT_URL, request.address.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, request.address.origin.scheme == "http" ? "http" : "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);  // curl would carry our headers, Authorization among them, to any host
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_PIPEWAIT, 1L);  // rather a stream of an HTTP/2 connection that is being made than one more connection
  set(CURLOPT_USERAGENT, "skilltrail/" SKILLTRAIL_VERSION);
  set(CURLOPT_HTTPHEADER, transfer.headers.get());
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.max_bytes));  // where the header says so, not a byte is read
  if (request.may_compress) set(CURLOPT_ACCEPT_ENCODING, "gzip");
  if (request.fresh_connection) set(CURLOPT_FRESH_CONNECT, 1L);
  if (!options.use_proxy) set(CURLOPT_PROXY, "");
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
  set(CURLOPT_LOW_SPEED_LIMIT, kLeastBytesPerSecond);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>((options.stall_timeout_ms + 999) / 1000));
  set(CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
  set(CURLOPT_MAXLIFETIME_CONN, kMaxLifeSeconds);
  set(CURLOPT_WRITEFUNCTION, &TakeBody);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_HEADERFUNCTION, &NoteHeader);
  set(CURLOPT_HEADERDATA, &transfer);
}

// Takes it off the multi handle, which closes its connection if it is not done.
Transfer Transfers::State::Take(CURL* easy) {
  Curl().curl_multi_remove_handle(multi.get(), easy);
  const auto found = active.find(easy);
  CHECK(found != active.end());
  Transfer transfer = std::move(*found->second);
  active.erase(found);
  return transfer;
}

void Transfers::State::Collect(std::vector<Finished>& finished) {
  int left = 0;
  while (CURLMsg* message = Curl().curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Transfer transfer = Take(message->easy_handle);
    finished.push_back({transfer.ticket, ReadResponse(transfer, code)});
    idle.push_back(std::move(transfer.easy));
  }
}

// curl's own speed check knows whole seconds only, and starts anew with each connection.
void Transfers::State::ExpireSilent(std::vector<Finished>& finished) {
  const auto limit = Steady::now() - std::chrono::milliseconds(options.stall_timeout_ms);
  std::vector<CURL*> silent;
  for (const auto& [easy, transfer] : active) {
    if (transfer->last_byte <= limit) silent.push_back(easy);
  }
  for (CURL* easy : silent) {
    Transfer transfer = Take(easy);
    finished.push_back({transfer.ticket, ReadResponse(transfer, CURLE_OPERATION_TIMEDOUT)});
    idle.push_back(std::move(transfer.easy));
  }
}

int Transfers::State::UntilNextExpiry(int at_most_ms) const {
  const auto now = Steady::now();
  auto wait = std::chrono::milliseconds(std::max(0, at_most_ms));
  for (const auto& [easy, transfer] : active) {
    const auto left = transfer->last_byte + std::chrono::milliseconds(options.stall_timeout_ms) - now;
    wait = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0), wait);
  }
  return static_cast<int>(wait.count());
}

Transfers::Transfers(const TransferOptions& options) : state_(std::make_unique<State>()) {
  InitCurlOnce();
  state_->options = options;
  state_->multi.reset(Curl().curl_multi_init());
  CHECK(state_->multi != nullptr);
  const auto connections = static_cast<long>(options.max_connections);
  Curl().curl_multi_setopt(state_->multi.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  Curl().curl_multi_setopt(state_->multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections);
  Curl().curl_multi_setopt(state_->multi.get(), CURLMOPT_MAXCONNECTS, connections + 2);  // the API's, and some to where its tarballs are
}

Transfers::~Transfers() {
  CancelAll();
}

void Transfers::Start(size_t ticket, const Request& request) {
  auto transfer = std::make_unique<Transfer>();
  transfer->ticket = ticket;
  transfer->max_bytes = request.max_bytes;
  transfer->last_byte = Steady::now();
  transfer->headers = MakeHeaders(request);
  if (state_->idle.empty()) {
    transfer->easy.reset(Curl().curl_easy_init());
    CHECK(transfer->easy != nullptr);
  } else {
    transfer->easy = std::move(state_->idle.back());
    state_->idle.pop_back();
    Curl().curl_easy_reset(transfer->easy.get());
  }
  state_->Configure(*transfer, request);
  CURL* easy = transfer->easy.get();
  state_->active.emplace(easy, std::move(transfer));
  CHECK(Curl().curl_multi_add_handle(state_->multi.get(), easy) == CURLM_OK);
}

std::vector<Transfers::Finished> Transfers::Wait(int wait_ms) {
  std::vector<Finished> finished;
  const auto deadline = Steady::now() + std::chrono::milliseconds(wait_ms);
  while (true) {
    int running = 0;
    CHECK(Curl().curl_multi_perform(state_->multi.get(), &running) == CURLM_OK);
    state_->Collect(finished);
    state_->ExpireSilent(finished);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now()).count();
    if (!finished.empty() || left <= 0) return finished;
    CHECK(Curl().curl_multi_poll(state_->multi.get(), nullptr, 0, state_->UntilNextExpiry(static_cast<int>(left)), nullptr) == CURLM_OK);
  }
}

void Transfers::CancelAll() {
  while (!state_->active.empty()) std::ignore = state_->Take(state_->active.begin()->first);  // it goes, handle and all
}

size_t Transfers::active() const {
  return state_->active.size();
}

}  // namespace skilltrail::upstream
