// Feeds a fuzz target mutants of a corpus for some seconds: what libFuzzer does, for a toolchain that has none. It knows no coverage, so
// the corpus must hold what is to be reached.
//
//   GNOMON_SEED          repeats a run; every run prints its own
//   GNOMON_FUZZ_SECONDS  3 by default
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace gnomon::test {

class FuzzLoop {
 public:
  // `pieces` are put in as they are: tokens, or bytes that formats are sensitive to. REQUIRES: a corpus.
  FuzzLoop(std::vector<std::string> corpus, std::vector<std::string> pieces)
      : corpus_(std::move(corpus)), pieces_(std::move(pieces)) {
    const char* chosen = std::getenv("GNOMON_SEED");
    const uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : std::random_device{}();
    std::printf("seed %lu (again: GNOMON_SEED=%lu)\n", static_cast<unsigned long>(seed), static_cast<unsigned long>(seed));
    random_.seed(seed);
  }

  // Returns how many inputs there were; `target` says of each whether it was accepted, and *accepted counts those.
  int64_t run(const std::function<bool(const std::string&)>& target, int64_t* accepted) {
    const char* chosen = std::getenv("GNOMON_FUZZ_SECONDS");
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(chosen != nullptr ? std::atoi(chosen) : 3);
    int64_t inputs = 0;
    for (const std::string& input : corpus_) *accepted += target(input) ? 1 : 0;
    while (std::chrono::steady_clock::now() < end) {
      // The bytes are in memory of exactly their size, so that a sanitizer sees a read past them.
      std::string input = next();
      input.shrink_to_fit();
      *accepted += target(input) ? 1 : 0;
      ++inputs;
    }
    std::printf("%ld inputs, %ld accepted\n", static_cast<long>(inputs), static_cast<long>(*accepted));
    return inputs;
  }

 private:
  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  std::string next() {
    std::string bytes = corpus_[below(corpus_.size())];
    for (size_t edits = 1 + below(6); edits > 0; --edits) edit(&bytes);
    return bytes;
  }

  void edit(std::string* bytes) {
    const size_t at = below(bytes->size() + 1);
    const std::string& other = corpus_[below(corpus_.size())];
    switch (below(8)) {
      case 0: bytes->insert(at, pieces_[below(pieces_.size())]); return;
      case 1: bytes->erase(at, 1 + below(4)); return;
      case 2: bytes->insert(at, 1, static_cast<char>(below(256))); return;
      case 3: bytes->insert(at, bytes->substr(below(bytes->size() + 1), 1 + below(20))); return;
      case 4: bytes->insert(at, other.substr(below(other.size() + 1), 1 + below(20))); return;
      case 5: bytes->resize(at); return;
      case 6:
        if (at < bytes->size()) (*bytes)[at] = static_cast<char>(below(256));
        return;
      default:
        if (at < bytes->size()) (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << below(8)));
    }
  }

  std::vector<std::string> corpus_, pieces_;
  std::mt19937_64 random_;
};

}  // namespace gnomon::test
