// The words that orders to a model are made of, each with the parts it can play, and a bitmap of their beginnings.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentmend::detectors::injection {

using Parts = std::uint64_t;

constexpr Parts kSetAside = 1ull << 0;  // ignore, forget
constexpr Parts kPrior = 1ull << 1;  // previous, above, all
constexpr Parts kRules = 1ull << 2;  // instructions, guidelines, role
constexpr Parts kGuard = 1ull << 3;  // safety, sandbox, filter
constexpr Parts kYour = 1ull << 4;
constexpr Parts kYou = 1ull << 5;
constexpr Parts kModel = 1ull << 6;  // assistant, ai, bot
constexpr Parts kReveal = 1ull << 7;  // show, print, repeat
constexpr Parts kSecret = 1ull << 8;  // passwords, credentials
constexpr Parts kSend = 1ull << 9;  // send, post, upload
constexpr Parts kUnbound = 1ull << 10;  // unrestricted, unfiltered
constexpr Parts kDisable = 1ull << 11;  // disable, bypass
constexpr Parts kMode = 1ull << 12;  // mode, privileges
constexpr Parts kPrivilege = 1ull << 13;  // admin, developer, maintenance
constexpr Parts kTask = 1ull << 14;  // the head verb of a task
constexpr Parts kAsk = 1ull << 15;  // what, how, why: the head of a question
constexpr Parts kMine = 1ull << 16;  // my, me
constexpr Parts kNot = 1ull << 17;
constexpr Parts kStudy = 1ull << 18;  // research, thesis, class
constexpr Parts kAttack = 1ull << 19;  // injection, jailbreak
constexpr Parts kReport = 1ull << 20;  // error, shows, says
constexpr Parts kLead = 1ull << 21;  // what may stand before an order: and, then, please, now
constexpr Parts kOught = 1ull << 22;  // must, should
constexpr Parts kVoid = 1ull << 23;  // void, revoked
constexpr Parts kLimits = 1ull << 24;  // restrictions, limits: what an unbound model has none of
constexpr Parts kPrivate = 1ull << 25;  // account, genetic, medical: data that is somebody's
constexpr Parts kEverything = 1ull << 26;  // everything, anything, all
constexpr Parts kRole = 1ull << 27;  // act, pretend, roleplay
constexpr Parts kGlue = 1ull << 28;  // articles and prepositions
constexpr Parts kRun = 1ull << 29;  // run, execute, call
constexpr Parts kData = 1ull << 30;  // data, records, results
constexpr Parts kRoutine = 1ull << 31;  // click, visit, contact: what mails and shops ask of a reader
constexpr Parts kReply = 1ull << 32;  // response, answer: what only the model writes
constexpr Parts kDraft = 1ull << 33;  // documentation, runbook
constexpr Parts kPolite = 1ull << 34;  // please, kindly
constexpr Parts kTold = 1ull << 35;  // instructions, prompt: rules that are said, not those of a game or a house

// O(1). The word is in lower case. Plurals and a trailing 's are known by their stem.
[[nodiscard]] Parts parts_of(std::string_view word);
constexpr Parts kAskYou = 1ull << 37;  // can, could, would: before "you"
constexpr Parts kSpeaker = 1ull << 36;  // system, admin: who a forged mark speaks for
constexpr Parts kMoment = 1ull << 39;  // reading, silently: when and how an agent is told to act
constexpr Parts kTheUser = 1ull << 38;  // the user: whom only an agent's text speaks of

// A word that reads only as part of an order to a model or a request: the quick look stops at these alone.
constexpr Parts kCues = kSetAside | kRole | kReveal | kSend | kUnbound | kDisable | kTask | kRun | kYou | kAsk |
                        kPolite | kSpeaker | kAskYou | kModel | kTheUser | kMoment;

// O(1). The word is in lower case. Plurals and a trailing 's are known by their stem.
[[nodiscard]] Parts parts_of(std::string_view word);

// Cues wherever they stand. The others are verbs that order at the start of a clause only.
constexpr Parts kCuesAnywhere = kSetAside | kUnbound | kPolite | kYou | kRole | kSpeaker | kModel | kTheUser | kMoment;

// Bit of the first four bytes of a word, as written with 0x20 set in each. 2^15 bits: one ordinary word in a hundred
// passes by accident.
constexpr unsigned kPrefixBits = 15;
constexpr std::uint32_t prefix_slot(std::uint32_t four) { return (four * 0x9e3779b1u) >> (32 - kPrefixBits); }
[[nodiscard]] const std::uint32_t* prefixes();  // 2^15 bits, then 2^15 more: words that are cues in mid-sentence, too

}  // namespace agentmend::detectors::injection
