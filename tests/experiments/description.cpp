// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of descriptions: those of the repository are complete, and one that is not is refused by name.
#include <boost/test/unit_test.hpp>

#include "../../experiments/support/description.hpp"

#include <fstream>

#include <unistd.h>

using namespace ncsn;

/// A folder reproduce/figures with one paper that is gone at the end.
struct figures_folder {
    std::filesystem::path root = std::filesystem::temp_directory_path() / ("ncsn_figures_" + std::to_string(::getpid()));

    figures_folder() { write(root / "papers.json", R"json({"ncsn": {"cite": "Song & Ermon (2019)", "title": "T"}})json"); }
    ~figures_folder() { std::filesystem::remove_all(root); }
    static void write(const std::filesystem::path& file, const std::string& text) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file} << text;
    }
    std::filesystem::path put(const json& text, const std::string& id = "fig") const {
        write(root / "ncsn" / id / "figure.json", text.dump());
        return root / "ncsn" / id / "figure.json";
    }
};

const std::string whole = R"({
    "paper": "ncsn", "number": "Figure 3", "shows": "S", "title": "T", "claim": "C", "setting": ["s"], "seeds": [1, 2, 3], "program": "p",
    "ran": "{n} points, {what}", "options": {"n": 50000, "what": "dots"},
    "presets": {"smoke": {"cost": "1 s", "options": {"n": 5}, "seeds": [1]}, "short": {"cost": "2 s"}, "paper": "short"},
    "quantities": {"a": "A", "b": "B"},
    "claims": [{"statement": "x", "paper": "y", "quantity": "a", "below": "b"},
               {"statement": "z", "paper": "y", "quantity": "b", "is": 2, "print": 0.5, "presets": ["paper"], "fails": ["paper"], "gap": "g"}],
    "guards": [{"quantity": "a", "near": 1, "tolerance": 0.1, "origin": "o"}]})";

BOOST_AUTO_TEST_CASE(every_description_of_the_repository_is_complete) {
    const std::filesystem::path root = std::filesystem::path{std::getenv("NCSN_SOURCE_DIR")} / "reproduce" / "figures";
    std::size_t figures = 0, tables = 0, sections = 0, ready = 0;
    for (const auto& paper : std::filesystem::directory_iterator{root})
        for (const auto& folder : paper.is_directory() ? std::filesystem::directory_iterator{paper} : std::filesystem::directory_iterator{}) {
            BOOST_TEST_CONTEXT(folder.path()) {
                const description of{folder.path() / "figure.json"};
                BOOST_CHECK_NO_THROW(of.complete());
                BOOST_TEST(of.string("paper") == paper.path().filename().string());
                const std::string number = of.string("number");
                ++(number.starts_with("Table") ? tables : number.starts_with("Section") ? sections : figures);
                ready += of.waits().empty();
            }
        }
    BOOST_TEST(figures == 63u);                                                     // 62; Figure 1 of Song & Ermon has two entries
    BOOST_TEST(tables == 11u);
    BOOST_TEST(sections > 0u);
    BOOST_TEST(ready > 17u);
}

/// docs/extending-figures.md: its blocks of JSON, and the names in the first column of each of its tables.
struct page {
    std::vector<std::string> blocks;
    std::vector<std::set<std::string>> tables;

    page() {
        std::ifstream file{std::filesystem::path{std::getenv("NCSN_SOURCE_DIR")} / "docs" / "extending-figures.md"};
        bool block = false, table = false;
        for (std::string line; std::getline(file, line);) {
            const bool row = !block && line.starts_with("| ");
            if (row && !table) tables.emplace_back();
            else if (row && line.size() > 2) add(line.substr(2, line.find(" |", 2) - 2));
            table = row || line.starts_with("|---");
            if (line == "```json") block = true, blocks.emplace_back();
            else if (line == "```") block = false;
            else if (block) blocks.back() += line + '\n';
        }
    }

private:
    void add(const std::string& names) {                                            // "claim, setting" and "kind or program" are two each
        std::string name;
        for (const char c : names + ',')
            if (c != ',' && c != ' ') name += c;
            else if (!name.empty() && name != "or") tables.back().insert(name), name.clear();
            else name.clear();
    }
};

