// The contract of Upstream: one suite for the fake, the real client against our server, and the real client against another simulator.
#include <set>

#include "tests/upstream/upstream_fixture.h"
// Last, for its CHECK.
#include <catch2/catch.hpp>

namespace skilltrail::testing {
namespace {

std::unique_ptr<UpstreamLab> MakeLab(const std::string& kind) {
  if (kind == "fake") return MakeFakeLab(StockUp);
  if (kind == "server") return MakeServerLab(StockUp);
  return MakeSimulatorLab(StockUp);
}

// Runs `body` once in every lab that can be had here.
template <class Body>
void InEveryLab(Body body) {
  const std::string kind = GENERATE("fake", "server", "simulator");
  const auto lab = MakeLab(kind);
  if (!lab) {
    WARN("skipped against the other simulator: it, python3 or git is not here (SKILLTRAIL_SHARED)");
    return;
  }
  INFO("lab: " << kind);
  body(*lab);
}

}  // namespace

TEST_CASE("a repository is described as upstream describes it") {
  InEveryLab([](UpstreamLab& lab) {
    const auto kit = AskFor(lab, {Kind::kRepository, "acme/kit", {}});
    REQUIRE(kit.ok());
    const auto& repository = kit->repository;
    REQUIRE(repository.id == 77);
    REQUIRE(repository.full_name == "acme/kit");
    REQUIRE(repository.html_url == "https://github.com/acme/kit");
    REQUIRE(repository.description == "A kit");
    REQUIRE(repository.license == "MIT");
    REQUIRE(repository.default_branch == "main");
    REQUIRE(repository.topics == std::vector<std::string>{"tools", "agents"});
    REQUIRE_FALSE(repository.archived);
    REQUIRE_FALSE(repository.is_private);
    REQUIRE_FALSE(repository.etag.empty());
  });
}

TEST_CASE("what a repository lacks is empty, and an unknown license is none") {
  InEveryLab([](UpstreamLab& lab) {
    const auto plain = AskFor(lab, {Kind::kRepository, "acme/plain", {}});
    REQUIRE(plain.ok());
    REQUIRE(plain->repository.description.empty());
    REQUIRE(plain->repository.license.empty());
    REQUIRE(plain->repository.topics.empty());
  });
}

TEST_CASE("topics and archiving are seen when they change") {
  InEveryLab([](UpstreamLab& lab) {
    const auto before = AskFor(lab, {Kind::kRepository, "acme/kit", {}});
    lab.Set({{"repo", "acme/kit"}, {"topics", {"tools", "new"}}, {"archived", true}});
    const auto after = AskFor(lab, {Kind::kRepository, "acme/kit", {}});
    REQUIRE(after.ok());
    REQUIRE(after->repository.topics == std::vector<std::string>{"tools", "new"});
    REQUIRE(after->repository.archived);
    REQUIRE(after->repository.etag != before->repository.etag);
  });
}

TEST_CASE("a ref is a branch, a tag, a commit or its beginning, and empty is the default branch") {
  InEveryLab([](UpstreamLab& lab) {
    const auto commit_of = [&](const std::string& ref) {
      const auto answer = AskFor(lab, {Kind::kCommit, "acme/kit", ref});
      INFO(ref);
      REQUIRE(answer.ok());
      REQUIRE(answer->commit.tree == CommitOfKit(answer->commit.sha).tree);
      return answer->commit.sha;
    };
    const std::string head = CommitOfKit("").sha;
    REQUIRE(commit_of("") == head);
    REQUIRE(commit_of("main") == head);
    REQUIRE(commit_of("v1.0") == CommitOfKit("v1.0").sha);
    REQUIRE(commit_of("v1.0") != head);
    REQUIRE(commit_of("feature/colour") == CommitOfKit("feature/colour").sha);
    REQUIRE(commit_of(head) == head);
    REQUIRE(commit_of(head.substr(0, 9)) == head);
    const auto none = AskFor(lab, {Kind::kCommit, "acme/kit", "v9.9"});
    REQUIRE_FALSE(none.ok());
    REQUIRE(none.error().code == Code::kNotFound);
    REQUIRE(Has(none.error().message, "v9.9"));
  });
}

TEST_CASE("the default branch moves, a pin does not") {
  InEveryLab([](UpstreamLab& lab) {
    lab.Set({{"repo", "acme/kit"}, {"head", CommitOfKit("feature/colour").sha}});
    REQUIRE(AskFor(lab, {Kind::kCommit, "acme/kit", ""})->commit.sha == CommitOfKit("feature/colour").sha);
    REQUIRE(AskFor(lab, {Kind::kCommit, "acme/kit", "v1.0"})->commit.sha == CommitOfKit("v1.0").sha);
  });
}

TEST_CASE("a tree lists every entry with git's modes, ids and sizes") {
  InEveryLab([](UpstreamLab& lab) {
    const std::string tree = CommitOfKit("v1.0").tree;
    const auto answer = AskFor(lab, {Kind::kTree, "acme/kit", tree});
    REQUIRE(answer.ok());
    REQUIRE(answer->tree.sha == tree);
    REQUIRE_FALSE(answer->tree.truncated);
    const auto& rows = *Reference().At("acme/kit").TreeRows(tree);
    REQUIRE(answer->tree.entries.size() == rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto& entry = answer->tree.entries[i];
      REQUIRE(entry.path == rows[i].path);
      REQUIRE(entry.mode == rows[i].mode);
      REQUIRE(entry.sha == rows[i].sha);
      REQUIRE(entry.size == rows[i].size);
    }
  });
}

TEST_CASE("a blob is its bytes, whatever they are") {
  InEveryLab([](UpstreamLab& lab) {
    const auto files = FirstFiles();
    std::vector<Question> questions;
    std::vector<std::string> expected;
    for (const auto& row : *Reference().At("acme/kit").TreeRows(CommitOfKit("v1.0").tree)) {
      if (!row.mode.starts_with("10") && row.mode != "120000") continue;
      questions.push_back({Kind::kBlob, "acme/kit", row.sha});
      expected.push_back(files.at(row.path).bytes);
    }
    const auto client = lab.Connect(Quick());
    const auto answers = AskInOrder(*client, questions);
    for (size_t i = 0; i < questions.size(); ++i) {
      REQUIRE(answers[i].ok());
      REQUIRE(answers[i]->bytes == expected[i]);
    }
  });
}

TEST_CASE("a tarball comes as gzip, from wherever upstream keeps it") {
  InEveryLab([](UpstreamLab& lab) {
    const auto answer = AskFor(lab, {Kind::kTarball, "acme/kit", CommitOfKit("").sha});
    REQUIRE(answer.ok());
    REQUIRE(answer->bytes.size() > 100);
    REQUIRE(answer->bytes.substr(0, 2) == "\x1f\x8b");
  });
}

TEST_CASE("a renamed repository is found under its old name and says the new one") {
  InEveryLab([](UpstreamLab& lab) {
    lab.Set({{"repo", "acme/kit"}, {"renamed_to", "acme/toolkit"}});
    const auto repository = AskFor(lab, {Kind::kRepository, "acme/kit", {}});
    REQUIRE(repository.ok());
    REQUIRE(repository->repository.full_name == "acme/toolkit");
    REQUIRE(repository->repository.id == 77);
    REQUIRE(AskFor(lab, {Kind::kRepository, "acme/toolkit", {}})->repository.full_name == "acme/toolkit");
    REQUIRE(AskFor(lab, {Kind::kCommit, "acme/kit", "v1.0"})->commit.sha == CommitOfKit("v1.0").sha);
    REQUIRE(AskFor(lab, {Kind::kTree, "acme/kit", CommitOfKit("").tree}).ok());
  });
}

TEST_CASE("gone, never there, and private without a token are all not found") {
  InEveryLab([](UpstreamLab& lab) {
    lab.Set({{"repo", "acme/plain"}, {"gone", true}});
    for (const std::string name : {"acme/plain", "acme/nothing", "acme/secret"}) {
      const auto answer = AskFor(lab, {Kind::kRepository, name, {}}, "");
      INFO(name);
      REQUIRE_FALSE(answer.ok());
      REQUIRE(answer.error().code == Code::kNotFound);
      REQUIRE(Has(answer.error().message, name));
      REQUIRE(Has(answer.error().hint, "token"));
    }
    const auto secret = AskFor(lab, {Kind::kRepository, "acme/secret", {}});
    REQUIRE(secret.ok());
    REQUIRE(secret->repository.is_private);
  });
}

TEST_CASE("a refused token fails every question as unauthorized, and is in no error") {
  InEveryLab([](UpstreamLab& lab) {
    const auto client = lab.Connect(Quick("bad-token"));
    for (const auto& answer : AskInOrder(*client, std::vector<Question>(20, {Kind::kRepository, "acme/kit", {}}))) {
      REQUIRE_FALSE(answer.ok());
      REQUIRE(answer.error().code == Code::kUnauthorized);
      REQUIRE_FALSE(HasTokenIn(answer.error()));
    }
  });
}

TEST_CASE("each question of a batch fails on its own") {
  InEveryLab([](UpstreamLab& lab) {
    const auto client = lab.Connect(Quick());
    const auto answers = AskInOrder(*client, {{Kind::kRepository, "acme/kit", {}},
                                              {Kind::kRepository, "acme/nothing", {}},
                                              {Kind::kCommit, "acme/plain", ""},
                                              {Kind::kCommit, "acme/kit", "no"}});
    REQUIRE(answers[0].ok());
    REQUIRE_FALSE(answers[1].ok());
    REQUIRE(answers[2].ok());
    REQUIRE_FALSE(answers[3].ok());
  });
}

TEST_CASE("an exhausted limit ends the batch: the rest is told until when, and not asked") {
  InEveryLab([](UpstreamLab& lab) {
    lab.Limit({{"limit", 60}, {"remaining", 3}, {"reset_in", 600}});
    auto options = Quick("");
    options.max_concurrent = 1;
    const auto client = lab.Connect(std::move(options));
    const auto answers = AskInOrder(*client, std::vector<Question>(10, {Kind::kRepository, "acme/kit", {}}));
    for (size_t i = 0; i < answers.size(); ++i) {
      REQUIRE(answers[i].ok() == (i < 3));
      if (i < 3) continue;
      REQUIRE(answers[i].error().code == Code::kRateLimited);
      const auto ledger = client->ledger();
      REQUIRE(Has(answers[i].error().message, "until " + FormatTime(ledger.reset_at.value())));
    }
    const auto ledger = client->ledger();
    REQUIRE(ledger.sent == 3);
    REQUIRE(lab.requests() == 3);
    REQUIRE(ledger.limit == 60);
    REQUIRE(ledger.remaining == 0);
    REQUIRE(ledger.blocked_until == ledger.reset_at);
    REQUIRE(*ledger.reset_at > SystemClock().Now() + 500'000'000);
    REQUIRE(*ledger.reset_at < SystemClock().Now() + 700'000'000);
    // Nor does the next batch ask.
    REQUIRE(AskOne(*client, {Kind::kRepository, "acme/plain", {}}).error().code == Code::kRateLimited);
    REQUIRE(lab.requests() == 3);
  });
}

TEST_CASE("an answer can raise questions, which go on in the same batch and before what waits") {
  InEveryLab([](UpstreamLab& lab) {
    auto options = Quick();
    options.max_concurrent = 1;
    const auto client = lab.Connect(std::move(options));
    std::vector<Question> asked = {{Kind::kRepository, "acme/kit", {}}, {Kind::kRepository, "acme/plain", {}}};
    std::vector<size_t> order;
    std::set<std::string> blobs;
    client->AskAll(asked, [&](size_t index, Result<Answer> answer, upstream::Batch& batch) {
      REQUIRE(answer.ok());
      order.push_back(index);
      const auto add = [&](Question question) {
        asked.push_back(question);
        REQUIRE(batch.Add(std::move(question)) == asked.size() - 1);
      };
      const Question question = asked.at(index);
      if (question.kind == Kind::kRepository) add({Kind::kCommit, question.repository, {}});
      if (question.kind == Kind::kCommit) add({Kind::kTree, question.repository, answer->commit.tree});
      if (question.kind == Kind::kBlob) blobs.insert(answer->bytes);
      for (const auto& entry : answer->tree.entries) {
        if (entry.path == "a" || entry.path == "README.md" || entry.path == "data.bin") add({Kind::kBlob, question.repository, entry.sha});
      }
    });
    // kit, its commit, its tree, its two blobs in their order; only then the other repository.
    REQUIRE(order == std::vector<size_t>{0, 2, 3, 4, 5, 1, 6, 7, 8});
    REQUIRE(blobs == std::set<std::string>{"a", "# Kit\n", FirstFiles().at("data.bin").bytes});
  });
}

TEST_CASE("what is unchanged is answered from what was kept") {
  InEveryLab([](UpstreamLab& lab) {
    KeptValidators kept;
    auto options = Quick();
    const std::vector<Question> questions = {
        {Kind::kRepository, "acme/kit", {}}, {Kind::kCommit, "acme/kit", {}}, {Kind::kTree, "acme/kit", CommitOfKit("").tree}};
    const auto first = Connect(lab, options, kept);
    AskInOrder(*first, questions);
    REQUIRE(first->ledger().sent == 3);
    REQUIRE(first->ledger().not_modified == 0);

    const auto second = Connect(lab, options, kept);
    const auto answers = AskInOrder(*second, questions);
    REQUIRE(answers[0]->repository.topics == std::vector<std::string>{"tools", "agents"});
    REQUIRE_FALSE(answers[0]->repository.etag.empty());
    REQUIRE(answers[1]->commit.sha == CommitOfKit("").sha);
    REQUIRE(answers[2]->tree.entries.size() == Reference().At("acme/kit").TreeRows(CommitOfKit("").tree)->size());
    REQUIRE(second->ledger().not_modified == 2);
    REQUIRE(second->ledger().sent == 2);  // a tree's id says what it holds

    lab.Set({{"repo", "acme/kit"}, {"topics", {"other"}}});
    const auto third = Connect(lab, options, kept);
    REQUIRE(AskOne(*third, questions[0])->repository.topics == std::vector<std::string>{"other"});
    REQUIRE(third->ledger().not_modified == 0);
  });
}

TEST_CASE("an interruption answers what is left as interrupted") {
  InEveryLab([](UpstreamLab& lab) {
    bool stop = false;
    auto options = Quick();
    options.max_concurrent = 2;
    options.interrupted = [&] { return stop; };
    const auto client = lab.Connect(std::move(options));
    size_t good = 0, interrupted = 0;
    client->Ask(std::vector<Question>(50, {Kind::kCommit, "acme/kit", {}}), [&](size_t, Result<Answer> answer) {
      if (answer.ok()) {
        ++good;
        stop = true;
      } else {
        REQUIRE(answer.error().code == Code::kInterrupted);
        ++interrupted;
      }
    });
    REQUIRE(good >= 1);
    REQUIRE(good <= 4);
    REQUIRE(good + interrupted == 50);
  });
}

TEST_CASE("a name or ref that would become another request is refused unasked") {
  InEveryLab([](UpstreamLab& lab) {
    for (const Question& question : std::vector<Question>{{Kind::kRepository, "acme", {}},
                                                          {Kind::kRepository, "acme/kit/../../user", {}},
                                                          {Kind::kRepository, "acme/kit?x", {}},
                                                          {Kind::kCommit, "acme/kit", "../../../../user"},
                                                          {Kind::kCommit, "acme/kit", "a//b"}}) {
      const auto answer = AskFor(lab, question);
      REQUIRE_FALSE(answer.ok());
      REQUIRE(answer.error().code == Code::kUsage);
    }
    REQUIRE(lab.requests() == 0);
  });
}

}  // namespace skilltrail::testing
