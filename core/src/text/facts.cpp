#include "text/facts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "text/ascii.h"
#include "text/hash.h"
#include "text/units.h"

namespace agentmend::text {
namespace {

bool is_approximation(std::string_view word) {
  constexpr std::string_view kWords[] = {"about",  "almost", "approximately", "approx", "around", "circa",
                                         "nearly", "over",   "roughly",       "some",   "under"};
  return std::binary_search(std::begin(kWords), std::end(kWords), word);
}

// Digits with at most one dot at the start of `word`; the rest ("gb", "k") in `rest`. False when it is no number.
struct Digits {
  double value = 0;
  double step = 1;
  int whole = 0;  // digits before the dot
  int dots = 0;
  std::string_view rest;
};
bool read_digits(std::string_view word, Digits& out) {
  std::size_t i = 0;
  double scale = 1;
  for (; i < word.size(); ++i) {
    const char c = word[i];
    if (is_digit(c)) {
      if (out.dots == 0) {
        out.value = out.value * 10 + (c - '0');
        ++out.whole;
      } else if (out.dots == 1) {
        scale /= 10;
        out.value += (c - '0') * scale;
      }
    } else if (c == '.' && i + 1 < word.size() && is_digit(word[i + 1])) {
      ++out.dots;
    } else {
      break;
    }
  }
  out.step = out.dots == 0 ? 1 : scale;
  out.rest = word.substr(i);
  return i > 0 && out.whole <= 15;
}

class Finder {
 public:
  Finder(std::string_view text, const Words& words) : text_(text), words_(words) {}

