// SPDX-License-Identifier: Apache-2.0
/// \file  The watch over a score and its discriminator.
#include <ncsn/training/collapse_watch.hpp>

#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_game_that_is_over_is_named) {
    const auto turn = [](double loss, double norm, double real, double fake) {
        return discriminator_turn<reals>{{{1}, {loss}}, {{1, 1}, {norm}}, {{2, 1}, {real, real}}, {{2, 1}, {fake, fake}}};
    };
    const auto names = [](const char* part) {
        return [part](const error& reason) { return std::string{reason.what()}.find(part) != std::string::npos; };
    };
    collapse_watch watch{3, 100};
    for (const double score : {2.0, 2.0, 1.0, 2.0, 2.0}) watch.see(turn(1, 1, 2, score), 1);   // the last two in a row do not end it
    watch.see(turn(1, 1, 2, 2.5), 2);
    watch.see(turn(1, 0, 1, 2), 3), watch.see(turn(1, 1, 2, 2), 4);
    const char* const same = "in 3 turns looked at in a row the discriminator gave all images the same number";
    BOOST_CHECK_EXCEPTION(watch.see(turn(1, 1, 2, 2), 5), error, names(same));
    BOOST_CHECK_EXCEPTION(watch.see(turn(-101, 1, 2, 1), 6), error, names("at step 6 the loss of the discriminator is -101, beyond 100"));
    for (const double norm : {0.0, 1.0, 0.0, 0.0}) watch.see(1, norm, 7);
    BOOST_CHECK_EXCEPTION(watch.see(1, 0, 8), error, names("the score had a gradient of 0"));
    BOOST_CHECK_EXCEPTION(watch.see(101, 1, 9), error, names("the loss of the score is 101"));
}
