#include "trace/n8n_nodes.h"

#include <algorithm>
#include <iterator>

namespace agentmend {
namespace {

struct KnownType {
  std::string_view name;  // folded type without package, sorted
  std::uint32_t traits;
};

constexpr std::uint32_t kPersonTrigger = kN8nTrigger | kN8nAttended;
constexpr std::uint32_t kService = kN8nExternal | kN8nFallible;
constexpr std::uint32_t kMessenger = kService | kN8nOutward | kN8nNotify;  // unless its operation only reads
constexpr std::uint32_t kPaid = kService | kN8nModel;
constexpr std::uint32_t kUserCode = kN8nFallible | kN8nCode | kN8nMayYieldZero;

// Types of n8n-nodes-base and n8n-nodes-langchain that are not plain apps. Whatever is not listed is an app: a call to
// a service (names that end in "Trigger" start a workflow).
constexpr KnownType kTypes[] = {
    {"agent", kPaid | kN8nAgent},
    {"agenttool", kPaid | kN8nAgent | kN8nSub | kN8nTool},
    {"aggregate", kN8nPure},
    {"aitransform", kUserCode},
    {"chainllm", kPaid},
    {"chainretrievalqa", kPaid},
    {"chainsummarization", kPaid},
    {"chat", kN8nOutward | kN8nNotify | kN8nWaits},
    {"chattrigger", kPersonTrigger},
    {"code", kUserCode},
    {"comparedatasets", kN8nPure | kN8nMayYieldZero | kN8nBranch},
    {"compression", kN8nPure},
    {"converttofile", kN8nPure},
    {"crypto", kN8nPure},
    {"cron", kN8nTrigger | kN8nTimed},
    {"datetime", kN8nPure},
    {"debughelper", kN8nPure},
    {"discord", kMessenger},
    {"editimage", kN8nPure},
    {"emailreadimap", kN8nTrigger},
    {"emailsend", kMessenger},
    {"errortrigger", kN8nTrigger | kN8nErrorTrigger},
    {"evaluationtrigger", kPersonTrigger | kN8nManual},
    {"executecommand", kUserCode | kN8nOutward},
    {"executeworkflow", kN8nFallible | kN8nSubWorkflow},
    {"executeworkflowtrigger", kN8nTrigger | kN8nCalled},
    {"extractfromfile", kN8nPure},
    {"filter", kN8nPure | kN8nMayYieldZero},
    {"form", kN8nWaits},
    {"formtrigger", kPersonTrigger},
    {"function", kUserCode},
    {"functionitem", kUserCode},
    {"gmail", kMessenger},
    {"guardrails", kPaid | kN8nBranch},
    {"html", kN8nPure},
    {"htmlextract", kN8nPure},
    {"if", kN8nPure | kN8nBranch},
    {"informationextractor", kPaid},
    {"interval", kN8nTrigger | kN8nTimed},
    {"itemlists", kN8nPure},
    {"limit", kN8nPure},
    {"localfiletrigger", kN8nTrigger},
    {"manualchattrigger", kPersonTrigger},
    {"manualtrigger", kPersonTrigger | kN8nManual},
    {"markdown", kN8nPure},
    {"mattermost", kMessenger},
    {"mcpclienttool", kN8nExternal | kN8nFallible | kN8nSub | kN8nTool},
    {"mcptrigger", kN8nTrigger | kN8nCalled},
    {"memorymanager", kN8nPure},
    {"merge", kN8nPure},
    {"microsoftoutlook", kMessenger},
    {"microsoftteams", kMessenger},
    {"movebinarydata", kN8nPure},
    {"n8ntrigger", kN8nTrigger},
    {"noop", kN8nPure},
    {"openai", kPaid},
    {"openaiassistant", kPaid | kN8nAgent},
    {"pushover", kMessenger},
    {"readbinaryfile", kN8nPure | kN8nFallible},
    {"readbinaryfiles", kN8nPure | kN8nFallible},
    {"readpdf", kN8nPure},
    {"readwritefile", kN8nFallible},
    {"removeduplicates", kN8nPure | kN8nMayYieldZero},
    {"renamekeys", kN8nPure},
    {"respondtowebhook", kN8nPure | kN8nRespond},
    {"rocketchat", kMessenger},
    {"scheduletrigger", kN8nTrigger | kN8nTimed},
    {"sentimentanalysis", kPaid | kN8nBranch},
    {"set", kN8nPure},
    {"simulate", kN8nPure},
    {"slack", kMessenger},
    {"slacktrigger", kPersonTrigger},
    {"sms77", kMessenger},
    {"sort", kN8nPure},
    {"splitinbatches", kN8nPure | kN8nLoop},
    {"splitout", kN8nPure},
    {"spreadsheetfile", kN8nPure},
    {"ssetrigger", kN8nTrigger},
    {"start", kPersonTrigger | kN8nManual},
    {"stickynote", kN8nNote},
    {"stopanderror", kN8nPure | kN8nStops},
    {"summarize", kN8nPure},
    {"switch", kN8nPure | kN8nBranch},
    {"telegram", kMessenger},
    {"telegramtrigger", kPersonTrigger},
    {"textclassifier", kPaid | kN8nBranch},
    {"totp", kN8nPure},
    {"twilio", kMessenger},
    {"wait", kN8nPure | kN8nWaits},
    {"webhook", kN8nTrigger | kN8nHttpTrigger},
    {"whatsapp", kMessenger},
    {"whatsapptrigger", kPersonTrigger},
    {"workflowtrigger", kN8nTrigger},
    {"writebinaryfile", kN8nFallible | kN8nOutward},
    {"xml", kN8nPure},
};

// Sub-nodes of the AI package, by the beginning of their folded type.
struct KnownPrefix {
  std::string_view prefix;
  std::uint32_t traits;
};
constexpr KnownPrefix kPrefixes[] = {
    {"lm", kPaid | kN8nSub},    {"embeddings", kPaid | kN8nSub}, {"memory", kN8nSub},
    {"outputparser", kN8nSub},  {"textsplitter", kN8nSub},       {"document", kN8nSub},
    {"retriever", kN8nSub},     {"reranker", kPaid | kN8nSub},   {"tool", kN8nFallible | kN8nSub | kN8nTool},
    {"modelselector", kN8nSub},
};

// Payment and publication services: a call with bad data cannot be taken back.
constexpr std::string_view kHarmfulServices[] = {"chargebee", "facebookgraphapi", "linkedin", "paddle",   "paypal",
                                                 "stripe",    "twitter",          "wise",     "wordpress"};

// How an operation begins that changes something, and one that only reads.
constexpr std::string_view kWriteVerbs[] = {
    "add",    "append",   "approve", "archive", "ban",    "charge",  "clear", "copy", "create", "delete",
    "deploy", "draft",    "execute", "insert",  "invite", "move",    "pay",   "pin",  "post",   "publish",
    "push",   "refund",   "remove",  "rename",  "reply",  "restore", "send",  "set",  "share",  "star",
    "submit", "transfer", "trash",   "update",  "upload", "upsert",  "write"};
constexpr std::string_view kHarmfulVerbs[] = {"approve", "charge", "delete",   "deploy", "pay",  "publish",
                                              "refund",  "remove", "transfer", "trash",  "purge"};
constexpr std::string_view kReadVerbs[] = {"count", "describe", "download", "exists", "fetch",  "find",     "get",
                                           "list",  "lookup",   "query",    "read",   "search", "retrieve", "select"};

bool begins_with_any(std::string_view text, const std::string_view* first, const std::string_view* last) {
  return std::any_of(first, last, [text](std::string_view verb) { return text.starts_with(verb); });
}
template <std::size_t N>
bool begins_with_any(std::string_view text, const std::string_view (&verbs)[N]) {
  return begins_with_any(text, std::begin(verbs), std::end(verbs));
}

constexpr std::string_view kDatabases[] = {"cratedb", "microsoftsql", "mongodb",   "mysql",    "postgres",
                                           "questdb", "redis",        "snowflake", "supabase", "timescaledb"};

bool is_database(std::string_view folded) {
  return std::find(std::begin(kDatabases), std::end(kDatabases), folded) != std::end(kDatabases);
}

std::string folded_text(json::View value) { return fold_enum(n8n_unwrap(value).text()); }

// An SQL text that only reads.
bool reads_only(std::string_view query) {
  const std::size_t start = query.find_first_not_of(" \t\r\n=");
  if (start == std::string_view::npos) return false;
  const std::string head = fold_enum(query.substr(start, 8));
  return head.starts_with("select") || head.starts_with("show") || head.starts_with("explain");
}

std::uint32_t http_traits(json::View parameters) {
  const std::string method =
      folded_text(parameters["method"].is_null() ? parameters["requestMethod"] : parameters["method"]);
  std::uint32_t traits = kService | kN8nMayYieldZero;
  if (method.empty() || method == "get" || method == "head" || method == "options") return traits | kN8nRead;
  // A POST that asks a model or a search is paid, but changes nothing.
  const std::string url = n8n_unwrap(parameters["url"]).text();
  for (const std::string_view word : {"/completions", "/chat", "/embeddings", "generatecontent", "/predictions",
                                      "/inference", "/search", "/query", "/scrape", "/transcriptions"}) {
    if (contains_folded(url, word)) return traits | kN8nModel;
  }
  if (method == "delete") traits |= kN8nHarmful;
  for (const std::string_view word :
       {"/charge", "/payment", "/refund", "/payout", "/transfer", "/publish", "/delete"}) {
    if (contains_folded(url, word)) traits |= kN8nHarmful;
  }
  return traits | kN8nOutward;
}

std::uint32_t service_traits(std::string_view folded, std::uint32_t traits, json::View parameters) {
  const std::string operation = folded_text(parameters["operation"]);
  const bool listed =
      std::find(std::begin(kHarmfulServices), std::end(kHarmfulServices), folded) != std::end(kHarmfulServices);
  const bool reads = operation == "executequery" ? reads_only(n8n_unwrap(parameters["query"]).text())
                                                 : begins_with_any(operation, kReadVerbs);
  const bool writes = !reads && (begins_with_any(operation, kWriteVerbs) || (operation.empty() && is_database(folded)));
  if (reads) {
    traits &= ~static_cast<std::uint32_t>(kN8nOutward);
    traits |= kN8nRead | kN8nMayYieldZero;
  } else if (writes || listed) {
    traits |= kN8nOutward;
    if (listed || begins_with_any(operation, kHarmfulVerbs)) traits |= kN8nHarmful;
  }
  if (operation == "sendandwait") traits |= kN8nWaits;
  return traits;
}

}  // namespace

bool contains_folded(std::string_view text, std::string_view lower_case) {
  const auto found = std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
  return found != text.end();
}

std::string fold_enum(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for (const char c : text) {
    if (c == '-' || c == '_' || c == ' ' || c == '.') continue;
    folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return folded;
}

std::string_view n8n_short_type(std::string_view type) { return type.substr(type.rfind('.') + 1); }

json::View n8n_unwrap(json::View value) {
  return value.is_object() && value["__rl"].boolean(false) ? value["value"] : value;
}

std::uint32_t n8n_traits(std::string_view type, json::View node, json::View parameters) {
  const std::string folded = fold_enum(n8n_short_type(type));
  if (folded == "httprequest" || folded == "graphql") return http_traits(parameters);
  const auto* known = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&folded](const KnownType& entry) { return entry.name == folded; });
  std::uint32_t traits = 0;
  if (known != std::end(kTypes)) {
    traits = known->traits;
  } else if (folded.ends_with("trigger")) {
    traits = kN8nTrigger;
  } else {
    traits = kService;
    if (type.find("langchain") != std::string_view::npos) {
      for (const KnownPrefix& entry : kPrefixes) {
        if (folded.starts_with(entry.prefix)) traits = entry.traits;
      }
    }
    if (folded.ends_with("tool")) traits |= kN8nSub | kN8nTool;  // an app node in its tool form
  }
  if ((traits & kN8nTrigger) != 0) return traits;
  if ((traits & kN8nExternal) != 0 && (traits & kN8nModel) == 0) traits = service_traits(folded, traits, parameters);
  const json::View credentials = node["credentials"];
  if (credentials.is_object() && credentials.first() && (traits & kN8nNote) == 0) traits |= kN8nFallible;
  return traits;
}

