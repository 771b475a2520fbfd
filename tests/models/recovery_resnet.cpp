// SPDX-License-Identifier: Apache-2.0
/// \file  The image energy of diffusion recovery likelihood: parameter counts of the paper's table, formula, gradients, buffers, settings.
#include <ncsn/models/energy_score.hpp>
#include <ncsn/models/recovery_resnet.hpp>
#include <ncsn/training/recovery_likelihood.hpp>

#include <boost/test/unit_test.hpp>

#include <support/gradient_error.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;
using floats = tensor<float, cpu>;
using network = recovery_resnet<reals>;

static_assert(EnergyModel<network, reals> && EnergyModel<network, var<reals>> && EnergyModel<network, dual<reals>>);
static_assert(Trainable<network> && Trainable<recovery_resnet<reals, dense_head<reals>>>);
static_assert(advances<network>);

namespace {

/// A small network all of whose parameters matter: what starts at nearly zero is drawn again.
template <class Net = network> Net small(philox& rng, std::size_t blocks = 1) {
    Net net{{.channels = 2, .width = 4, .blocks = blocks, .multipliers = {1, 2}}, rng};
    for_each_leaf([&rng](auto& p) { p = 0.4 * normal_like(p, rng) + (p.shape().rank() == 1 ? 0.3 : 0.0); }, net);
    return net;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_has_the_parameters_of_the_table) {
    // [extent][N]: counted in the published code.
    const std::vector<std::pair<std::size_t, std::vector<std::size_t>>> table{
        {32, {9'056'256, 21'944'832, 26'241'024, 34'833'408}},
        {64, {19'153'664, 46'990'592, 56'269'568, 74'827'520}},
        {128, {29'119'232, 71'904'512, 86'166'272, 114'689'792}}};
    const std::size_t blocks[] = {2, 5, 6, 8};
    for (const auto& [extent, counts] : table) {
        philox rng{1};
        const auto count = [&](std::size_t n) {
            return parameter_count(recovery_resnet<floats>{{.blocks = n, .multipliers = recovery_multipliers(extent, extent)}, rng});
        };
        const std::size_t two = count(2), each = two - count(1);                      // a block more at each level
        for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(two + (blocks[i] - 2) * each == counts[i], "extent " << extent << ", N = " << blocks[i]);
    }
    philox rng{2};
    const recovery_resnet_settings s{.width = 8, .blocks = 1};
    const std::size_t coded = parameter_count(recovery_resnet<floats>{s, rng}),
                      printed = parameter_count(recovery_resnet<floats, dense_head<floats>>{s, rng});
    BOOST_TEST(coded - (32 * 16 + 16) == printed - (16 + 1));                         // the heads are all that differs
}

BOOST_AUTO_TEST_CASE(the_levels_follow_from_the_extent) {
    using list = std::vector<std::size_t>;
    BOOST_TEST((recovery_multipliers(32, 32) == list{1, 2, 2, 2}));
    BOOST_TEST((recovery_multipliers(64, 64) == list{1, 2, 2, 2, 4}));
    BOOST_TEST((recovery_multipliers(128, 128) == list{1, 2, 2, 2, 4, 4}));
    BOOST_TEST((recovery_multipliers(256, 256) == list{1, 1, 2, 2, 2, 4, 4}));
    BOOST_TEST((recovery_multipliers(28, 28) == list{1, 2, 2}));                      // 28, 14, 7
    BOOST_TEST((recovery_multipliers(8, 24) == list{1, 2}));
    BOOST_TEST((recovery_multipliers(7, 7) == list{1}));
    BOOST_CHECK_THROW(recovery_multipliers(0, 8), error);
}

BOOST_AUTO_TEST_CASE(the_sum_over_places_makes_the_energy_grow_with_the_image) {
    philox rng{3};
    const network net = small(rng);
    const reals pixel = normal<reals>({1, 1, 1, 2}, rng);
    const noise_levels level{{2}, {1}};
    // Inside a constant image every place is alike, so twice the height adds the same again and again: second differences vanish.
    const auto energy = [&](std::size_t height) { return net(expand_to(pixel, shape{1, height, 16, 2}), level).item(); };
    const double a = energy(16), b = energy(32), c = energy(48);
    BOOST_TEST(std::abs(a - 2 * b + c) < 1e-10 * std::abs(c));
    BOOST_TEST(std::abs(b - a) > 1e-3 * std::abs(b));
}

BOOST_AUTO_TEST_CASE(one_level_for_all_is_that_level_for_each) {
    philox rng{4};
    const network net = small(rng);
    const reals x = normal<reals>({3, 4, 4, 2}, rng);
    const auto at = [](std::vector<std::size_t> t) { return noise_levels{t, std::vector<double>(t.size(), 1.0)}; };
    const reals one = net(x, at({5})), each = net(x, at({5, 5, 5})), other = net(x, at({5, 0, 5}));
    BOOST_TEST_REQUIRE((one.shape() == shape{3, 1}));
    for (std::size_t n = 0; n < 3; ++n) BOOST_TEST(std::abs(one[n] - each[n]) < 1e-12);
    BOOST_TEST(std::abs(other[1] - each[1]) > 1e-6);
    BOOST_TEST(std::abs(other[2] - each[2]) < 1e-12);
}

BOOST_AUTO_TEST_CASE(its_score_is_the_slope_and_the_mixed_derivative_trains_it) {
    philox rng{5};
    const auto check = [&](auto net) {
        advance(net, 2000);                                                          // vectors that have settled: holding them changes no slope
        const reals x = normal<reals>({2, 4, 4, 2}, rng);
        const noise_levels levels{{1, 3}, {0.5, 0.7}};
        const reals s = score_of(net)(x, levels);
        for (std::size_t i = 0; i < x.size(); i += 7) {
            reals up = x, down = x;
            up.write()[i] += 1e-6, down.write()[i] -= 1e-6;
            const std::size_t n = i / x.shape().row_size();
            BOOST_TEST(std::abs((net(up, levels)[n] - net(down, levels)[n]) / 2e-6 + s[i]) < 1e-7 * (1 + std::abs(s[i])));
        }
        const double of_energy = gradient_error([&](const auto& m) { return sum(m(x, levels)); }, net);
        const double of_score = gradient_error([&](const auto& m) {
            const auto difference = m(x, levels) - x;
            return mean_over_batch(row_dot(difference, difference));
        }, score_of(net));
        BOOST_TEST_MESSAGE("gradients against central differences: energy " << of_energy << ", score " << of_score);
        BOOST_TEST(of_energy < 1e-7);
        BOOST_TEST(of_score < 1e-6);
    };
    check(small(rng));
    check(small<recovery_resnet<reals, dense_head<reals>>>(rng));
}

BOOST_AUTO_TEST_CASE(the_objective_sees_the_buffers_go_on_in_every_call) {
    const recovery_process process = recovery_code();
    philox rng{6};
    const network net = small(rng);
    const reals x = 0.5 * normal<reals>({4, 4, 4, 2}, rng);
    const std::size_t moves = 3;
    const recovery_likelihood loss{process, moves};
    philox one{9}, two{9};
    const double value = loss(net, x, one).item();
    network at = net;                                                                // the calls of the published code, one by one
    const noise_levels levels = draw_levels(process, 4, two);
    const reals n = normal_like(x, two), next = normal_like(x, two);
    const recovery_pair<reals> pair = diffused_pair(process, x, levels, n, next);
    reals y = pair.noisier;
    for (std::size_t k = 0; k < moves; ++k) {
        y = recovery_langevin{process}(recovery_conditional{process, at, pair.noisier}, y, levels, two);
        advance(at);
    }
    advance(at);                                                                     // the gradient after the last move, which nobody uses
    const reals positive = at(pair.y, levels);
    advance(at);
    const reals negative = at(y, levels);
    advance(at);
    const reals weight = process.column_of(&recovery_step::weight, levels, positive);
    BOOST_TEST(std::abs(value - mean(weight * (positive - negative)).item()) < 1e-12);
    network after = net;
    loss.advance(after);
    for_each_named([](const std::string& name, const reals& a, const reals& b) { BOOST_TEST(std::ranges::equal(a.values(), b.values()), name); },
                   after, at);
    BOOST_TEST(std::abs(value - loss(at, x, two).item()) > 0);
}

BOOST_AUTO_TEST_CASE(told_how_many_levels_there_are_it_knows_no_others) {
    philox rng{8};
    const network net{{.channels = 2, .width = 4, .blocks = 1, .multipliers = {1, 2}, .levels = 3}, rng};
    const reals x = normal<reals>({1, 4, 4, 2}, rng);
    BOOST_TEST(level_count(score_of(net)) == 3u);
    BOOST_CHECK_NO_THROW(net(x, noise_levels{{2}, {1.0}}));
    BOOST_CHECK_THROW(net(x, noise_levels{{3}, {1.0}}), error);
    BOOST_CHECK_THROW((recovery_likelihood{recovery_code(), 1}(net, x, rng)), error);
    BOOST_CHECK_NO_THROW((recovery_likelihood{recovery_code(recovery_blocks(3)), 1}(net, x, rng)));
}

BOOST_AUTO_TEST_CASE(settings_and_images_that_do_not_fit_are_refused) {
    philox rng{7};
    BOOST_CHECK_THROW((network{{.channels = 0}, rng}), error);
    BOOST_CHECK_THROW((network{{.width = 3}, rng}), error);
    BOOST_CHECK_THROW((network{{.blocks = 0}, rng}), error);
    BOOST_CHECK_THROW((network{{.multipliers = {}}, rng}), error);
    BOOST_CHECK_THROW((network{{.multipliers = {1, 0}}, rng}), error);
    const network net = small(rng);
    for (const shape& s : {shape{1, 5, 4, 2}, shape{1, 4, 4, 3}, shape{4, 8}})
        BOOST_CHECK_EXCEPTION(net(reals(s), no_noise), error, [](const error& reason) {
            return std::string{reason.what()}.find("multiples of 2") != std::string::npos;
        });
}
