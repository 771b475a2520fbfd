// SPDX-License-Identifier: Apache-2.0
/// \file  Files of weights and of runs: what comes back, what a continued run gives, and what is refused.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/checkpoint.hpp>
#include <ncsn/training/score_matching.hpp>
#include <ncsn/training/training_state.hpp>

#include <support/files.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

/// A model with a buffer and a convolution's weight.
template <class P> struct mixed {
    P weight;
    buffer<array> vector;
    static constexpr std::tuple members{field{"conv.weight", &mixed::weight}, field{"conv.u", &mixed::vector}};
};

auto small_network(std::size_t width = 4) {
    philox rng{7};
    return unconditional{mlp<array>{2, width, 2, rng}};
}

/// Steps of exact score matching on noise from the state's own generator.
template <class M> void advance(training_state<M>& state, int steps) {
    for (int i = 0; i < steps; ++i, ++state.step) {
        const array x = normal<array>({8, 2}, state.rng);
        const auto [value, gradient] = value_and_grad(score_matching{}, state.model, x, state.rng);
        state.optimizer.step(state.model, gradient);
        state.average.update(state.model);
        state.seconds += 0.125;
    }
}

BOOST_AUTO_TEST_CASE(weights_come_back_bit_by_bit_under_their_own_names) {
    const scratch_folder folder;
    const auto model = small_network();
    save_weights(folder / "weights", model, {{"config", "{}"}});
    const auto file = safetensors_file::open(folder / "weights");
    const std::vector<std::string> names{"0.bias", "0.weight", "2.bias", "2.weight", "4.bias", "4.weight"};
    BOOST_TEST(file.names() == names, boost::test_tools::per_element());
    BOOST_TEST(file.metadata().at("layout") == "out,kh,kw,in");
    BOOST_TEST(file.metadata().at("config") == "{}");
    philox other{8};
    unconditional loaded{mlp<array>{2, 4, 2, other}};
    load_weights(folder / "weights", loaded);
    for_each_named([](const std::string& name, const array& a, const array& b) {
        BOOST_TEST(std::ranges::equal(a.values(), b.values()), name);
    }, model, loaded);
}

BOOST_AUTO_TEST_CASE(buffers_are_part_of_a_model) {
    const scratch_folder folder;
    mixed<array> model{array{{1, 1, 1, 2}, {1, 2}}, {array{{2}, {3, 4}}}}, loaded{array{{1, 1, 1, 2}}, {array{shape{2}}}};
    save_weights(folder / "weights", model);
    load_weights(folder / "weights", loaded);
    BOOST_TEST(loaded.vector.value[1] == 4.f);
    BOOST_TEST(loaded.weight[1] == 2.f);
}

BOOST_AUTO_TEST_CASE(a_run_that_continues_from_a_file_is_the_run_that_never_stopped) {
    const scratch_folder folder;
    const adam_settings settings{.rate = 0.01, .beta1 = 0.5, .beta2 = 0.99, .epsilon = 1e-6};
    training_state whole{small_network(), settings, 0.9, philox{0xFEDCBA9876543210, 3}};
    advance(whole, 4);
    save_checkpoint(folder / "four", whole, {{"config", "settings"}});
    advance(whole, 5);
    save_checkpoint(folder / "nine", whole);

    training_state resumed{small_network(), {}, 0.5};
    load_checkpoint(folder / "four", resumed);
    BOOST_TEST(resumed.step == 4u);
    BOOST_TEST(resumed.optimizer.steps == 4u);
    BOOST_TEST(resumed.optimizer.settings.epsilon == 1e-6);
    BOOST_TEST(resumed.seconds == 0.5);
    advance(resumed, 5);
    BOOST_TEST((resumed.rng == whole.rng));
    save_checkpoint(folder / "nine again", resumed);
    BOOST_TEST((read_text(folder / "nine") == read_text(folder / "nine again")));
}

