#include "text/time.h"

#include <cmath>

namespace agentmend::text {
namespace {

// Days from 1970-01-01 of a proleptic Gregorian date (Howard Hinnant, "chrono-compatible low-level date algorithms").
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = year / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

struct Scanner {
  std::string_view rest;
  bool ok = true;
  std::int64_t digits(std::size_t count) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i >= rest.size() || rest[i] < '0' || rest[i] > '9') {
        ok = false;
        return 0;
      }
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return value;
  }
  bool take(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
};

// "Z", "+02:00", "-0530"; the offset in minutes.
std::int64_t read_offset(Scanner& scan) {
  const bool plus = scan.take('+');
  if (!plus && !scan.take('-')) {
    scan.take('Z');
    return 0;
  }
  const std::int64_t hours = scan.digits(2);
  scan.take(':');
  const std::int64_t minutes = scan.rest.empty() ? 0 : scan.digits(2);
  return (plus ? 1 : -1) * (hours * 60 + minutes);
}

}  // namespace

std::int64_t iso_to_ms(std::string_view text) {
  Scanner scan{text};
  const std::int64_t year = scan.digits(4);
  if (!scan.take('-')) return -1;
  const std::int64_t month = scan.digits(2);
  if (!scan.take('-')) return -1;
  const std::int64_t day = scan.digits(2);
  std::int64_t ms = 0;
  if (scan.take('T') || scan.take(' ')) {
    ms += scan.digits(2) * 3'600'000;
    if (!scan.take(':')) return -1;
    ms += scan.digits(2) * 60'000;
    if (scan.take(':')) ms += scan.digits(2) * 1000;
    if (scan.take('.')) {
      std::int64_t unit = 100;
      while (!scan.rest.empty() && scan.rest[0] >= '0' && scan.rest[0] <= '9') {
        ms += unit * (scan.rest[0] - '0');
        unit /= 10;
        scan.rest.remove_prefix(1);
      }
    }
    ms -= read_offset(scan) * 60'000;
  }
  if (!scan.ok || !scan.rest.empty() || month < 1 || month > 12 || day < 1 || day > 31 || year < 1970) return -1;
  const std::int64_t result = days_of(year, month, day) * 86'400'000 + ms;
  return result < 0 ? -1 : result;
}

std::int64_t number_to_ms(double number) {
  if (!(number >= 0) || number > 1e19) return -1;
  if (number < 1e11) return static_cast<std::int64_t>(std::floor(number * 1000));
  if (number < 1e14) return static_cast<std::int64_t>(std::floor(number));
  if (number < 1e17) return static_cast<std::int64_t>(std::floor(number / 1e3));
  return static_cast<std::int64_t>(std::floor(number / 1e6));
}

}  // namespace agentmend::text
