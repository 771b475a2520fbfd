// SPDX-License-Identifier: Apache-2.0
/// \file  The options of a figure: those of its description, on the command line.
#pragma once

#include "../options.hpp"
#include "early_option.hpp"
#include "json.hpp"

#include <map>
#include <sstream>
#include <string>

namespace ncsn {

/// The options of a figure's description as options of the command line: --NAME VALUE, lists with commas.
class figure_options {
public:
    figure_options(program_options& app, const json& options) : options_(options) {  // braces would make a list of one
        for (const auto& [name, value] : options.items())
            app.add("--" + name, given_[name], "default for this preset: " + (value.is_string() ? value.get<std::string>() : value.dump()));
    }
    json values() const {
        json all = options_;
        for (const auto& [name, text] : given_)
            if (!text.empty()) all[name] = parsed(name, text, options_.at(name));
        return all;
    }

private:
    static json parsed(const std::string& name, const std::string& text, const json& like) {
        if (like.is_string()) return text;
        if (like.is_array()) {
            json list = json::array();
            std::istringstream parts{text};
            for (std::string part; std::getline(parts, part, ',');) list.push_back(parsed(name, part, like.empty() ? json("") : like.front()));
            return list;
        }
        const json value = parse_json(text, "--" + name);
        require(value.type() == like.type() || (value.is_number() && like.is_number()), "--", name, " ", text, ": a value like ", like.dump(),
                " was expected");
        return value;
    }

    const json options_;
    std::map<std::string, std::string> given_;
};

}  // namespace ncsn
