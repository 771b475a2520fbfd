// SPDX-License-Identifier: Apache-2.0
/// \file  The kinds of figures that are written once: a new figure of one of them is a figure.json, no program.
#include "kinds/curve.hpp"
#include "kinds/inpainting.hpp"
#include "kinds/interpolation.hpp"
#include "kinds/nearest.hpp"
#include "kinds/progress.hpp"
#include "kinds/samples.hpp"
#include "kinds/table.hpp"

using namespace ncsn;

int main(int argc, char** argv) {
    const std::map<std::string, void (*)(figure&)> kinds{{"samples", samples_kind}, {"sweep", samples_kind}, {"progress", progress_kind},
                                                         {"nearest", nearest_kind}, {"inpainting", inpainting_kind}, {"curve", curve_kind},
                                                         {"interpolation", interpolation_kind}, {"table", table_kind}};
    return reproduce_figures(argc, argv, [&](const figure& f) { return kinds.at(f.about.string("kind")); });
}
