#include "detectors/general/corruption/keys.h"

#include <algorithm>

#include "json/view.h"
#include "text/time.h"
#include "text/word_table.h"
#include "trace/key_words.h"

namespace agentmend::detectors::corruption {
namespace {

constexpr text::WordRow kRows[] = {
    {kIdentity,
     "id ids uuid guid customer user owner account channel agent patient order booking assignee tenant org "
     "organization guild server workflow conversation thread author sender recipient member employee vendor "
     "supplier email mail iban sku isbn vin ssn"},
    {kCount,
     "count counts total totals number num participants members seats attendees guests items entries rows records "
     "messages pages quantity qty stock size length"},
    {kMonotone,
     "version revision seq sequence step steps turn turns iteration iterations generation epoch tick attempt "
     "attempts tokens"},
    {kNotNegative,
     "count price amount quantity qty age size length duration distance weight height stock seats "
     "participants members items pages rating tokens steps turns attempts cost fee salary"},
    {kPercent, "percent percentage pct"},
    {kAge, "age"},
    {kTemperature, "temperature temp celsius fahrenheit"},
    {kStart, "start started begin from min minimum departure checkin opened created open low lower birth hired"},
    {kEnd, "end ended finish to max maximum arrival checkout closed completed high upper death"},
    {kStatus, "status state phase stage"},
    {kPassing,
     "current active pending temp tmp draft error errors last next selected cursor buffer cache token lock "
     "warning warnings query input message note reason retry typing unread scratch result results"},
    {kVolatile, "timestamp time ts updated modified nonce hash checksum etag request trace at seen heartbeat"},
    {kMoney, "price amount balance cost fee salary currency total payment budget credit invoice refund"},
    {kRights,
     "role roles permission permissions admin elevated scope scopes privilege privileges access sandbox auth "
     "authenticated authorized"},
    {kName, "name firstname lastname fullname surname"},
    {kUnitOf, "currency unit units timezone locale"},
    {kTime, "date time at timestamp on deadline due expires expiry created updated modified birthday dob"},
    {kSignedIn, "authenticated authorized verified loggedin"},
    {kMail, "email mail"},
    {kLink, "url uri link href website"},
    {kTotal, "total subtotal sum"},
    {kWorkLeft,
     "queue pending todo todos backlog remaining tasks inbox cart buffer open unread jobs errors warnings "
     "alerts notifications votes selected suggestions candidates"},
};
constexpr text::WordTable<kRows> kWords;

constexpr std::string_view kRanks[] = {
    "new|created|open|pending|waiting|queued|unassigned|todo|draft|pending_review|pending_verification|unverified|"
    "not_started|requested|unpaid",
    "assigned|active|processing|in_progress|running|started|ongoing|under_review|working",
    "confirmed|approved|verified|authorized|accepted|paid|payment_confirmed|published|signed",
    "shipped|sent|delivered|completed|complete|done|closed|resolved|finished|succeeded|success|finalized|archived",
};

struct Sum {
  std::uint32_t all = 0;
  std::uint32_t last = 0;
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

std::uint32_t key_bits(std::string_view key, bool last_only) {
  Sum sum;
  any_word(
      key,
      [](void* into, std::string_view word) {
        char folded[24];
        Sum& bits = *static_cast<Sum*>(into);
        bits.last = 0;
        if (word.size() > sizeof(folded)) return false;
        for (std::size_t i = 0; i < word.size(); ++i) folded[i] = lower(word[i]);
        bits.last = kWords[{folded, word.size()}];
        bits.all |= bits.last;
        return false;
      },
      &sum);
  return last_only ? sum.last : sum.all;
}

int status_rank(std::string_view value) {
  char folded[32];
  if (value.empty() || value.size() > sizeof(folded)) return 0;
  for (std::size_t i = 0; i < value.size(); ++i) folded[i] = value[i] == '-' || value[i] == ' ' ? '_' : lower(value[i]);
  for (int rank = 0; rank < 4; ++rank) {
    if (is_one_of({folded, value.size()}, kRanks[rank])) return rank + 1;
  }
  return 0;
}

bool looks_like_date(std::string_view text) { return text.size() >= 8 && text::iso_to_ms(text) >= 0; }

bool looks_like_mail(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos &&
         text.find(' ') == std::string_view::npos;
}

bool looks_like_link(std::string_view text) {
  return (text.starts_with("http://") || text.starts_with("https://")) && text.size() > 10 &&
         text.find(' ') == std::string_view::npos;
}

bool is_debris(std::string_view text) {
  if (is_one_of(trim(text), "undefined|nan|null|none|n/a|#ref!|#value!|#n/a|infinity|error")) return text.size() > 3;
  return has(text, "[object ") || has(text, "\xef\xbf\xbd") || has(text, "\xc3\x83\xc2") ||
         has(text, "\xc3\xa2\xe2\x82\xac");
}

bool is_cut_json(std::string_view text) {
  const std::string_view inside = trim(text);
  if (inside.size() < 4 || (inside.front() != '{' && inside.front() != '[') || !has(inside, "\"")) return false;
  // {{name}} and [Note: "x"] are not JSON at all.
  const std::size_t next = inside.find_first_not_of(" \n\t", 1);
  const bool opens =
      next != std::string_view::npos &&
      (inside[next] == '"' || (inside.front() == '[' && (inside[next] == '{' || is_digit(inside[next]))));
  json::Index index;
  return opens && !index.read(inside);
}

}  // namespace agentmend::detectors::corruption
