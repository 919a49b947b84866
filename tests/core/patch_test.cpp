// RFC 6902 on JSON text: the standard's own examples, all or nothing, and a proven inverse for random patches.
#include "json/patch.h"

#include <dirent.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "healing.h"

namespace agentmend::json {
namespace {

using test::parse;

Patch patch_of(std::string_view text) {
  const auto document = parse(text);
  auto patch = read_patch(document->root);
  EXPECT_TRUE(patch.has_value()) << text;
  return patch ? *patch : Patch{};
}

struct Example {
  std::string_view document, patch, result;  // result empty: refused
};

// RFC 6902, appendix A.
constexpr Example kExamples[] = {
    {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])", R"({"baz":"qux","foo":"bar"})"},
    {R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])", R"({"foo":["bar","qux","baz"]})"},
    {R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])", R"({"foo":"bar"})"},
    {R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])", R"({"foo":["bar","baz"]})"},
    {R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])",
     R"({"baz":"boo","foo":"bar"})"},
    {R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
     R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
     R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
    {R"({"foo":["all","grass","cows","eat"]})", R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
     R"({"foo":["all","cows","eat","grass"]})"},
    {R"({"baz":"qux","foo":["a",2,"c"]})",
     R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])",
     R"({"baz":"qux","foo":["a",2,"c"]})"},
    {R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])", ""},
    {R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
     R"({"foo":"bar","child":{"grandchild":{}}})"},
    {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])", R"({"foo":"bar","baz":"qux"})"},
    {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])", ""},
    {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])", R"({"/":9,"~1":10})"},
    {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":"10"}])", ""},
    {R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
     R"({"foo":["bar",["abc","def"]]})"},
    // beyond the appendix
    {R"({"a":1})", R"([{"op":"replace","path":"","value":[1]}])", R"([1])"},
    {R"({"a":{"b":1}})", R"([{"op":"move","from":"/a","path":"/a/c"}])", ""},
    {R"({"a":[1,2]})", R"([{"op":"remove","path":"/a/01"}])", ""},
    {R"({"a":[1,2]})", R"([{"op":"remove","path":"/a/-"}])", ""},
    {R"({"a":[1,2]})", R"([{"op":"add","path":"/a/3","value":1}])", ""},
    {R"({"a":1})", R"([{"op":"replace","path":"/b","value":1}])", ""},
    {R"({"a":1})", R"([{"op":"add","path":"b","value":1}])", ""},
    {R"({"a":1})", R"([{"op":"add","path":"/b~2","value":1}])", ""},
    {R"({"a":{"x":1.0}})", R"([{"op":"test","path":"/a","value":{"x":1}}])", R"({"a":{"x":1}})"},
};

TEST(Patch, FollowsTheStandard) {
  for (const Example& example : kExamples) {
    const auto result = apply_patch(example.document, patch_of(example.patch));
    EXPECT_EQ(result.has_value(), !example.result.empty()) << example.patch;
    EXPECT_TRUE(!result || equal_documents(*result, example.result)) << example.patch;
  }
}

TEST(Patch, KeepsTheOrderOfKeysAndTheSpellingOfTexts) {
  const auto result =
      apply_patch(R"({"z":1,"a":{"y":2,"b":[true,null,"é\n"]},"m":0.1})",
                  patch_of(R"([{"op":"replace","path":"/a/y","value":3},{"op":"add","path":"/k","value":4}])"));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(*result, R"({"z":1,"a":{"y":3,"b":[true,null,"é\n"]},"m":0.1,"k":4})");
}

TEST(Patch, RefusesMalformedOperations) {
  for (const std::string_view text :
       {R"({"op":"add"})", R"([{"op":"add","value":1}])", R"([{"op":"add","path":1,"value":1}])",
        R"([{"op":"spam","path":"/a"}])", R"([{"path":"/a","value":1}])", R"([1])", R"([{"op":"add","path":"/a"}])",
        R"([{"op":"test","path":"/a"}])", R"([{"op":"move","path":"/a"}])",
        R"([{"op":"add","path":"/a","path":"/b","value":1}])"}) {
    EXPECT_FALSE(read_patch(parse(text)->root).has_value()) << text;
  }
}

