// SPDX-License-Identifier: Apache-2.0
/// \file  The folder of a run: nothing is overwritten unasked, one process at a time, and metrics that follow the checkpoint.
#include <ncsn/training/run_directory.hpp>

#include <support/files.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;

std::string refusal(const std::filesystem::path& path, existing_run existing) {
    return message_of([&] { run_directory{path, existing}; });
}

BOOST_AUTO_TEST_CASE(a_run_has_its_parts_and_is_marked_at_the_end) {
    const scratch_folder folder;
    const run_directory run{folder / "deep/run"};
    for (const char* part : {"checkpoints", "samples", "figures"}) BOOST_TEST(std::filesystem::is_directory(run / part));
    run.write_json("config.json", {{"rate", 0.001}});
    BOOST_TEST(run.read_json("config.json").at("rate") == 0.001);
    BOOST_TEST(!run.done());
    run.finish();
    BOOST_TEST(run.done());
}

BOOST_AUTO_TEST_CASE(an_existing_run_is_refused_resumed_or_replaced) {
    const scratch_folder folder;
    BOOST_TEST(refusal(folder / "run", existing_run::resume).find("no run to resume") != std::string::npos);
    BOOST_TEST(!std::filesystem::exists(folder / "run"));
    {
        const run_directory run{folder / "run"};
        run.write_json("config.json", {});
        run.write("checkpoints/last", "weights");
        run.finish();
    }
    BOOST_TEST(refusal(folder / "run", existing_run::refuse).find("--resume") != std::string::npos);
    {
        const run_directory run{folder / "run", existing_run::resume};
        BOOST_TEST(read_text(run / "checkpoints/last") == "weights");
    }
    const run_directory run{folder / "run", existing_run::replace};
    BOOST_TEST(!std::filesystem::exists(run / "checkpoints/last"));
    BOOST_TEST(!std::filesystem::exists(run / "config.json"));
}

BOOST_AUTO_TEST_CASE(a_complete_run_stays_complete_until_steps_follow) {
    const scratch_folder folder;
    {
        const run_directory run{folder / "run"};
        run.write_json("config.json", {});
        run.finish();
    }
    const run_directory run{folder / "run", existing_run::resume};
    BOOST_TEST(run.done());
    run.begin();
    BOOST_TEST(!run.done());
}

BOOST_AUTO_TEST_CASE(other_peoples_files_are_never_removed) {
    const scratch_folder folder;
    write_text(folder / "thesis.tex", "years of work");
    for (const auto existing : {existing_run::refuse, existing_run::replace})
        BOOST_TEST(refusal(folder.path, existing).find("\"thesis.tex\" and no run") != std::string::npos);
    BOOST_TEST(refusal(folder / "thesis.tex", existing_run::refuse).find("not a folder") != std::string::npos);
    BOOST_TEST(folder.count() == 1);
}

BOOST_AUTO_TEST_CASE(a_run_that_failed_before_its_first_file_may_start_again) {
    const scratch_folder folder;
    { const run_directory run{folder / "run"}; }
    BOOST_TEST(refusal(folder / "run", existing_run::refuse) == "");
}

BOOST_AUTO_TEST_CASE(one_process_at_a_time) {
    const scratch_folder folder;
    const run_directory run{folder / "run"};
    run.write_json("config.json", {});
    for (const auto existing : {existing_run::resume, existing_run::replace})
        BOOST_TEST(refusal(folder / "run", existing).find("another process") != std::string::npos);
    BOOST_TEST(std::filesystem::exists(run / "config.json"));
}

BOOST_AUTO_TEST_CASE(lines_of_metrics_that_are_none_are_left_out_whatever_they_are) {
    const scratch_folder folder;
    const std::string deep(4000, '['), endless(1 << 20, '[');
    write_text(folder / "metrics.jsonl", "{\"step\":1,\"loss\":2}\n" + deep + "\n" + endless + "\n{\"step\":-1}\n{\"step\":\"2\"}\n[3]\n\n"
               "{\"step\":1e400}\n{\"step\":4}\n" + endless + "\n{\"step\":5,\"loss\":1}");
    std::vector<std::size_t> steps;
    each_metric(folder / "metrics.jsonl", [&](std::string_view, const auto& entry, std::size_t step) {
        BOOST_TEST((entry["step"] == step));
        steps.push_back(step);
    });
    const std::vector<std::size_t> expected{1, 4, 5};
    BOOST_TEST(steps == expected, boost::test_tools::per_element());
    each_metric(folder / "nowhere.jsonl", [&](auto&&...) { BOOST_ERROR("a line of no file"); });
}

