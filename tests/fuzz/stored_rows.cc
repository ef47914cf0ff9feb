// What an online store keeps of a row, from bytes: the codec of its features behind the checksum, and the checked version around it.
// Damaged bytes are an error, never a crash, a read past their end, or values that are not valid.
//
// The entry is libFuzzer's, so that it runs under that where clang's runtime is installed (-DGNOMON_LIBFUZZER); without it the test below
// feeds it mutants of a corpus.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "stores/row_codec.h"
#include "stores/version_record.h"

namespace {

constexpr uint64_t kFingerprint = 42;

// Bytes instead of text: that text is UTF-8 is looked at when it comes in, and guarded by the checksum.
std::shared_ptr<arrow::Schema> features() {
  return arrow::schema({arrow::field("i", arrow::int32()), arrow::field("s", arrow::binary()),
                        arrow::field("f", arrow::float64()), arrow::field("l", arrow::list(arrow::int64())),
                        arrow::field("b", arrow::boolean()), arrow::field("n", arrow::list(arrow::binary())),
                        arrow::field("y", arrow::binary())});
}

const gnomon::RowCodec& codec() {
  static const gnomon::RowCodec made = *gnomon::RowCodec::make(features());
  return made;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

std::vector<std::string> encoded(const arrow::RecordBatch& batch) {
  std::vector<gnomon::FeatureReaders> readers;
  readers.push_back(codec().readers_of(batch));
  std::vector<gnomon::RowRef> rows;
  for (uint32_t row = 0; row < batch.num_rows(); ++row) rows.push_back({0, row});
  gnomon::PackedBytes packed;
  codec().encode(readers, rows, &packed);
  std::vector<std::string> bytes;
  for (size_t i = 0; i < rows.size(); ++i) bytes.emplace_back(packed[i]);
  return bytes;
}

// Whether the bytes are a row. A row that is taken has valid values, and bytes that decode to the same.
bool take(const std::string& bytes) {
  const std::string key = "an entity" + std::string(gnomon::kVersionKeyBytes, '\x01');
  (void)gnomon::parse_version_value(key, bytes, kFingerprint).ok();
  const std::array<std::string_view, 2> rows = {bytes, std::string_view()};
  auto decoded = codec().decode(rows);
  if (!decoded.ok()) {
    require(decoded.status().info().id == "GN511", "an error of another kind");
    return false;
  }
  require((*decoded)->ValidateFull().ok(), "values that are not valid");
  const std::string again = encoded(**decoded)[0];
  auto twice = codec().decode(std::array<std::string_view, 2>{again, std::string_view()});
  require(twice.ok(), "what was decoded does not decode again");
  const auto options = arrow::EqualOptions::Defaults().nans_equal(true);
  require((*twice)->Equals(**decoded, false, options), "what was decoded decodes to something else");
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;  // an empty view stands for no row
  take(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}

#ifndef GNOMON_LIBFUZZER
#include <arrow/util/logging.h>
#include <gtest/gtest.h>

#include "fuzz_loop.h"

namespace {

std::shared_ptr<arrow::RecordBatch> rows() {
  auto pool = arrow::default_memory_pool();
  arrow::Int32Builder i;
  arrow::BinaryBuilder s;
  arrow::DoubleBuilder f;
  arrow::ListBuilder l(pool, std::make_shared<arrow::Int64Builder>());
  arrow::BooleanBuilder b;
  arrow::ListBuilder n(pool, std::make_shared<arrow::BinaryBuilder>());
  arrow::BinaryBuilder y;
  for (int row = 0; row < 4; ++row) {
    const bool is_null = row == 3;
    ARROW_CHECK_OK(is_null ? i.AppendNull() : i.Append(row - 1));
    ARROW_CHECK_OK(is_null ? s.AppendNull() : s.Append(std::string(static_cast<size_t>(row) * 3, 'x')));
    ARROW_CHECK_OK(is_null ? f.AppendNull() : f.Append(row / 3.0));
    ARROW_CHECK_OK(is_null ? b.AppendNull() : b.Append(row == 1));
    ARROW_CHECK_OK(is_null ? y.AppendNull() : y.Append(std::string(1, '\0') + "y"));
    ARROW_CHECK_OK(is_null ? l.AppendNull() : l.Append());
    ARROW_CHECK_OK(is_null ? n.AppendNull() : n.Append());
    for (int item = 0; !is_null && item < row; ++item) {
      ARROW_CHECK_OK(static_cast<arrow::Int64Builder*>(l.value_builder())->Append(item));
      auto* names = static_cast<arrow::BinaryBuilder*>(n.value_builder());
      ARROW_CHECK_OK(item == 1 ? names->AppendNull() : names->Append(std::string("größe")));
    }
  }
  return arrow::RecordBatch::Make(
      features(), 4, {*i.Finish(), *s.Finish(), *f.Finish(), *l.Finish(), *b.Finish(), *n.Finish(), *y.Finish()});
}

TEST(FuzzStoredRows, MutatedCorpus) {
  std::vector<std::string> corpus = encoded(*rows());
  std::string version;
  gnomon::append_version_value("a key" + std::string(gnomon::kVersionKeyBytes, '\x02'), kFingerprint, {corpus[1], 7},
                               &version);
  corpus.push_back(version);
  gnomon::test::FuzzLoop loop(corpus,
                              {std::string(4, '\0'), "\xff\xff\xff\xff", "\x7f", std::string("\x01\0\0\0", 4), "\x80"});
  int64_t taken = 0;
  const int64_t inputs = loop.run([](const std::string& bytes) { return !bytes.empty() && take(bytes); }, &taken);
  EXPECT_GT(taken, inputs / 100) << "few mutants are rows: what is behind the first look is hardly tested";
}

}  // namespace
#endif