BOOST_AUTO_TEST_CASE(the_page_on_figures_shows_a_whole_description_and_names_every_field_and_kind) {
    const page shown;
    const figures_folder folder;
    BOOST_TEST(!shown.blocks.empty());
    for (const std::string& block : shown.blocks)
        BOOST_TEST_CONTEXT(block) {
            const description of{folder.put(json::parse(block))};
            BOOST_CHECK_NO_THROW(of.complete());
            BOOST_TEST(!of.claims().empty());
            for (const auto& [field, value] : of.text.items()) BOOST_TEST(shown.tables.at(0).contains(field), field);
        }
    std::set<std::string> fields = description::fields();
    fields.insert("like");
    BOOST_TEST(shown.tables.at(0) == fields, boost::test_tools::per_element());
    BOOST_TEST(shown.tables.at(1) == written_kinds, boost::test_tools::per_element());
    const auto sent = [](const error& reason) { return std::string{reason.what()}.find("docs/extending-figures.md") != std::string::npos; };
    BOOST_CHECK_EXCEPTION(description{folder.put(json::parse(R"({"like": 3})"))}, error, sent);    // who is refused is sent to it
    BOOST_CHECK_EXCEPTION(description{folder.put(json::parse(R"({"quantities": {}, "claims": [{}]})"))}.claims(), error, sent);
}

BOOST_AUTO_TEST_CASE(a_preset_changes_what_it_names_and_nothing_else) {
    const figures_folder folder;
    const auto file = folder.put(json::parse(whole));
    const description smoke{file, "smoke"}, paper{file, "paper"};
    BOOST_TEST(smoke.id() == "fig");
    BOOST_TEST(smoke.place() == "Song & Ermon (2019), Figure 3");
    BOOST_TEST(smoke.options().at("n") == 5);
    BOOST_TEST(smoke.options().at("what") == "dots");
    BOOST_TEST(smoke.seeds().size() == 1u);
    BOOST_TEST(smoke.cost() == "1 s");
    BOOST_TEST(paper.options().at("n") == 50000);
    BOOST_TEST(paper.cost() == "2 s");                                              // as short
    BOOST_TEST(paper.ran() == "50,000 points, dots");
    BOOST_TEST(smoke.claims().size() == 1u);
    BOOST_TEST(paper.claims().size() == 2u);
    BOOST_TEST(paper.claims()[1].known_to_fail);
    BOOST_TEST(paper.claims()[1].text() == "b is 2.000 (printed to ± 0.500)");
    BOOST_TEST(paper.claims()[0].other == "b");
    BOOST_TEST(paper.guards()[0].tolerance == 0.1);
    BOOST_CHECK_NO_THROW(paper.complete());
}