/// Stochastic gradient descent with momentum: another optimizer than the library's.
template <Module M> struct momentum {
    M velocity;
    double decay = 0.9;
    bool nesterov = false;
    static constexpr std::tuple state{field{"velocity", &momentum::velocity}, field{"decay", &momentum::decay}, field{"nesterov",
            &momentum::nesterov}};
    void check() const { require(decay >= 0 && decay < 1, "momentum: decay is ", decay, "; 0 <= decay < 1 was expected"); }
};
/// Two networks with an optimizer each, several averages, a tensor and a count.
struct two_networks {
    unconditional<mlp<array>> score = small_network(), discriminator = small_network(6);
    adam<unconditional<mlp<array>>> of_score{score};
    momentum<unconditional<mlp<array>>> of_discriminator{discriminator};
    std::vector<ema<unconditional<mlp<array>>>> averages{ema{score, 0.9}, ema{score, 0.99}};
    mixed<array> normalised{array{{1, 1, 1, 2}, {1, 2}}, {array{{2}, {3, 4}}}};
    array thresholds{{3}, {1, 2, 3}};
    philox rng{9, 2}, other{10};
    std::size_t step = 0;
    std::optional<ema<unconditional<mlp<array>>>> sometimes = {};
    static constexpr std::tuple state{
        field{"score", &two_networks::score}, field{"discriminator", &two_networks::discriminator}, field{"optimizer", &two_networks::of_score},
        field{"optimizer of the discriminator", &two_networks::of_discriminator}, field{"averages", &two_networks::averages},
        field{"normalised", &two_networks::normalised}, field{"thresholds", &two_networks::thresholds}, field{"rng", &two_networks::rng},
        field{"other", &two_networks::other}, field{"step", &two_networks::step}, field{"sometimes", &two_networks::sometimes}};
};

