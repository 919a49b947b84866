#include "text/secrets.h"

#include "text/ascii.h"
#include "text/math.h"

namespace agentmend::text {
namespace {

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '+' || c == '/' || c == '=' || c == '.' || c == '@' || c == ':';
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool starts_with_any(std::string_view token) {
  // Published key formats of common providers.
  constexpr std::string_view kPrefixes[] = {"sk-",         "sk_live_", "sk_test_", "rk_live_", "ghp_", "gho_", "ghs_",
                                            "github_pat_", "xoxb-",    "xoxp-",    "xapp-",    "AKIA", "ASIA", "AIza",
                                            "ya29.",       "glpat-",   "hf_",      "npm_",     "eyJ"};
  for (const std::string_view prefix : kPrefixes) {
    if (token.size() >= prefix.size() + 8 && token.starts_with(prefix)) return true;
  }
  return false;
}

double entropy_bits(std::string_view token) {
  int counts[256] = {};
  for (const char c : token) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  const auto size = static_cast<double>(token.size());
  for (const int count : counts) {
    if (count == 0) continue;
    const double share = count / size;
    bits -= share * ln(share) / 0.6931471805599453;
  }
  return bits;
}

// 20 characters and 3.5 bits a character: words and dotted names stay below, random keys above.
bool is_random_key(std::string_view token) {
  if (token.size() < 20) return false;
  bool digit = false;
  bool letter = false;
  for (const char c : token) {
    if (c == '/' || c == '.' || c == ':' || c == '@') return false;  // paths, names, URLs
    digit = digit || is_digit(c);
    letter = letter || !is_digit(c);
  }
  return digit && letter && entropy_bits(token) > 3.5;
}

bool is_mail(std::string_view token) {
  const std::size_t at = token.find('@');
  return at != std::string_view::npos && at > 0 && token.find('.', at) != std::string_view::npos &&
         token.find("//") == std::string_view::npos;
}

bool is_card(std::string_view digits) {
  if (digits.size() < 13 || digits.size() > 19) return false;
  int sum = 0;
  bool twice = false;
  for (std::size_t i = digits.size(); i-- > 0; twice = !twice) {  // Luhn, ISO/IEC 7812-1
    const int digit = digits[i] - '0';
    sum += twice ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
  }
  return sum % 10 == 0;
}

bool names_secret(std::string_view before) {
  std::string name;
  for (const char c : before.substr(before.size() > 24 ? before.size() - 24 : 0)) name.push_back(lower(c));
  while (!name.empty() &&
         (name.back() == ' ' || name.back() == '"' || name.back() == '\'' || name.back() == ':' || name.back() == '='))
    name.pop_back();
  for (const std::string_view word :
       {"password", "passwd", "secret", "api_key", "apikey", "api-key", "authorization", "bearer", "token"}) {
    if (name.size() >= word.size() && std::string_view(name).substr(name.size() - word.size()) == word)
      return name.size() < before.size();
  }
  return false;
}

}  // namespace

std::string mask_secrets(std::string_view text) {
  constexpr std::string_view kMask = "[masked]";
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("-----BEGIN") && text.substr(i, 40).find("PRIVATE KEY") != std::string_view::npos) {
      return out + std::string(kMask);  // the rest is the key
    }
    if (!is_token_char(text[i])) {
      out.push_back(text[i++]);
      continue;
    }
    std::size_t end = i;
    std::string digits;
    while (end < text.size() && is_token_char(text[end])) {
      if (is_digit(text[end])) digits.push_back(text[end]);
      ++end;
    }
    const std::string_view token = text.substr(i, end - i);
    const bool all_digits = digits.size() >= 13 && digits.size() + 4 >= token.size();
    const bool assigned = token.size() >= 4 && names_secret(text.substr(0, i)) && i > 0 &&
                          (text[i - 1] != ' ' || (i > 1 && text[i - 2] != ' '));
    const bool secret = starts_with_any(token) || is_random_key(token) || is_mail(token) ||
                        (all_digits && is_card(digits)) ||
                        (assigned && (text.substr(0, i).find_last_of("=:") != std::string_view::npos &&
                                      i - text.substr(0, i).find_last_of("=:") <= 3));
    out += secret ? kMask : token;
    i = end;
  }
  return out;
}

}  // namespace agentmend::text