BOOST_AUTO_TEST_CASE(metrics_after_the_checkpoint_and_half_lines_are_dropped) {
    const scratch_folder folder;
    {
        const metrics_file metrics{folder / "metrics.jsonl", 0};
        for (const int step : {1, 2, 3}) metrics.add({{"step", step}, {"loss", 0.5}});
    }
    write_text(folder / "metrics.jsonl", read_text(folder / "metrics.jsonl") + R"({"step":2,"los)");
    const metrics_file metrics{folder / "metrics.jsonl", 2};
    metrics.add({{"step", 3}, {"loss", 0.25}});
    BOOST_TEST(read_text(folder / "metrics.jsonl") == "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.5}\n{\"step\":3,\"loss\":0.25}\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_or_written_is_an_error_with_the_path) {
    const scratch_folder folder;
    const run_directory run{folder / "run"};
    run.write("config.json", "{ half");
    BOOST_TEST(message_of([&] { run.read_json("config.json"); }).find("config.json is not valid JSON") != std::string::npos);
    BOOST_TEST(refusal("/proc/run", existing_run::refuse).find("cannot make the folder") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_run_is_replaced_when_the_new_one_works_and_comes_back_where_it_does_not) {
    const scratch_folder folder;
    const auto path = folder / "run";
    const auto old_is_there = [&] {
        BOOST_TEST(read_text(path / "checkpoints/last") == "weights");
        BOOST_TEST(read_text(path / "config.json").find("old") != std::string::npos);
        BOOST_TEST(std::filesystem::exists(path / "DONE"));
        BOOST_TEST(!std::filesystem::exists(path / ".replaced"));
        BOOST_TEST(!std::filesystem::exists(path / "metrics.jsonl"));
    };
    {
        run_directory run{path};
        run.write("checkpoints/last", "weights");
        run.write_json("config.json", {{"name", "old"}});
        run.finish();
    }
    {
        const run_directory run{path, existing_run::replace};                       // it fails before its first step
        BOOST_TEST(run.replaces());
        run.write("checkpoints/last", "other");
        run.write_json("config.json", {{"name", "new"}});
        run.write("metrics.jsonl", "");
    }
    old_is_there();
    // Every state that a kill can leave while the old run is moved away: what moved so far, with and without the mark that all of it has.
    const std::vector<std::string> names{"checkpoints", "samples", "figures", "config.json", "DONE"};
    for (std::size_t moved = 0; moved <= names.size(); ++moved) {
        std::filesystem::create_directory(path / ".replaced");
        for (std::size_t i = 0; i < moved; ++i) std::filesystem::rename(path / names[i], path / ".replaced" / names[i]);
        if (moved == names.size()) {                                                // and the new one has begun
            write_text(path / ".replaced/complete", "");
            std::filesystem::create_directories(path / "checkpoints");
            write_text(path / "checkpoints/last", "other");
            write_text(path / "metrics.jsonl", "");
        }
        const run_directory run{path, existing_run::resume};
        old_is_there();
    }
    {
        run_directory run{path, existing_run::replace};
        run.write_json("config.json", {{"name", "new"}});
        run.keep();
        BOOST_TEST(!run.replaces());
    }
    BOOST_TEST(!std::filesystem::exists(path / "checkpoints/last"));
    BOOST_TEST(read_text(path / "config.json").find("new") != std::string::npos);
    BOOST_TEST(!std::filesystem::exists(path / ".replaced"));
}

BOOST_AUTO_TEST_CASE(what_killed_processes_left_goes_and_hinders_nobody) {
    const scratch_folder folder;
    const auto path = folder / "run";
    std::filesystem::create_directories(path / "checkpoints");                      // killed while its first config.json was written
    for (const char* name : {"config.json.writing", "config.json.partial-7-0", "checkpoints/last.safetensors.writing-3"})
        write_text(path / name, "half");
    std::filesystem::create_directories(path / ".discarded/checkpoints");
    const run_directory run{path};
    BOOST_TEST(std::filesystem::is_empty(path / "checkpoints"));
    BOOST_TEST(!std::filesystem::exists(path / "config.json.writing"));
    BOOST_TEST(!std::filesystem::exists(path / "config.json.partial-7-0"));
    BOOST_TEST(!std::filesystem::exists(path / ".discarded"));
}
