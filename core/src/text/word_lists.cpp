#include "text/word_lists.h"

#include <algorithm>
#include <array>

namespace agentmend::text {
namespace {

// Sorted, so that a look-up is a binary search. Checked by a test.
constexpr std::string_view kStop[] = {
    "a",         "about",     "above",     "across",   "actually", "after",    "again",      "all",      "almost",
    "along",     "already",   "also",      "although", "always",   "am",       "among",      "an",       "and",
    "another",   "any",       "anyone",    "anything", "are",      "arent",    "around",     "as",       "ask",
    "at",        "available", "away",      "back",     "based",    "be",       "became",     "because",  "become",
    "been",      "before",    "being",     "below",    "between",  "both",     "but",        "by",       "came",
    "can",       "cannot",    "cant",      "come",     "comes",    "could",    "couldnt",    "did",      "didnt",
    "do",        "does",      "doesnt",    "doing",    "done",     "dont",     "down",       "due",      "during",
    "each",      "either",    "else",      "etc",      "even",     "ever",     "every",      "few",      "first",
    "for",       "from",      "further",   "gave",     "give",     "given",    "gives",      "go",       "goes",
    "going",     "good",      "got",       "had",      "hadnt",    "happen",   "happened",   "happens",  "has",
    "hasnt",     "have",      "havent",    "having",   "he",       "hello",    "her",        "here",     "hers",
    "herself",   "hey",       "hi",        "him",      "himself",  "his",      "how",        "however",  "i",
    "if",        "in",        "including", "into",     "is",       "isnt",     "it",         "its",      "itself",
    "just",      "kind",      "know",      "last",     "let",      "like",     "made",       "make",     "makes",
    "making",    "many",      "may",       "maybe",    "me",       "mean",     "might",      "mine",     "more",
    "most",      "much",      "must",      "my",       "myself",   "need",     "needs",      "neither",  "never",
    "next",      "no",        "nor",       "not",      "now",      "of",       "off",        "often",    "ok",
    "okay",      "on",        "once",      "one",      "only",     "onto",     "or",         "other",    "others",
    "our",       "ours",      "out",       "over",     "own",      "per",      "perhaps",    "please",   "put",
    "quite",     "rather",    "really",    "said",     "same",     "say",      "says",       "see",      "seem",
    "seems",     "several",   "shall",     "she",      "should",   "shouldnt", "since",      "so",       "some",
    "someone",   "something", "still",     "such",     "take",     "takes",    "tell",       "than",     "thank",
    "thanks",    "that",      "the",       "their",    "theirs",   "them",     "themselves", "then",     "there",
    "therefore", "these",     "they",      "thing",    "things",   "this",     "those",      "though",   "through",
    "thus",      "to",        "too",       "toward",   "under",    "unless",   "until",      "up",       "upon",
    "us",        "use",       "used",      "uses",     "using",    "usually",  "various",    "very",     "via",
    "want",      "wants",     "was",       "wasnt",    "way",      "ways",     "we",         "well",     "went",
    "were",      "werent",    "what",      "whatever", "when",     "where",    "whether",    "which",    "while",
    "who",       "whom",      "whose",     "why",      "will",     "with",     "within",     "without",  "wont",
    "would",     "wouldnt",   "yes",       "yet",      "you",      "your",     "yours",      "yourself",
};

constexpr std::string_view kEnglish[] = {
    "a",     "about", "am",    "an",    "and",    "any",  "are",  "as",   "at",   "be",    "been",  "but",
    "by",    "can",   "could", "did",   "do",     "does", "for",  "from", "had",  "has",   "have",  "he",
    "how",   "i",     "if",    "in",    "is",     "it",   "its",  "me",   "my",   "no",    "not",   "of",
    "on",    "or",    "our",   "she",   "should", "so",   "than", "that", "the",  "their", "then",  "there",
    "these", "they",  "this",  "those", "to",     "was",  "we",   "were", "what", "when",  "where", "which",
    "who",   "why",   "will",  "with",  "would",  "you",  "your",
};
constexpr std::string_view kSpanish[] = {
    "al", "como",    "con",     "cual", "cuales", "cuando", "cuanto", "de",     "del",   "donde", "el",  "en",
    "es", "esta",    "este",    "hay",  "la",     "las",    "le",     "lo",     "los",   "mas",   "mi",  "mis",
    "no", "nuestra", "nuestro", "o",    "para",   "pero",   "por",    "porque", "puede", "puedo", "que", "se",
    "si", "sin",     "sobre",   "son",  "su",     "sus",    "tu",     "un",     "una",   "y",
};
constexpr std::string_view kPortuguese[] = {
    "a",    "ao",     "as",   "com",  "como", "da",   "das",  "de",   "do",   "dos",   "e",      "em",    "essa",
    "esse", "esta",   "este", "eu",   "foi",  "isso", "mais", "mas",  "meu",  "minha", "na",     "nao",   "nas",
    "no",   "nos",    "o",    "onde", "os",   "ou",   "para", "pela", "pelo", "por",   "porque", "posso", "quais",
    "qual", "quando", "que",  "se",   "sem",  "seu",  "sua",  "um",   "uma",  "voce",  "voces",
};
constexpr std::string_view kFrench[] = {
    "au",   "aux",      "avec", "ce",    "ces", "cette", "comment", "dans",    "de",    "des", "du",
    "elle", "en",       "est",  "et",    "il",  "ils",   "je",      "la",      "le",    "les", "leur",
    "ma",   "mais",     "mes",  "mon",   "ne",  "nos",   "notre",   "nous",    "ou",    "par", "pas",
    "pour", "pourquoi", "puis", "quand", "que", "quel",  "quelle",  "quelles", "quels", "qui", "sa",
    "ses",  "son",      "sont", "sur",   "un",  "une",   "vos",     "votre",   "vous",
};
constexpr std::string_view kGerman[] = {
    "aber",  "als",    "am",    "an",    "auch", "auf",   "aus",   "bei",    "das",     "dem",  "den",
    "der",   "des",    "die",   "durch", "ein",  "eine",  "einem", "einen",  "einer",   "er",   "es",
    "fur",   "gibt",   "haben", "hat",   "ich",  "ihr",   "im",    "ist",    "kann",    "mein", "meine",
    "mit",   "nach",   "nicht", "noch",  "oder", "sich",  "sie",   "sind",   "uber",    "um",   "und",
    "unser", "unsere", "vom",   "von",   "wann", "warum", "was",   "welche", "welches", "wenn", "werden",
    "wie",   "wir",    "wird",  "wo",    "zu",   "zum",   "zur",
};
constexpr std::string_view kItalian[] = {
    "ai",    "al",    "alla",   "anche",  "che",    "chi", "ci",     "come",   "con",   "da",  "dei",    "del", "della",
    "delle", "di",    "dove",   "e",      "gli",    "ho",  "i",      "il",     "in",    "io",  "la",     "le",  "ma",
    "mi",    "mia",   "mio",    "nel",    "nella",  "non", "nostra", "nostro", "o",     "per", "perche", "piu", "posso",
    "quale", "quali", "quando", "questa", "questo", "si",  "sono",   "sul",    "sulla", "tra", "un",     "una",
};

// The English words of this list say no to what follows; "without" and "neither" as well.
constexpr std::string_view kNegations[] = {
    "aint", "arent", "cannot",  "cant",    "couldnt", "didnt",    "doesnt", "dont",   "hadnt",   "hasnt", "havent",
    "isnt", "kein",  "keine",   "nao",     "neither", "never",    "nicht",  "no",     "nobody",  "non",   "none",
    "nor",  "not",   "nothing", "nowhere", "pas",     "shouldnt", "wasnt",  "werent", "without", "wont",  "wouldnt",
};

template <std::size_t N>
bool holds(const std::string_view (&list)[N], std::string_view word) {
  return std::binary_search(list, list + N, word);
}

}  // namespace

bool is_stop_word(std::string_view word) { return holds(kStop, word); }
bool is_negation(std::string_view word) { return holds(kNegations, word); }

Language language_at(std::size_t i) {
  constexpr std::array<Language, kLanguages> kAll{Language::kEnglish, Language::kSpanish, Language::kPortuguese,
                                                  Language::kFrench,  Language::kGerman,  Language::kItalian};
  return kAll[i];
}

bool is_function_word(std::string_view word, Language language) {
  switch (language) {
    case Language::kEnglish: return holds(kEnglish, word);
    case Language::kSpanish: return holds(kSpanish, word);
    case Language::kPortuguese: return holds(kPortuguese, word);
    case Language::kFrench: return holds(kFrench, word);
    case Language::kGerman: return holds(kGerman, word);
    case Language::kItalian: return holds(kItalian, word);
    case Language::kUnknown:
    case Language::kOtherScript: return false;
  }
  return false;
}

}  // namespace agentmend::text
