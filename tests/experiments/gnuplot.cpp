// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of tables and strings for gnuplot, and of the mixtures that figures share.
#include <boost/test/unit_test.hpp>

#include "../../experiments/support/gnuplot.hpp"
#include "../../experiments/support/two_gaussians.hpp"

using namespace ncsn;
using array = tensor<float, cpu>;

BOOST_AUTO_TEST_CASE(a_table_has_columns_side_by_side_and_blocks) {
    const array x({3, 2}, {1, 2, 3, 4, 5, 6}), y({3, 1}, {7, 8, 9});
    BOOST_TEST((gnuplot_table{{x, y}}.text()) == "1 2 7\n3 4 8\n5 6 9\n");
    BOOST_TEST((gnuplot_table{{y}, 2}.text()) == "7\n8\n\n9\n");
    gnuplot_table lines;
    lines.line(1, 2.5).next().line(std::vector<double>{3, 4});
    BOOST_TEST(lines.text() == "1 2.5\n\n\n3 4\n");
}

BOOST_AUTO_TEST_CASE(a_string_keeps_its_quotes) {
    BOOST_TEST(gnuplot_string("the report’s 'own' σ") == "'the report’s ''own'' σ'");
}

BOOST_AUTO_TEST_CASE(the_two_gaussians_are_those_of_the_paper) {
    const auto mixture = two_gaussians<array>(), atoms = two_atoms<array>();
    BOOST_TEST(mixture.weights()[0] == 0.8);
    BOOST_TEST(mixture.means()[0] == 5.f);
    BOOST_TEST(mixture.variance(2) == 5);
    BOOST_TEST(atoms.variance(2) == 4);
    BOOST_TEST(three_gaussians<array>().weights().size() == 3u);
}