std::uint32_t n8n_outputs(std::string_view short_type, double type_version, json::View parameters) {
  const std::string folded = fold_enum(short_type);
  if (folded == "if") return 2;
  if (folded == "splitinbatches") return type_version >= 2 ? 2 : 1;
  if (folded == "comparedatasets") return 4;
  if (folded == "switch") {
    if (type_version < 2) return 4;
    const json::View options = parameters["options"];
    if (folded_text(parameters["mode"]) == "expression") {
      const auto count = parameters["numberOutputs"].integer();
      const auto amount = parameters["outputsAmount"].integer();
      return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count.value_or(amount.value_or(4)), 1, 100));
    }
    const json::View rules =
        parameters["rules"]["values"].is_array() ? parameters["rules"]["values"] : parameters["rules"]["rules"];
    const bool extra = options["fallbackOutput"].equals("extra") || parameters["fallbackOutput"].equals("extra");
    return static_cast<std::uint32_t>(std::max<std::size_t>(rules.size(), 1)) + (extra ? 1 : 0);
  }
  if (folded == "textclassifier") {
    const std::size_t categories = parameters["categories"]["categories"].size();
    const bool other = parameters["options"]["fallback"].equals("other");
    return static_cast<std::uint32_t>(std::max<std::size_t>(categories, 1)) + (other ? 1 : 0);
  }
  if (folded == "sentimentanalysis") {
    const std::string listed = parameters["options"]["categories"].text();
    return listed.empty() ? 3 : static_cast<std::uint32_t>(1 + std::count(listed.begin(), listed.end(), ','));
  }
  if (folded == "guardrails") return 2;
  if (folded == "respondtowebhook") return parameters["options"]["enableResponseOutput"].boolean(false) ? 2 : 1;
  if (folded == "webhook" && parameters["multipleMethods"].boolean(false))
    return static_cast<std::uint32_t>(std::max<std::size_t>(parameters["httpMethod"].size(), 1));
  return 1;
}

}  // namespace agentmend
