// SPDX-License-Identifier: Apache-2.0
/// \file  Numbers as gnuplot reads them.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <initializer_list>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace ncsn {

/// Columns of numbers, a line each. A blank line after each `block` lines makes a grid for `with image`.
class gnuplot_table {
public:
    gnuplot_table() = default;
    /// The rows of arrays of N rows side by side.
    template <Array A> explicit gnuplot_table(std::initializer_list<A> columns, std::size_t block = 0) {
        for (std::size_t i = 0; i < columns.begin()->shape()[0]; ++i) {
            for (const A& a : columns)
                for (std::size_t k = 0; k < a.shape().row_size(); ++k) put(a[i * a.shape().row_size() + k]);
            end_line();
            if (block > 0 && i % block == block - 1) text_ << '\n';
        }
    }

    /// One line.
    gnuplot_table& line(const auto&... numbers) {
        (put(numbers), ...);
        return end_line();
    }
    gnuplot_table& line(const std::vector<double>& numbers) {
        for (const double value : numbers) put(value);
        return end_line();
    }
    /// What follows is the next data set of the file, `index` in gnuplot.
    gnuplot_table& next() {
        text_ << "\n\n";
        return *this;
    }
    std::string text() const { return text_.str(); }

private:
    void put(const auto& number) { text_ << (at_begin_ ? "" : " ") << number, at_begin_ = false; }
    gnuplot_table& end_line() {
        text_ << '\n', at_begin_ = true;
        return *this;
    }

    std::ostringstream text_;
    bool at_begin_ = true;
};

/// A string of gnuplot in quotes.
inline std::string gnuplot_string(const std::string& text) {
    std::string quoted = "'";
    for (const char letter : text) quoted += letter == '\'' ? "''" : std::string(1, letter);
    return quoted + "'";
}

}  // namespace ncsn
