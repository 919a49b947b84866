// What a verb does to the world: read, write, destroy, grant, send, spend, deploy, execute. For names of tools and for
// sentences.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentmend::text {

enum VerbClass : std::uint32_t {
  kVerbRead = 1u << 0,  // get, list, search, show
  kVerbWrite = 1u << 1,  // update, set, create: can be undone
  kVerbDestroy = 1u << 2,  // delete, drop, purge, terminate, cancel
  kVerbGrant = 1u << 3,  // grant, revoke, promote, authorise
  kVerbSend = 1u << 4,  // send, post, publish, notify: leaves the house
  kVerbSpend = 1u << 5,  // pay, refund, transfer, charge, buy
  kVerbDeploy = 1u << 6,  // deploy, migrate, release, restart
  kVerbExecute = 1u << 7,  // run, exec, eval
  kVerbProtect = 1u << 8,  // backup, snapshot, archive, schedule: prepares or keeps
  kVerbDisable = 1u << 9,  // disable, turn off, bypass
};

// Classes of one word in any usual form ("deleting", "deleted", "sends"); 0 = no verb that we know. No allocation.
[[nodiscard]] std::uint32_t verb_classes(std::string_view word);

// Calls visit(word) for each word of a tool's name or a text, in lower case: splits snake_case, kebab-case, camelCase,
// dots and spaces. Words longer than 32 letters are cut. No allocation.
template <typename F>
void for_each_word(std::string_view text, F&& visit) {
  char buffer[32];
  std::size_t length = 0;
  bool lower_before = false;
  const auto flush = [&] {
    if (length != 0) visit(std::string_view(buffer, length));
    length = 0;
  };
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter =
        upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (!letter) {
      if (c != '\'') flush();  // don't -> dont
      lower_before = false;
      continue;
    }
    if (upper && lower_before) flush();
    if (length < sizeof(buffer)) buffer[length++] = upper ? static_cast<char>(c + 32) : c;
    lower_before = !upper;
  }
  flush();
}

// Classes of all words of a name together, and of its first verb alone.
struct NameVerbs {
  std::uint32_t first = 0;
  std::uint32_t all = 0;
};
[[nodiscard]] NameVerbs verbs_of_name(std::string_view name);

}  // namespace agentmend::text