TEST(Patch, RefusesWhatHasNoSingleReading) {
  const std::pair<std::string_view, std::pair<ErrorCode, std::string_view>> kCases[] = {
      {R"({"a":[1,{"b":9007199254740993}]})", {ErrorCode::kNotIJson, "/a/1/b"}},
      {R"({"a":-9007199254740993})", {ErrorCode::kNotIJson, "/a"}},
      {R"({"a":1e400})", {ErrorCode::kNotIJson, "/a"}},
      {R"({"a":{"b":1,"b":2}})", {ErrorCode::kDuplicateKey, "/a/b"}},
  };
  for (const auto& [document, expected] : kCases) {
    const auto result = apply_patch(document, patch_of(R"([{"op":"add","path":"/x","value":1}])"));
    ASSERT_FALSE(result.has_value()) << document;
    EXPECT_EQ(result.error().code, expected.first);
    EXPECT_EQ(result.error().at, expected.second);
  }
  EXPECT_TRUE(check_patchable(R"({"a":9007199254740991,"b":1e300,"c":0.1})").has_value());
}

TEST(Patch, IsAllOrNothing) {
  const std::string document = R"({"a":1,"b":[1,2]})";
  const auto result = apply_patch(document, patch_of(R"([{"op":"replace","path":"/a","value":2},
      {"op":"remove","path":"/b/0"},{"op":"test","path":"/b/0","value":7}])"));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kPatchTestFailed);
  EXPECT_EQ(result.error().at, "/2");
}

TEST(Patch, InverseIsGuardedByTestsOfOurValues) {
  const auto undo = plan_patch(R"({"guards":{},"limits":{}})",
                               patch_of(R"([{"op":"add","path":"/guards/loop","value":{"window":4}}])"));
  ASSERT_TRUE(undo.has_value());
  EXPECT_EQ(undo->post, R"({"guards":{"loop":{"window":4}},"limits":{}})");
  EXPECT_EQ(write_patch(undo->inverse),
            R"([{"op":"test","path":"/guards/loop","value":{"window":4}},{"op":"remove","path":"/guards/loop"}])");
  // Changed by someone else since: the inverse does not touch it.
  const auto later = apply_patch(R"({"guards":{"loop":{"window":9}},"limits":{}})", undo->inverse);
  ASSERT_FALSE(later.has_value());
  EXPECT_EQ(later.error().code, ErrorCode::kPatchTestFailed);
}

TEST(Patch, MoveAndCopyCannotBeUndoneAndAreNotPlanned) {
  for (const std::string_view text :
       {R"([{"op":"move","from":"/a","path":"/b"}])", R"([{"op":"copy","from":"/a","path":"/b"}])"}) {
    const auto undo = plan_patch(R"({"a":1})", patch_of(text));
    ASSERT_FALSE(undo.has_value());
    EXPECT_EQ(undo.error().code, ErrorCode::kPatchOpNotAllowed);
  }
}

// Random documents and patches from a fixed seed.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  std::string value(int depth) {
    const int kind = pick(depth > 0 ? 8 : 6);
    if (kind == 0) return "null";
    if (kind == 1) return pick(2) == 0 ? "true" : "false";
    if (kind == 2) return std::to_string(pick(2000) - 1000);
    if (kind == 3) return std::to_string(pick(100)) + ".25";
    if (kind < 6) return quote(std::string(1, static_cast<char>('a' + pick(5))) + (pick(2) == 0 ? "/~é" : ""));
    Writer writer;
    const int size = pick(4);
    if (kind == 6) {
      writer.begin_array();
      for (int i = 0; i < size; ++i) writer.raw(value(depth - 1));
      return writer.end_array().take();
    }
    writer.begin_object();
    for (int i = 0; i < size; ++i) {
      static constexpr const char* kKeys[] = {"a", "b/c", "d~e", "", "é", "0"};
      writer.member_raw(kKeys[(pick(2) + i * 2) % 6], value(depth - 1));
    }
    return writer.end_object().take();
  }

  // Every pointer of a document.
  static void pointers(View view, const std::string& at, std::vector<std::string>& out) {
    out.push_back(at);
    if (view.is_array())
      for_each(view, [&](View item, std::size_t i) { pointers(item, at + "/" + std::to_string(i), out); });
    if (view.is_object())
      for_each_member(view,
                      [&](std::string_view key, View item) { pointers(item, at + "/" + escape_token(key), out); });
  }

  PatchOp operation(const std::string& document) {
    const auto parsed = parse(document);
    std::vector<std::string> all;
    pointers(parsed->root, "", all);
    const std::string& at = all[static_cast<std::size_t>(pick(static_cast<int>(all.size())))];
    const View here = resolve(parsed->root, at);
    switch (pick(4)) {
      case 0: return {PatchOpKind::kTest, at, std::string(here.raw()), {}};
      case 1:
        return at.empty() ? PatchOp{PatchOpKind::kReplace, at, value(2), {}}
                          : PatchOp{PatchOpKind::kRemove, at, {}, {}};
      case 2: return {PatchOpKind::kReplace, at, value(2), {}};
      default:
        if (here.is_array()) return {PatchOpKind::kAdd, at + (pick(2) == 0 ? "/-" : "/0"), value(2), {}};
        if (here.is_object()) return {PatchOpKind::kAdd, at + "/new" + std::to_string(pick(2)), value(2), {}};
        return {PatchOpKind::kTest, at, std::string(here.raw()), {}};
    }
  }

 private:
  std::mt19937 random_;
};

