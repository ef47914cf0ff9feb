// Functions of times, in UTC or in a named time zone.
#include "base/time_text.h"
#include "transform/expressions/kernels.h"
#include "transform/expressions/time_zone.h"

namespace gnomon {
namespace {

// timestamp('…'): a literal in all but its spelling.
Result<arrow::Datum> time_of_text(const Values& values) {
  auto texts = std::static_pointer_cast<arrow::StringArray>(values[0].make_array());
  GN_ASSIGN(TimeUs time, parse_time(texts->GetView(0)));
  auto scalar = std::make_shared<arrow::TimestampScalar>(time, arrow_type(ValueType::kTime));
  GN_ARROW_ASSIGN(std::shared_ptr<arrow::Array> array, "evaluating", arrow::MakeArrayFromScalar(*scalar, 1));
  return arrow::Datum(array);
}

// A field of the calendar, in UTC, or by the clocks of a zone.
Function part(const char* name, const char* description, const char* answer) {
  Kernel in_utc = arrow_kernel(name, nullptr, arrow::int64());
  Prepare prepare = [in_utc](const std::vector<std::shared_ptr<arrow::Scalar>>& constants) -> Result<Kernel> {
    std::string zone = constant_text(*constants[0]);
    GN_TRY(check_zone(zone));
    return Kernel([in_utc, zone](const Values& values) -> Result<arrow::Datum> {
      GN_ASSIGN(arrow::Datum local, in_zone(values[0], zone));
      return in_utc({local});
    });
  };
  std::string example = std::string(name) + "(timestamp('2013-01-31T17:45:09Z'))";
  return {name,
          {{{ValueType::kTime}, ValueType::kInt, in_utc},
           {{ValueType::kTime, ValueType::kString}, ValueType::kInt, nullptr, OwnNull::kMissing, 1, std::move(prepare)}},
          Arity::kFixed,
          FunctionInfo{name, std::string(name) + "(t[, 'zone'])", description, example, answer}};
}

}  // namespace

std::vector<Function> time_functions() {
  return {
      {"timestamp",
       {{{ValueType::kString}, ValueType::kTime, time_of_text, OwnNull::kMissing, 0}},
       Arity::kFixed,
       FunctionInfo{"timestamp", "timestamp('text')", "A time in ISO 8601; without a zone it is UTC.",
                    "timestamp('2013-01-01T01:00+01:00')", "timestamp('2013-01-01')"}},
      part("year", "The year of a time.", "2013"),
      part("month", "The month of a time, from 1.", "1"),
      part("day", "The day of the month, from 1.", "31"),
      part("day_of_week", "The day of the week: Monday is 0.", "3"),
      part("day_of_year", "The day of the year, from 1.", "31"),
      part("quarter", "The quarter of the year, from 1.", "1"),
      part("hour", "The hour, from 0.", "17"),
      part("minute", "The minute, from 0.", "45"),
      part("second", "The second, from 0.", "9"),
  };
}

}  // namespace gnomon
