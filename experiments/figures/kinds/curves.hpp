// SPDX-License-Identifier: Apache-2.0
/// \file  Distances of panels by an option, as curves: how wide the range is in which one stays near its least value.
#pragma once

#include "distances.hpp"

#include <ncsn/statistics/range_near_least.hpp>

namespace ncsn {

/// "curves" of the description: [{"name", "panels": [names], "by": an option, "within": a factor}]. Measured of each, for every Fréchet distance of
/// its panels: NAME.width.fd_digits and so on, the width in ln of the range of the option in which that distance is at most `within` times its least.
/// Where the ranges of the seeds begin and end, and which ends are open, is in claim.json, settings.ranges.
class curves {
public:
    curves(const figure& f, const std::vector<panel>& panels) {
        for (const json& entry : f.about.text.value("curves", json::array())) {
            curve one{.name = entry.at("name"), .within = entry.at("within"), .points = {}};
            const std::string option = entry.at("by");
            const auto refused = [&](const auto&... what) { fail("figure ", f.id, ": curve ", one.name, ": ", what...); };
            for (const std::string name : entry.at("panels")) {
                const auto found = std::ranges::find_if(panels, [&](const panel& p) { return p.name == name; });
                if (found == panels.end()) refused("there is no panel ", name);
                const double place = option_of<double>(*found, option, 0);
                if (!(place > 0)) refused("panel ", name, " has no ", option, " above 0");
                if (found->measure != panels.front().measure) refused("panel ", name, " measures something else than panel ", panels.front().name);
                if (!one.points.emplace(place, name).second) refused("two panels have ", option, ' ', place);
            }
            if (one.points.empty()) refused("it has no panels");
            if (std::ranges::any_of(all_, [&](const curve& other) { return other.name == one.name; })) refused("another curve has this name");
            if (!(one.within >= 1)) refused("within ", one.within, " times its least; 1 or more was expected");
            all_.push_back(std::move(one));
        }
        for (const std::string& name : panels.empty() ? std::vector<std::string>{} : panels.front().measure)
            if (find_feature_measure(name) && (name.starts_with("fd_") || name == "fid")) distances_.push_back(name);
    }
    /// After the panels of this seed.
    void measure(figure& f) const {
        for (const curve& one : all_)
            for (const std::string& distance : distances_) measure(f, one, distance);
    }

private:
    struct curve {
        std::string name;
        double within;
        std::map<double, std::string> points;                                       // panels by the option
    };
    static void measure(figure& f, const curve& one, const std::string& distance) {
        const std::string quantity = one.name + ".width." + distance;
        std::vector<double> x, y;
        for (const auto& [place, name] : one.points) {
            const measurement& m = f.report.at(name + '.' + distance);
            if (!m.missing.empty()) return f.report.not_evaluated(quantity, m.missing);
            x.push_back(place), y.push_back(m.values.back());
        }
        const range_near_least range = find_range_near_least(x, y, one.within);
        f.measure(quantity, range.width());
        const char* const open = range.open_below ? (range.open_above ? "at both ends" : "below") : range.open_above ? "above" : "nowhere";
        f.settings["ranges"][quantity].push_back({{"first", range.first}, {"last", range.last}, {"open", open}});
    }

    std::vector<curve> all_;
    std::vector<std::string> distances_;
};

}  // namespace ncsn
