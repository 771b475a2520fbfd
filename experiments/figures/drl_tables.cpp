// SPDX-License-Identifier: Apache-2.0
/// \file  Tables 4 and 5 of Gao et al. (2021): the networks as they are built, and the settings as the recipes have them.
#include "../support/figure.hpp"

#include <ncsn/models/recovery_resnet.hpp>

using namespace ncsn;

/// Channels of the levels, read off the networks' weights, and how many parameters there are.
void architectures(figure& f) {
    const std::vector<std::size_t> extents{32, 64, 128};
    text_rows columns;
    std::size_t most = 0;
    for (const std::size_t extent : extents) {
        philox rng;
        const std::size_t blocks = f.option<std::size_t>("blocks");
        const recovery_resnet<array> network{{.width = f.option<std::size_t>("width"), .blocks = blocks,
                                              .multipliers = recovery_multipliers(extent, extent)}, rng};
        const std::string side = std::to_string(extent), name = "at" + side, N = std::to_string(blocks);
        std::vector<std::string> column{side + " x " + side, "3 x 3 Conv2D, " + std::to_string(network.conv_in.bias.size())};
        f.measure(name + ".conv", static_cast<double>(network.conv_in.bias.size()));
        for (std::size_t level = 0; level < network.stages.size(); ++level) {
            const std::size_t channels = network.stages[level].blocks.back().conv2.bias.size();
            f.measure(name + ".level" + std::to_string(level), static_cast<double>(channels));
            column.push_back(N + " ResBlocks, " + std::to_string(channels) + (level + 1 < network.stages.size() ? ", downsample" : ""));
        }
        column.push_back("ReLU, sum, inner product with time");
        const std::size_t parameters = parameter_count(network);
        f.measure(name + ".parameters", static_cast<double>(parameters));
        column.push_back(std::to_string(parameters) + " parameters");
        most = std::max(most, column.size());
        columns.push_back(std::move(column));
    }
    text_rows table(most);
    for (std::size_t row = 0; row < most; ++row)
        for (const auto& column : columns) table[row].push_back(row < column.size() ? column[row] : "");
    f.keep_table(std::move(table));
}

/// Blocks, β₁, batch and iterations of the recipes reproduce/networks/drl-NAME.json.
void settings(figure& f) {
    text_rows table{{"data", "N", "β₁", "batch", "iterations"}};
    for (const std::string& name : f.option<std::vector<std::string>>("recipes")) {
        const std::filesystem::path place = f.about.folder() / "../../../networks" / ("drl-" + name + ".json");
        const json options = read_json_file(place, "recipe").at("options");
        const auto number = [&](const char* option) {
            require(options.contains(option), "recipe ", place, ": no option \"", option, "\"");
            f.measure(name + '.' + option, options.at(option).get<double>());
            return options.at(option).dump();
        };
        std::vector<std::string> cells{options.at("data").get<std::string>()};
        for (const char* const option : {"blocks", "beta1", "batch", "steps"}) cells.push_back(number(option));
        table.push_back(std::move(cells));
    }
    f.keep_table(std::move(table));
}

int main(int argc, char** argv) {
    return reproduce_one_of(argc, argv, {{"drl_table4_architectures", architectures}, {"drl_table5_settings", settings}});
}