TEST(Patch, InverseAfterPatchIsIdentityForRandomPatches) {
  int changed = 0;
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    Maker maker(seed);
    const std::string document = maker.value(3);
    Patch patch;
    std::string now = document;
    for (int i = 0; i < 6; ++i) {
      patch.push_back(maker.operation(now));
      const auto next = apply_patch(now, {patch.back()});
      ASSERT_TRUE(next.has_value()) << now << write_patch(patch);
      now = *next;
    }

    const auto undo = plan_patch(document, patch);

    ASSERT_TRUE(undo.has_value()) << document << write_patch(patch) << undo.error().message;
    EXPECT_TRUE(equal_documents(undo->post, now));
    const auto back = apply_patch(undo->post, undo->inverse);
    ASSERT_TRUE(back.has_value()) << document << write_patch(undo->inverse);
    EXPECT_TRUE(equal_documents(*back, document)) << document << *back;
    changed += equal_documents(now, document) ? 0 : 1;
  }
  EXPECT_GT(changed, 1000);
}

// nlohmann_json is the oracle: it knows RFC 6902 and shares no line with ours.
TEST(Patch, AgreesWithAnotherLibraryOnRandomPatches) {
  int applied = 0;
  for (unsigned seed = 5001; seed <= 7000; ++seed) {
    Maker maker(seed);
    const std::string document = maker.value(3);
    Patch patch;
    for (int i = 0; i < 3; ++i) patch.push_back(maker.operation(i == 0 ? document : maker.value(2)));
    const auto ours = apply_patch(document, patch);
    if (!ours) continue;  // it takes more than the standard, such as a member added to null
    std::string theirs;
    try {
      theirs = nlohmann::json::parse(document).patch(nlohmann::json::parse(write_patch(patch))).dump();
    } catch (const nlohmann::json::exception&) {
    }
    EXPECT_EQ(nlohmann::json::parse(*ours).dump(), theirs) << document << write_patch(patch);
    ++applied;
  }
  EXPECT_GT(applied, 300);
}

// Trees of another library made a third of the module: the core has its own, for small documents only.
TEST(Patch, NoUnitOfTheCoreUsesAnotherDocumentTree) {
  std::vector<std::string> folders = {AGENTMEND_SOURCE_DIR "/core"};
  std::size_t files = 0;
  while (!folders.empty()) {
    const std::string folder = folders.back();
    folders.pop_back();
    DIR* open = opendir(folder.c_str());
    ASSERT_NE(open, nullptr) << folder;
    while (const dirent* item = readdir(open)) {
      const std::string name = item->d_name;
      if (name[0] == '.') continue;
      const std::string path = folder + "/" + name;
      if (item->d_type == DT_DIR) {
        folders.push_back(path);
        continue;
      }
      std::ifstream file(path);
      std::ostringstream text;
      text << file.rdbuf();
      ++files;
      EXPECT_EQ(text.str().find("#include <nlohmann"), std::string::npos) << path;
    }
    closedir(open);
  }
  EXPECT_GT(files, 100u);
}

}  // namespace
}  // namespace agentmend::json
