// The parts of retrieval_quality: reading documents, scoring them, the answer's hedge; and what a run keeps.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "detectors/general/retrieval_quality/answer.h"
#include "detectors/general/retrieval_quality/documents.h"
#include "detectors/general/retrieval_quality/scoring.h"
#include "trace/run_index.h"

namespace agentmend::detectors::retrieval_quality {
namespace {

std::vector<Document> read(const std::string& text) {
  json::Index index;
  EXPECT_TRUE(index.read(text));
  std::vector<Document> out;
  EXPECT_TRUE(read_documents(json::View::root(index), out));
  return out;
}

TEST(Documents, OfOneTextThatListsThemAreToldApart) {
  const auto out = read(
      R"("Document 1 (relevance: 0.42): 'The ferry's fares' - What a trip costs. Document 2 (relevance: 38%): 'Harbour' - Map.")");
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].title, "The ferry's fares");
  EXPECT_DOUBLE_EQ(out[0].score, 0.42);
  EXPECT_DOUBLE_EQ(out[1].score, 0.38);
  EXPECT_NE(out[0].text.find("What a trip costs"), std::string::npos);
  EXPECT_EQ(read(R"("1. Fares: a trip costs 4.\n2. Map: see page 3.")").size(), 2u);
  EXPECT_EQ(read(R"("[1] Fares of the ferry [2] Map")").size(), 1u);  // references in running text are no list
}

TEST(Documents, ThatAreNoListStayOne) {
  EXPECT_EQ(read(R"(["See result 2: it is the 2. best. Item 7 - gone."])").size(), 1u);
  EXPECT_TRUE(read(R"(["", null, {}])").empty());
}

TEST(Documents, AreReadFromTheUsualObjects) {
  const auto out = read(R"([{"page_content": "a text", "metadata": {"source": "a.md", "score": 0.5}},
                            {"document": {"title": "T", "content": "inner"}, "score": 0.7},
                            {"text": "Fares: a trip costs 4.", "similarity": 0.9}])");
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0].title, "a.md");
  EXPECT_DOUBLE_EQ(out[0].score, 0.5);
  EXPECT_EQ(out[1].text, "inner");
  EXPECT_DOUBLE_EQ(out[1].score, 0.7);
  EXPECT_EQ(out[2].title, "Fares");
  EXPECT_EQ(out[2].position, 2u);
}

double m(std::string_view query, std::string_view title, std::string_view text) {
  Document document;
  document.title = title;
  document.text = text;
  return score(read_query(query), document).score.m;
}

TEST(Score, IsHighForTheRightPageInOtherWordsAndLowForAnotherTopic) {
  EXPECT_GT(m("How do customers buy parts?", "Purchasing parts", "Clients order by phone."), 0.9);
  EXPECT_LT(m("How do customers buy parts?", "Parking", "The garage closes at nine."), 0.05);
  EXPECT_GT(m("disaster recovery for k8s", "DR", "How the Kubernetes cluster comes back."), 0.8);
}

TEST(Score, CountsNamesAndVersionsDouble) {
  EXPECT_GT(m("set up alerts in Grafana", "Grafana", "Dashboards."),
            m("set up alerts in Grafana", "Alerts", "By mail."));
  EXPECT_GT(m("changes in 5.2", "Release 5.2", ""), m("changes in 5.2", "Changes", ""));
}

TEST(Score, OfAQueryWithoutContentIsZero) {
  EXPECT_EQ(read_query("How do you do?").weight, 0);
  EXPECT_EQ(m("Hello", "Anything", "at all"), 0);
}

TEST(Hedge, IsALackOfDataAndNotAdvice) {
  EXPECT_TRUE(says_it_lacks_data("I couldn't find anything about fares in the documents."));
  EXPECT_TRUE(says_it_lacks_data("Fares are listed. However, refunds aren't covered in these materials."));
  EXPECT_TRUE(says_it_lacks_data("The retrieved sources only contain data from 2019."));
  EXPECT_TRUE(says_it_lacks_data("I'm unable to provide information on fares."));
  EXPECT_FALSE(says_it_lacks_data("You don't have to include the document."));
  EXPECT_FALSE(says_it_lacks_data("A trip costs 4. Children do not pay."));
  EXPECT_FALSE(says_it_lacks_data("Don't you find the details?"));
  EXPECT_FALSE(says_it_lacks_data(""));
}

TEST(RunIndexRetrievals, AreBoundedCutAndAnsweredByTheAgentThatAsked) {
  RunIndex index;
  const std::string big(10'000, 'x');
  std::vector<RetrievedDocument> documents(50);
  for (RetrievedDocument& document : documents) document.text = big;
  Event retrieval;
  retrieval.kind = EventKind::kRetrieval;
  retrieval.text = big;
  retrieval.documents = documents;
  for (int i = 0; i < 20; ++i) index.append(retrieval);
  Event other;
  other.agent = 1;
  other.text = "not mine";

  index.append(other);

  ASSERT_EQ(index.retrievals().size(), RunIndex::kRetrievals);
  EXPECT_EQ(index.retrievals().back().documents.size(), RunIndex::kDocuments);
  EXPECT_EQ(index.retrievals().back().documents[0].text.size(), RunIndex::kDocumentBytes);
  EXPECT_LE(index.retrievals().back().query.size(), RunIndex::kTurnBytes);
  EXPECT_EQ(index.retrievals().back().answered, 0u);
  other.agent = 0;
  index.append(other);
  EXPECT_EQ(index.retrievals().back().answered, index.counts().events);
}

}  // namespace
}  // namespace agentmend::detectors::retrieval_quality
