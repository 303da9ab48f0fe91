// What the store's tests do in other processes. Every mode takes the store's directory first.
//
//   append DIR MAX        appends requests of 1 to MAX events for ever and prints the last sequence of each once it is acknowledged
//   write DIR SECONDS     appends with small write buffers; notes each acknowledged sequence in DIR/acknowledged
//   read DIR SECONDS      opens and scans again and again; fails if a scan is not dense or lacks what was acknowledged before it began
//   fill DIR LIMIT        appends until a file would grow beyond LIMIT bytes; prints the last acknowledged sequence, then how the log
//   failed
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <random>
#include <string>

#include "tests/store/log_fixture.h"

namespace skilltrail::testing {
namespace {

using store::Store;

constexpr int kLockTimeoutMs = 10'000;

// The last acknowledged sequence, in a file that both sides have open; eight bytes are written and read as one.
class Acknowledged {
 public:
  explicit Acknowledged(const std::string& dir) : fd_(::open((dir + "/acknowledged").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {}
  ~Acknowledged() { ::close(fd_); }
  Acknowledged(const Acknowledged&) = delete;
  Acknowledged& operator=(const Acknowledged&) = delete;
  void Set(Seq seq) const {
    if (::pwrite(fd_, &seq, sizeof seq, 0) != sizeof seq) std::abort();
  }
  Seq Get() const {
    Seq seq = 0;
    return ::pread(fd_, &seq, sizeof seq, 0) == sizeof seq ? seq : 0;
  }

 private:
  int fd_;
};

class Deadline {
 public:
  explicit Deadline(const std::string& seconds) : end_(std::chrono::steady_clock::now() + std::chrono::seconds(std::stoi(seconds))) {}
  bool Passed() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

std::unique_ptr<Store> Open(const std::string& dir, const store::DatabaseOptions& options = {}) {
  return Take(Store::OpenWriter(dir, "store_program", kLockTimeoutMs, SystemClock(), options));
}

int Append(const std::string& dir, const std::string& max) {
  store::DatabaseOptions options;
  options.write_buffer_bytes = 64u << 10;
  const auto opened = Open(dir, options);
  std::mt19937_64 random(std::random_device{}());
  std::uniform_int_distribution<uint64_t> count(1, std::stoul(max));
  for (;;) {
    const Seq last = Take(opened->log->Append(Request(opened->log->head() + 1, count(random)))).last;
    if (last % 7 == 0) Take(opened->log->Anchor());
    const std::string line = std::to_string(last) + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return 1;
  }
}

int Write(const std::string& dir, const std::string& seconds) {
  store::DatabaseOptions options;
  options.write_buffer_bytes = 64u << 10;
  options.max_wal_bytes = 256u << 10;
  const Acknowledged acknowledged(dir);
  const Deadline deadline(seconds);
  std::mt19937_64 random(std::random_device{}());
  std::uniform_int_distribution<uint64_t> count(1, 200);
  int opens = 0;
  while (!deadline.Passed()) {
    const auto opened = Open(dir, options);
    ++opens;
    for (int i = 0; i < 50 && !deadline.Passed(); ++i) {
      acknowledged.Set(Take(opened->log->Append(Request(opened->log->head() + 1, count(random)))).last);
      if (i % 16 == 0) Take(opened->log->Anchor());
    }
  }
  std::cout << acknowledged.Get() << " events, " << opens << " opens\n";
  return 0;
}

int Read(const std::string& dir, const std::string& seconds) {
  const Acknowledged acknowledged(dir);
  const Deadline deadline(seconds);
  int opens = 0;
  while (!deadline.Passed()) {
    const Seq before = acknowledged.Get();
    const auto opened = Store::OpenReader(dir, SystemClock());
    if (!opened.ok()) {
      std::cout << "open " << opens << ": " << opened.error().message << "\n";
      return 1;
    }
    const store::EventLog& log = *(*opened)->log;
    if (log.head() < before) {
      std::cout << "open " << opens << ": the head is " << log.head() << ", and " << before << " was acknowledged\n";
      return 1;
    }
    // The bytes of all of a long log would leave time for few opens: its last 5,000 events, and every sequence.
    Seq expected = 1;
    std::string wrong;
    const Status scanned = log.Scan({}, [&](const store::StoredEvent& event) {
      if (event.seq != expected++) wrong = "after " + std::to_string(expected - 2) + " comes " + std::to_string(event.seq);
      if (event.seq + 5'000 > log.head() && event.event->ordinal() != event.seq) wrong = "another event at " + std::to_string(event.seq);
      return wrong.empty() ? store::Visit::kContinue : store::Visit::kStop;
    });
    if (!scanned.ok()) wrong = scanned.error().message;
    if (wrong.empty() && expected - 1 != log.head()) wrong = "the scan ends at " + std::to_string(expected - 1);
    if (!wrong.empty()) {
      std::cout << "open " << opens << ": " << wrong << "\n";
      return 1;
    }
    ++opens;
  }
  std::cout << opens << " opens\n";
  return 0;
}

int Fill(const std::string& dir, const std::string& limit) {
  const auto opened = Open(dir);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit files{std::stoul(limit), std::stoul(limit)};
  if (::setrlimit(RLIMIT_FSIZE, &files) != 0) return 1;
  for (;;) {
    const Seq before = opened->log->head();
    const auto appended = opened->log->Append(Request(before + 1, 50));
    if (appended.ok()) continue;
    const auto again = opened->log->Append(Request(before + 1, 1));
    std::cout << before << " " << CodeName(appended.error().code) << " " << (again.ok() ? "taken" : CodeName(again.error().code)) << "\n";
    return 0;
  }
}

}  // namespace
}  // namespace skilltrail::testing

int main(int argc, char** argv) {
  using namespace skilltrail::testing;
  if (argc != 4) return 2;
  const std::string mode = argv[1];
  if (mode == "append") return Append(argv[2], argv[3]);
  if (mode == "write") return Write(argv[2], argv[3]);
  if (mode == "read") return Read(argv[2], argv[3]);
  if (mode == "fill") return Fill(argv[2], argv[3]);
  return 2;
}
