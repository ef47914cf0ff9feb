// Columns of numbers made of words: 64 bits a value, those of an int64_t or a double, whatever the declared type is in the end.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <arrow/type_fwd.h>

#include "gnomon/status.h"

namespace gnomon {

// Whether values of this type are held as words: numbers, Bool and times.
bool is_word_type(const arrow::DataType& type);

// `words`: validity and one buffer of words. Types of 64 bits take them as they are.
Result<std::shared_ptr<arrow::Array>> word_column(const std::shared_ptr<arrow::DataType>& type,
                                                  const std::shared_ptr<arrow::ArrayData>& words);

// The same with a byte a value that says whether it is valid; null pointer: all are.
Result<std::shared_ptr<arrow::Array>> word_column(const std::shared_ptr<arrow::DataType>& type,
                                                  std::shared_ptr<arrow::Buffer> words, const uint8_t* valid);

// A byte a value as a bit a value.
std::shared_ptr<arrow::Buffer> bits_of(std::span<const uint8_t> bytes);

}  // namespace gnomon
