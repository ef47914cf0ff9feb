// Examples with their answers: CPython's, the functions' own, and those of docs/expressions.md.
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "transform_expressions_fixture.h"

namespace gnomon {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream in(std::filesystem::path(GNOMON_ROOT) / path);
  EXPECT_TRUE(in.good()) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(ExpressionExamples, CPythonAgrees) {
  std::istringstream lines(read_text("tests/golden/expressions_python.txt"));
  int cases = 0;
  const std::string arrow = "  --->  ";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    size_t at = line.find(arrow);
    ASSERT_NE(at, std::string::npos) << line;
    EXPECT_TRUE(same_value(line.substr(0, at), line.substr(at + arrow.size())));
    ++cases;
  }
  EXPECT_GT(cases, 300);
}

TEST(ExpressionExamples, EveryFunctionKeepsItsPromise) {
  for (const FunctionInfo& info : builtin_functions()) EXPECT_TRUE(same_value(info.example, info.answer));
  EXPECT_GE(builtin_functions().size(), 20u);
}

// Rows of the page's tables that hold "| `example` | `answer` |".
TEST(ExpressionExamples, ThePageIsTrue) {
  const std::string page = read_text("docs/expressions.md");
  const std::regex row("\\| `([^`]+)` \\| `([^`]+)` \\|");
  int rows = 0;
  for (auto match = std::sregex_iterator(page.begin(), page.end(), row); match != std::sregex_iterator(); ++match, ++rows) {
    EXPECT_TRUE(same_value((*match)[1], (*match)[2]));
  }
  EXPECT_GT(rows, 60);
}

TEST(ExpressionExamples, ThePageListsEveryFunction) {
  const std::string page = read_text("docs/expressions.md");
  for (const FunctionInfo& info : builtin_functions()) {
    std::string row =
        "| `" + info.signature + "` | " + info.description + " | `" + info.example + "` | `" + info.answer + "` |\n";
    EXPECT_NE(page.find(row), std::string::npos) << "docs/expressions.md lacks the line\n" << row;
  }
}

// Negative control: the comparison that the tests above rely on does tell answers apart.
TEST(ExpressionExamples, AWrongAnswerIsFound) {
  const std::pair<const char*, const char*> wrong[] = {{"1 + 1", "3"}, {"1", "1.0"},    {"1", "None"},
                                                       {"None", "1"},  {"0.0", "-0.0"}, {"'a'", "b'a'"}};
  for (const auto& [text, answer] : wrong) EXPECT_FALSE(same_value(text, answer)) << text << ", " << answer;
}

}  // namespace
}  // namespace gnomon