BOOST_AUTO_TEST_CASE(any_state_that_names_its_parts_comes_back_whole) {
    const scratch_folder folder;
    two_networks made;
    made.discriminator.network.layers[0].weight.write()[1] = 7;
    made.of_discriminator.velocity.network.layers[1].bias.write()[0] = -3;
    made.of_discriminator.decay = 0.25, made.of_discriminator.nesterov = true;
    made.averages[1].average.network.layers[0].bias.write()[2] = 11;
    made.normalised.vector.value.write()[1] = 5;
    made.thresholds.write()[2] = 8;
    made.rng.draw = 77, made.other.first_sample = 12345, made.step = 42;
    save_checkpoint(folder / "run", made);

    two_networks found;
    load_checkpoint(folder / "run", found);
    BOOST_TEST(found.discriminator.network.layers[0].weight[1] == 7.f);
    BOOST_TEST(found.of_discriminator.velocity.network.layers[1].bias[0] == -3.f);
    BOOST_TEST((found.of_discriminator.decay == 0.25 && found.of_discriminator.nesterov));
    BOOST_TEST(found.averages[1].average.network.layers[0].bias[2] == 11.f);
    BOOST_TEST(found.normalised.vector.value[1] == 5.f);
    BOOST_TEST(found.thresholds[2] == 8.f);
    BOOST_TEST((found.rng == made.rng && found.other == made.other));
    BOOST_TEST(found.step == 42u);
    save_checkpoint(folder / "again", found);
    BOOST_TEST((read_text(folder / "run") == read_text(folder / "again")));

    auto discriminator = small_network(6);
    load_weights(folder / "run", discriminator, "discriminator/"); // each network can be read alone
    BOOST_TEST(discriminator.network.layers[0].weight[1] == 7.f);
    training_state one{small_network()};
    BOOST_TEST(message_of([&] { load_checkpoint(folder / "run", one); }).find("no tensor 'model/0.weight'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_part_that_is_not_always_there_is_saved_where_it_is_and_missed_where_it_is_not) {
    const scratch_folder folder;
    two_networks without, with;
    with.sometimes.emplace(small_network(), 0.5).average.network.layers[0].bias.write()[0] = 13;
    save_checkpoint(folder / "without", without), save_checkpoint(folder / "with", with);
    two_networks found;
    found.sometimes.emplace(small_network(), 0.9);
    load_checkpoint(folder / "with", found);
    BOOST_TEST((found.sometimes->rate == 0.5 && found.sometimes->average.network.layers[0].bias[0] == 13.f));
    BOOST_TEST(message_of([&] { load_checkpoint(folder / "without", found); }).find("no tensor 'sometimes/0.weight'") != std::string::npos);
    BOOST_TEST(message_of([&] { load_checkpoint(folder / "with", without); }).find("has no place in this state") != std::string::npos);
    with.sometimes->rate = 1;
    save_checkpoint(folder / "bad", with);
    BOOST_TEST(message_of([&] { load_checkpoint(folder / "bad", found); }).find("ema: rate is 1") != std::string::npos);
}

/// Saves a state after `change`, and says why it cannot be read again.
std::string refusal(const auto& change) {
    const scratch_folder folder;
    training_state<unconditional<mlp<array>>> bad{small_network()}, good{small_network()};
    change(bad);
    save_checkpoint(folder / "bad", bad);
    return message_of([&] { load_checkpoint(folder / "bad", good); });
}
BOOST_AUTO_TEST_CASE(numbers_that_cannot_be_are_refused_when_they_are_read) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto says = [](const std::string& message, const std::string& part) {
        BOOST_TEST(message.find(part) != std::string::npos, "'" << part << "' is not in: '" << message << "'");
    };
    says(refusal([&](auto& s) { s.average.rate = nan; }), "'ema.rate' is nan");
    says(refusal([&](auto& s) { s.average.rate = 1; }), "ema: rate is 1");
    says(refusal([&](auto& s) { s.optimizer.settings.beta2 = 1; }), "beta2 = 1");
    says(refusal([&](auto& s) { s.optimizer.settings.epsilon = 0; }), "epsilon = 0");
    says(refusal([&](auto& s) { s.optimizer.settings.rate = -1; }), "rate = -1");
    says(refusal([&](auto& s) { s.rng.first_sample = ~std::uint64_t{0}; }), "'rng' stands at");
    says(refusal([&](auto& s) { s.step = ~std::size_t{0}; }), "'step' is -1");
    says(refusal([&](auto& s) { s.seconds = nan; }), "'seconds' is nan");
    BOOST_TEST(refusal([](auto& s) { s.step = 3; }) == "");
}

BOOST_AUTO_TEST_CASE(checkpoints_of_format_1_still_load) {
    const scratch_folder folder;
    training_state made{small_network(), {.rate = 0.01, .beta1 = 0.5, .beta2 = 0.99, .epsilon = 1e-6}, 0.9, philox{0xFEDCBA9876543210, 3}};
    advance(made, 4);
    made.rng.first_sample = 16;
    safetensors_writer file;                                                        // as earlier versions wrote it
    add_model(file, "model/", made.model);
    add_model(file, "ema/", made.average.average);
    add_model(file, "adam.first/", made.optimizer.first);
    add_model(file, "adam.second/", made.optimizer.second);
    file.add("settings", tensor<double, cpu>{{5}, {0.01, 0.5, 0.99, 1e-6, 0.9}});
    file.add("seconds", tensor<double, cpu>{shape{1}, 0.5});
    file.add_integers("steps", {4, 4});
    file.add_integers("generator", {std::bit_cast<std::int64_t>(made.rng.seed), made.rng.stream, made.rng.draw, 16});
    file.metadata("format", "ncsn checkpoint 1");
    file.save(folder / "old");
    training_state found{small_network()};
    load_checkpoint(folder / "old", found);
    save_checkpoint(folder / "new", found);
    save_checkpoint(folder / "made", made);
    BOOST_TEST((read_text(folder / "new") == read_text(folder / "made")));

    file.add_integers("first_sample", {0});                                         // of the same format, damaged
    file.metadata("format", "ncsn checkpoint 3");
    file.save(folder / "newer");
    BOOST_TEST(message_of([&] { load_checkpoint(folder / "newer", found); }).find("'ncsn checkpoint 3'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_is_what_says_so) {
    BOOST_TEST((is_checkpoint({{"format", checkpoint_format}}) && is_checkpoint({{"format", "ncsn checkpoint 1"}})));
    BOOST_TEST((!is_checkpoint({}) && !is_checkpoint({{"format", "pt"}}) && !is_checkpoint({{"config", checkpoint_format}})));
}

BOOST_AUTO_TEST_CASE(either_model_of_a_checkpoint_can_be_read_alone) {
    const scratch_folder folder;
    training_state state{small_network(), {}, 0.9};
    advance(state, 3);
    save_checkpoint(folder / "run", state);
    auto average = small_network(), last = small_network();
    load_weights(folder / "run", average, "ema/");
    load_weights(folder / "run", last, "model/");
    BOOST_TEST((std::ranges::equal(average.network.layers[0].weight.values(), state.average.average.network.layers[0].weight.values())));
    BOOST_TEST((std::ranges::equal(last.network.layers[0].weight.values(), state.model.network.layers[0].weight.values())));
    BOOST_TEST(average.network.layers[0].weight[0] != last.network.layers[0].weight[0]);
}

BOOST_AUTO_TEST_CASE(another_network_is_refused_with_the_tensor_and_both_shapes) {
    const scratch_folder folder;
    const auto contains = [](const std::string& message, const std::string& part) {
        BOOST_TEST(message.find(part) != std::string::npos, "'" << part << "' is not in: " << message);
    };
    save_weights(folder / "wide", small_network(6));
    auto model = small_network(4);
    const float before = model.network.layers[0].weight[0];
    const std::string differing = message_of([&] { load_weights(folder / "wide", model); });
    contains(differing, (folder / "wide").string());
    contains(differing, "tensor '0.weight' is [6,2]; [4,2] was expected");
    BOOST_TEST(model.network.layers[0].weight[0] == before);

    philox rng;
    save_weights(folder / "deep", unconditional{mlp<array>{2, 4, 2, rng, 3}});
    contains(message_of([&] { load_weights(folder / "deep", model); }), "tensor '4.weight' is [4,4]; [2,4] was expected");
    save_weights(folder / "shallow", unconditional{mlp<array>{2, 4, 4, rng, 1}});
    unconditional square{mlp<array>{2, 4, 4, rng}};
    contains(message_of([&] { load_weights(folder / "shallow", square); }), "no tensor '4.weight'; [4,4] was expected");
    save_weights(folder / "square", square);
    unconditional lower{mlp<array>{2, 4, 4, rng, 1}};
    contains(message_of([&] { load_weights(folder / "square", lower); }), "tensor '4.bias' [4] has no place in this network");
    BOOST_TEST(model.network.layers[0].weight[0] == before);
}

BOOST_AUTO_TEST_CASE(weights_in_another_layout_are_recognised) {
    const scratch_folder folder;
    safetensors_writer official;
    official.add("conv.weight", array{{5, 4, 3, 3}});                               // [out, in, kh, kw]
    official.add("conv.u", array{shape{2}});
    official.save(folder / "official");
    mixed<array> model{array{{5, 3, 3, 4}}, {array{shape{2}}}};
    BOOST_TEST(message_of([&] { load_weights(folder / "official", model); }).find("give the layout \"out,in,kh,kw\"") != std::string::npos);
    save_weights(folder / "stated", model, {{"layout", "in,out,kh,kw"}});
    BOOST_TEST(message_of([&] { load_weights(folder / "stated", model); }).find("[out,kh,kw,in] or [out,in,kh,kw] was expected") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(damaged_files_are_refused_or_hold_other_numbers_but_never_crash) {
    const scratch_folder folder;
    training_state state{small_network()};
    save_checkpoint(folder / "run", state);
    const std::string good = read_text(folder / "run");
    BOOST_TEST(message_of([&] { load_weights(folder / "run", state.model); }).find("no tensor '0.weight'") != std::string::npos);
    save_weights(folder / "plain", state.model);
    BOOST_TEST(message_of([&] { load_checkpoint(folder / "plain", state); }).find("not a checkpoint of a training run") != std::string::npos);
    const auto report = load_damaged(good, 3000, 300, folder / "damaged", [&](const auto& path) { load_checkpoint(path, state); });
    BOOST_TEST(report.other == 0, report.first_other);
    BOOST_TEST(report.refused > 100);
}

BOOST_AUTO_TEST_CASE(weights_of_pytorch_are_transposed_where_they_are_said_to_be) {
    // w[o][i][h][w] = 1000 o + 100 i + 10 h + w, with every pair of extents that can be confused: [4,3,3,3] is the same shape in both layouts.
    const scratch_folder folder;
    for (const auto& [out, in, high, wide] : {std::array<std::size_t, 4>{4, 3, 3, 3}, {5, 4, 3, 3}, {2, 3, 3, 1}, {3, 1, 3, 3}, {3, 2, 1, 1}}) {
        array w({out, in, high, wide}), expected({out, high, wide, in});
        for (std::size_t o = 0; o < out; ++o)
            for (std::size_t i = 0; i < in; ++i)
                for (std::size_t h = 0; h < high; ++h)
                    for (std::size_t v = 0; v < wide; ++v)
                        w.write()[((o * in + i) * high + h) * wide + v] = expected.write()[((o * high + h) * wide + v) * in + i] =
                            static_cast<float>(1000 * o + 100 * i + 10 * h + v);
        for (const bool stated : {false, true}) {
            safetensors_writer official;
            official.add("conv.weight", w);
            official.add("conv.u", array{shape{2}});
            if (stated) official.metadata("layout", torch_layout);
            official.save(folder / "official");
            mixed<array> model{array{{out, high, wide, in}}, {array{shape{2}}}};
            load_weights(folder / "official", model, "", stated ? "" : torch_layout);
            BOOST_TEST((std::ranges::equal(model.weight.values(), expected.values())), out << " " << in << " " << high << " " << wide);
            if (stated) BOOST_CHECK_THROW(load_weights(folder / "official", model, "", weight_layout), error);
        }
    }
    safetensors_writer silent;
    silent.add("conv.weight", array{{4, 3, 3, 3}});
    silent.add("conv.u", array{shape{2}});
    silent.save(folder / "silent");
    mixed<array> model{array{{4, 3, 3, 3}}, {array{shape{2}}}};
    BOOST_TEST(message_of([&] { load_weights(folder / "silent", model); }).find("say which") != std::string::npos);
    BOOST_CHECK_NO_THROW(load_weights(folder / "silent", model, "", weight_layout));
}

BOOST_AUTO_TEST_CASE(files_of_pytorch_are_told_what_they_lack) {
    const scratch_folder folder;
    mixed<array> model{array{{4, 3, 3, 3}}, {array{shape{2}}}};
    for (const char* beginning : {"PK\3\4 an archive of today", "\x80\x02 a pickle of before"}) {
        write_text(folder / "weights", beginning);
        BOOST_TEST(message_of([&] { load_weights(folder / "weights", model); }).find("safetensors.torch.save_file") != std::string::npos);
    }
    safetensors_writer parallel;
    parallel.add("module.conv.weight", array{{4, 3, 3, 3}});
    parallel.add("module.conv.u", array{shape{2}});
    parallel.save(folder / "parallel");
    BOOST_TEST(message_of([&] { load_weights(folder / "parallel", model, "", torch_layout); }).find("give the prefix \"module.\"") !=
               std::string::npos);
    BOOST_CHECK_NO_THROW(load_weights(folder / "parallel", model, "module.", torch_layout));
}