  std::vector<Fact> run() {
    std::size_t i = 0;
    while (i < words_.size() && out_.size() < kMaxFacts) {
      const std::size_t next = take(i);
      i = next > i ? next : i + 1;
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view word(std::size_t i) const {
    return i < words_.size() ? words_.text(i) : std::string_view{};
  }
  // Nothing but spaces (and the signs allowed) stands between word i and the one after it.
  [[nodiscard]] bool adjacent(std::size_t i, std::string_view allowed = " ") const {
    if (i + 1 >= words_.size()) return false;
    const std::string_view gap = text_.substr(words_[i].end, words_[i + 1].begin - words_[i].end);
    return gap.size() <= 3 && gap.find_first_not_of(allowed) == std::string_view::npos;
  }

  Fact& add(FactKind kind, std::size_t first, std::size_t last, double value, std::uint64_t key) {
    Fact fact;
    fact.kind = kind;
    fact.value = value;
    fact.key = key;
    fact.begin = words_[first].begin;
    fact.end = words_[last - 1].end;
    fact.first_word = static_cast<std::uint32_t>(first);
    fact.last_word = static_cast<std::uint32_t>(last);
    out_.push_back(fact);
    return out_.back();
  }

  // Each returns the position after what it took, or i.
  std::size_t take(std::size_t i) {
    if (const std::size_t next = date(i); next > i) return next;
    if (const std::size_t next = identifier(i); next > i) return next;
    if (words_[i].digits || number_word(word(i)) >= 0) {
      if (const std::size_t next = version(i); next > i) return next;
      return number(i);
    }
    return name(i);
  }

  [[nodiscard]] int whole(std::size_t i, int low, int high, std::size_t max_digits) const {
    Digits digits;
    const std::string_view w = word(i);
    if (w.empty() || !read_digits(w, digits) || digits.dots != 0 || static_cast<std::size_t>(digits.whole) > max_digits)
      return -1;
    const bool ordinal = digits.rest == "st" || digits.rest == "nd" || digits.rest == "rd" || digits.rest == "th";
    if (!digits.rest.empty() && !(ordinal && high <= 31)) return -1;
    const int value = static_cast<int>(digits.value);
    return value >= low && value <= high ? value : -1;
  }
  [[nodiscard]] int year(std::size_t i) const { return word(i).size() == 4 ? whole(i, 1900, 2099, 4) : -1; }

  std::size_t date(std::size_t i) {
    const auto put = [&](std::size_t last, int y, int m, int d) {
      add(FactKind::kDate, i, last, y * 10000.0 + m * 100.0 + d, 0);
      return last;
    };
    if (const int month = month_of(word(i)); month > 0) {
      const int day = adjacent(i, " .") ? whole(i + 1, 1, 31, 2) : -1;
      if (day > 0) {
        const int y = adjacent(i + 1, " ,") ? year(i + 2) : -1;
        return y > 0 ? put(i + 3, y, month, day) : put(i + 2, 0, month, day);
      }
      const int y = adjacent(i, " ,.") ? year(i + 1) : -1;
      if (y > 0) return put(i + 2, y, month, 0);
      return word(i).size() > 3 && words_[i].capital && word(i) != "march" ? put(i + 1, 0, month, 0) : i;
    }
    if (!words_[i].digits) return i;
    if (const int day = whole(i, 1, 31, 2); day > 0 && adjacent(i) && month_of(word(i + 1)) > 0) {
      const int y = adjacent(i + 1, " ,") ? year(i + 2) : -1;
      return y > 0 ? put(i + 3, y, month_of(word(i + 1)), day) : put(i + 2, 0, month_of(word(i + 1)), day);
    }
    return numeric_date(i, put);
  }

  template <typename Put>
  std::size_t numeric_date(std::size_t i, const Put& put) {
    const bool dashes = adjacent(i, "-") && adjacent(i + 1, "-");
    const bool strokes = adjacent(i, "/") && adjacent(i + 1, "/");
    if (dashes || strokes) {
      const int y = year(i);
      const int m = whole(i + 1, 1, 12, 2);
      int d = whole(i + 2, 1, 31, 2);
      // "2025-01-15T10:00:00": the day is glued to the time.
      if (d < 0 && word(i + 2).size() > 2 && word(i + 2)[2] == 't') d = two_digits(word(i + 2));
      if (y > 0 && m > 0 && d > 0) return put(i + 3, y, m, d);
      const int last = year(i + 2);
      const int first = whole(i, 1, 31, 2);
      const int second = whole(i + 1, 1, 31, 2);
      if (last > 0 && first > 0 && second > 0)  // month first, unless it cannot be
        return first <= 12 ? put(i + 3, last, first, second) : put(i + 3, last, second, first);
    }
    const int y = year(i);
    if (y < 0 || currency_before(text_, words_[i].begin) != 0) return i;
    const bool joined = words_[i].begin > 0 && (text_[words_[i].begin - 1] == '-' || text_[words_[i].begin - 1] == '.');
    const bool goes_on =
        words_[i].end < text_.size() && (text_[words_[i].end] == '%' || text_[words_[i].end] == '-') && year(i + 1) < 0;
    if (joined && year(i == 0 ? 0 : i - 1) < 0) return i;  // part of an identifier
    if (goes_on || (adjacent(i) && (unit_of(word(i + 1)) != nullptr || magnitude_of(word(i + 1)) > 0))) return i;
    return put(i + 1, y, 0, 0);
  }
  static int two_digits(std::string_view w) {
    return is_digit(w[0]) && is_digit(w[1]) ? (w[0] - '0') * 10 + (w[1] - '0') : -1;
  }

  // A chunk between spaces that mixes letters and digits, or is a mail address, URL or path.
  std::size_t identifier(std::size_t i) {
    std::size_t begin = words_[i].begin;
    if (begin > 0 && (is_letter(text_[begin - 1]) || is_digit(text_[begin - 1]))) return i;
    std::size_t end = begin;
    bool letters = false;
    bool digits = false;
    std::size_t joints = 0;
    std::size_t strokes = 0;
    bool mail = false;
    bool scheme = false;
    bool path = begin > 0 && text_[begin - 1] == '/';
    constexpr std::string_view kJoints = "-_./:@?=&#%+~\\";
    while (end < text_.size() && end - begin < 300) {
      const char c = text_[end];
      if (is_letter(c) || is_digit(c)) {
        (is_digit(c) ? digits : letters) = true;
      } else if (kJoints.find(c) != std::string_view::npos) {
        ++joints;
        mail = mail || c == '@';
        scheme = scheme || text_.substr(end, 3) == "://";
        strokes += c == '/' || c == '\\' ? 1 : 0;
      } else {
        break;
      }
      ++end;
    }
    while (end > begin && kJoints.find(text_[end - 1]) != std::string_view::npos) {
      --end;
      --joints;
    }
    if (end == begin) return i;  // the word is not ASCII
    const std::string_view chunk = text_.substr(begin, end - begin);
    Digits number;
    const bool leads_with_number = read_digits(words_.text(i), number);
    const bool quantity = leads_with_number && joints <= static_cast<std::size_t>(number.dots) &&
                          (number.rest.empty() || unit_of(number.rest) != nullptr || magnitude_of(number.rest) > 0);
    // "24-hour", "30-day": a number and plain words.
    const bool compound = leads_with_number && number.rest.empty() && chunk.find('_') == std::string_view::npos &&
                          std::count_if(chunk.begin(), chunk.end(), is_digit) <= number.whole + 2;
    const bool dotted_version =
        (chunk.front() == 'v' || chunk.front() == 'V') && chunk.size() > 1 && is_digit(chunk[1]);
    const bool mixed = letters && digits && !quantity && !compound && !dotted_version && chunk.size() >= 2;
    const bool snake = chunk.find('_') != std::string_view::npos && letters;
    if (!(mixed || snake || scheme || (mail && joints >= 2) || (path && strokes >= 1) || (strokes >= 2 && letters)))
      return i;
    std::size_t last = words_.at_byte(end);
    last = std::max(last, i + 1);
    std::string lower(chunk);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    Fact& fact = add(FactKind::kIdentifier, i, last, 0, hash(lower));
    fact.end = static_cast<std::uint32_t>(end);
    return last;
  }

  std::size_t version(std::size_t i) {
    std::string_view w = word(i);
    const bool lead = w.size() > 1 && w[0] == 'v' && is_digit(w[1]);
    if (lead) w.remove_prefix(1);
    Digits digits;
    if (!read_digits(w, digits) || !digits.rest.empty()) return i;
    const bool unit_follows = adjacent(i) && (unit_of(word(i + 1)) != nullptr || magnitude_of(word(i + 1)) > 0);
    const bool named =
        i > 0 && adjacent(i - 1) && (word(i - 1) == "version" || word(i - 1) == "release" || word(i - 1) == "v");
    const bool product = i > 0 && adjacent(i - 1) && words_[i - 1].capital && !words_[i - 1].starts &&
                         digits.dots == 1 && words_[i - 1].content;
    const bool percent = words_[i].end < text_.size() && text_[words_[i].end] == '%';
    if (percent || currency_before(text_, words_[i].begin) != 0) return i;
    if (!(lead || digits.dots >= 2 || named || (product && !unit_follows))) return i;
    add(FactKind::kVersion, i, i + 1, digits.value, hash(w));
    return i + 1;
  }

  std::size_t number(std::size_t i) {
    Digits digits;
    const double spelled = number_word(word(i));
    if (spelled >= 0) {
      digits.value = spelled;
    } else if (!read_digits(word(i), digits) || digits.dots > 1) {
      return i + 1;
    }
    std::size_t last = i + 1;
    Fact fact;
    fact.kind = FactKind::kNumber;
    double factor = 1;
    std::string_view rest = digits.rest;
    const auto next = [&] { return adjacent(last - 1, " -") ? word(last) : std::string_view{}; };
    fact.key = currency_before(text_, words_[i].begin);
    if (rest.empty() && magnitude_of(next()) >= 1e3 && next().size() > 1) {
      factor = magnitude_of(next());
      ++last;
    } else if (magnitude_of(rest) > 0 && (rest != "m" || fact.key != 0 || unit_of(next()) == nullptr)) {
      factor = magnitude_of(rest);
      rest = {};
    }
    const UnitRow* unit = !rest.empty() ? unit_of(rest) : unit_of(next());
    if (unit != nullptr && fact.key == 0 && !(rest.empty() && unit->word.size() == 1)) {
      factor *= unit->factor;
      fact.unit = unit->unit;
      if (rest.empty()) ++last;
    }
    const bool sign = words_[last - 1].end < text_.size() && text_[words_[last - 1].end] == '%';
    const std::string_view after = next();
    if (sign || after == "percent") {
      fact.kind = FactKind::kPercent;
    } else if (fact.key != 0 || currency_of(after) != 0) {
      fact.kind = FactKind::kMoney;
      if (fact.key == 0) fact.key = currency_of(after);
      if (currency_of(after) != 0) ++last;
    }
    Fact& placed = add(fact.kind, i, last, digits.value * factor, fact.key);
    placed.unit = fact.unit;
    placed.step = digits.step * factor;
    placed.approximate = i > 0 && is_approximation(word(i - 1));
    return last;
  }

  std::size_t name(std::size_t i) {
    const Word& w = words_[i];
    if (!w.capital || !w.content) return i;
    if (w.starts && !w.all_capitals &&
        !(i + 1 < words_.size() && adjacent(i) && words_[i + 1].capital && words_[i + 1].content &&
          !words_[i + 1].starts))
      return i;
    std::size_t last = i + 1;
    while (last - i < 5 && adjacent(last - 1) && words_[last].capital && words_[last].content && !words_[last].digits)
      ++last;
    std::uint64_t key = 0;
    for (std::size_t k = i; k < last; ++k) key = combine(key, hash(words_.stem(words_[k])));
    add(FactKind::kName, i, last, 0, key);
    return last;
  }

  std::string_view text_;
  const Words& words_;
  std::vector<Fact> out_;
};

bool same_date(double a, double b) {
  const auto split = [](double v) {
    const auto n = static_cast<std::int64_t>(v);
    return std::array<std::int64_t, 3>{n / 10000, n / 100 % 100, n % 100};
  };
  const auto x = split(a);
  const auto y = split(b);
  for (std::size_t i = 0; i < 3; ++i) {
    if (x[i] != 0 && y[i] != 0 && x[i] != y[i]) return false;
  }
  return true;
}

}  // namespace

std::vector<Fact> facts(std::string_view text, const Words& words) { return Finder(text, words).run(); }

bool same(const Fact& a, const Fact& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case FactKind::kDate: return same_date(a.value, b.value);
    case FactKind::kVersion:
    case FactKind::kIdentifier:
    case FactKind::kName: return a.key == b.key;
    case FactKind::kNumber:
    case FactKind::kPercent:
    case FactKind::kMoney: break;
  }
  if (a.unit != b.unit || (a.key != b.key && a.key != 0 && b.key != 0)) return false;
  const double difference = std::fabs(a.value - b.value);
  const double size = std::max(std::fabs(a.value), std::fabs(b.value));
  const double tolerance = a.approximate || b.approximate ? 0.1 : a.unit != Unit::kNone ? 0.01 : 0;
  // Rounding to the shown digits: the coarser one decides, and only when it shows a fraction or round thousands.
  const double coarse = std::max(a.step, b.step);
  const double rounding = coarse != 1.0 && a.step != b.step ? coarse / 2 : 0;
  return difference <= std::max(size * tolerance, rounding) + 1e-9 * size;
}

}  // namespace agentmend::text