BOOST_AUTO_TEST_CASE(a_figure_like_another_one_says_only_what_differs) {
    const figures_folder folder;
    folder.put(json::parse(whole));
    const auto other = folder.put(json::parse(R"({"like": "ncsn/fig", "number": "Figure 4", "options": {"n": 7}})"), "other");
    const description of{other, "short"};
    BOOST_TEST(of.id() == "other");
    BOOST_TEST(of.string("number") == "Figure 4");
    BOOST_TEST(of.string("title") == "T");
    BOOST_TEST(of.options().at("n") == 7);
    BOOST_TEST(of.options().at("what") == "dots");
    BOOST_CHECK_NO_THROW(of.complete());
    BOOST_CHECK_THROW(description{folder.put({{"like", "ncsn/itself"}}, "itself")}, error);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_too_deep_or_long_and_numbers_that_are_none_are_refused) {
    const figures_folder folder;
    const auto file = folder.put(json::parse(whole));
    for (const std::string& text : {std::string(60'000, '['), std::string(1'000'000, ' ') + "{}", std::string{"[]"}, std::string{"null"}}) {
        figures_folder::write(file, text);
        BOOST_CHECK_THROW(description{file}, error);
    }
    for (const char* patch : {R"({"seeds": [-1]})", R"({"seeds": [1.5]})", R"({"seeds": 3})", R"({"seeds": [1e300]})"}) {
        json text = json::parse(whole);
        text.merge_patch(json::parse(patch));
        BOOST_CHECK_THROW(description{folder.put(text)}.seeds(), error);
    }
    for (const char* patch : {R"({"presets": {"smoke": "smoke"}})", R"({"presets": {"smoke": 3}})", R"({"presets": []})", R"({"options": 3})"}) {
        json text = json::parse(whole);
        text.merge_patch(json::parse(patch));
        BOOST_CHECK_THROW(description{folder.put(text)}, error);
    }
}

BOOST_AUTO_TEST_CASE(what_is_put_in_place_of_a_name_is_not_looked_at_again) {
    const figures_folder folder;
    json text = json::parse(whole);
    text["ran"] = "{a} and {b}", text["options"] = {{"a", "{a}{b}"}, {"b", 7000}};
    const std::string said = description{folder.put(text)}.ran();
    BOOST_TEST(said == "{a}{b} and 7,000");
}

BOOST_AUTO_TEST_CASE(statements_name_what_the_panels_of_the_preset_show) {
    const figures_folder folder;
    json text = json::parse(whole);
    text.merge_patch(json::parse(R"({
        "panels": [{"name": "faces", "caption": "CelebA"}, {"name": "things", "caption": "CIFAR-10"}, {"caption": "printed"}],
        "presets": {"paper": {"cost": "1 h"}, "short": {"panels": [{"name": "faces", "caption": "Olivetti faces in place of CelebA {things}"}]}},
        "quantities": {"a": "{faces}: noise", "b": "{things}: 10^{-6}, {}, {other} {open"},
        "claims": [{"statement": "{faces} less than {things}", "paper": "y", "quantity": "a", "below": "b"}]})"));
    const auto file = folder.put(text);
    const description paper{file, "paper"}, brief{file, "short"};
    BOOST_TEST(paper.measurements()[0].statement == "CelebA: noise");
    BOOST_TEST(paper.claims()[0].statement == "CelebA less than CIFAR-10");
    BOOST_TEST(brief.measurements()[0].statement == "Olivetti faces in place of CelebA {things}: noise");
    BOOST_TEST(brief.measurements()[1].statement == "CIFAR-10: 10^{-6}, {}, {other} {open");
    BOOST_TEST(brief.claims()[0].statement == "Olivetti faces in place of CelebA {things} less than CIFAR-10");
}

BOOST_AUTO_TEST_CASE(a_description_that_is_not_complete_is_refused_by_name) {
    const figures_folder folder;
    const auto refusal = [&](const std::string& patch) -> std::string {
        json text = json::parse(whole);
        text.merge_patch(json::parse(patch));
        try {
            description{folder.put(text)}.complete();
        } catch (const error& reason) {
            return reason.what();
        }
        return "";
    };
    const auto refused = [&](const std::string& patch, const std::string& because) {
        BOOST_TEST_CONTEXT(patch << " -> " << refusal(patch)) BOOST_TEST(refusal(patch).find(because) != std::string::npos);
    };
    BOOST_TEST(refusal("{}") == "");
    for (const char* field : {"paper", "number", "shows", "title", "claim", "setting", "seeds", "quantities", "claims", "guards"})
        refused(std::string{"{\""} + field + "\": null}", std::string{"\""} + field + "\" is missing");
    refused(R"({"paper": "nips"})", "papers.json");
    refused(R"({"number": "Fig. 3"})", "Figure N");
    refused(R"({"program": null})", "a kind or a program");
    refused(R"({"kind": "samples"})", "a kind or a program");
    refused(R"({"program": null, "kind": "movie"})", "unknown kind");
    refused(R"({"program": null, "kind": "table", "panels": []})", "a table needs \"columns\"");
    refused(R"({"program": null, "kind": "table", "panels": [], "columns": [{"head": "h", "measure": "m"}]})", "\"row\"");
    refused(R"({"columns": [{"measure": "m"}]})", "a \"head\" was expected");
    refused(R"({"program": null, "kind": "table", "panels": [], "curves": [{"name": "c", "panels": ["p"], "by": "epsilon"}]})", "\"within\" were");
    refused(R"({"curves": [{"name": "c", "panels": ["p"], "by": "epsilon", "within": 1.2}]})", "in a table");
    refused(R"({"curves": [{"name": "c", "panels": ["p"], "by": "epsilon", "factor": 1.2}]})", "unknown field \"factor\"");
    refused(R"({"columns": [{"head": "h", "measure": "m", "option": "o"}]})", "\"measure\" or \"option\"");
    refused(R"({"columns": [{"head": "h", "width": 3}]})", "unknown field \"width\"");
    refused(R"({"program": null, "kind": "samples"})", "\"panels\" is missing");
    refused(R"({"presets": {"smoke": {"cost": null}}})", "preset smoke has no \"cost\"");
    refused(R"({"presets": {"paper": null}})", "preset paper is missing");
    refused(R"({"presets": {"paper": "long"}})", "which is none");
    refused(R"({"presets": {"smoke": {"colour": 1}}})", "unknown field \"colour\"");
    refused(R"({"colour": 1})", "unknown field \"colour\"");
    refused(R"({"options": {"seeds": 1}})", "option \"seeds\"");
    refused(R"({"guards": [{"quantity": "a", "near": 1, "origin": "o"}]})", "a tolerance");
    refused(R"({"guards": [{"quantity": "a", "below": 1, "tolerance": 1, "origin": "o"}]})", "a tolerance");
    refused(R"({"guards": [{"quantity": "a", "near": 1, "tolerance": -1, "origin": "o"}]})", "a tolerance");
    refused(R"({"guards": [{"quantity": "c", "below": 1, "origin": "o"}]})", "\"c\" is not among the quantities");
    refused(R"({"claims": [{"statement": "x", "paper": "y", "quantity": "a", "below": "c"}]})", "\"c\" is not among the quantities");
    refused(R"({"claims": [{"statement": "x", "paper": "y", "quantity": "a"}]})", "no relation");
    refused(R"({"claims": [{"statement": "x", "paper": "y", "quantity": "a", "is": 1, "above": 1}]})", "two relations");
    refused(R"({"claims": [{"statement": "x", "paper": "y", "quantity": "a", "is": "b"}]})", "needs a number");
    refused(R"({"claims": [{"statement": "x", "paper": "y", "quantity": "a", "above": 1, "print": 1}]})", "belong to \"is\"");
    refused(R"({"claims": [{"statement": "x", "paper": "y", "quantity": "a", "above": 1, "level": 0.5}]})", "level 0.5");
    refused(R"({"claims": [{"statement": "x", "paper": "y", "quantity": "a", "above": 1, "fails": ["smoke"]}]})", "no \"gap\"");
    refused(R"({"claims": [{"statement": "x", "paper": "y", "quantity": "a", "above": 1, "tolerance": 1}]})", "unknown field \"tolerance\"");
    refused(R"({"claims": [{"paper": "y", "quantity": "a", "above": 1}]})", "statement");
    BOOST_CHECK_THROW(description{"nowhere.json"}, error);
    BOOST_CHECK_THROW((description{folder.put(json::parse(whole)), "long"}), error);
    figures_folder::write(folder.root / "ncsn" / "fig" / "figure.json", "{");
    BOOST_CHECK_THROW((description{folder.root / "ncsn" / "fig" / "figure.json"}), error);
}
