// SPDX-License-Identifier: Apache-2.0
/// \file  Tables of text: rows of cells, the first row of headings.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace ncsn {

using text_rows = std::vector<std::vector<std::string>>;

/// How many letters a terminal shows for UTF-8 text.
inline std::size_t letters(const std::string& text) {
    const auto begins_letter = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_letter));
}
/// The letters of the longest cell of each column. A row that is shorter or longer than the headings is an error.
inline std::vector<std::size_t> column_widths(const text_rows& rows) {
    require(!rows.empty() && !rows.front().empty(), "a table without headings; a first row of at least one cell was expected");
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows) {
        require(row.size() == widths.size(), "a table has a row of ", row.size(), " cells below ", widths.size(), " headings");
        for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], letters(row[k]));
    }
    return widths;
}
/// As a terminal shows it: columns side by side, two blanks before each.
inline std::string aligned(const text_rows& rows) {
    const auto widths = column_widths(rows);
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t k = 0; k < row.size(); ++k) line += "  " + row[k] + std::string(widths[k] - letters(row[k]), ' ');
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    return text;
}
/// As gnuplot reads it: cells separated by tabs. An empty cell becomes a blank, which is a cell to gnuplot as well.
inline std::string tabbed(const text_rows& rows) {
    std::string text;
    for (const auto& row : rows)
        for (std::size_t k = 0; k < row.size(); ++k) text += (row[k].empty() ? " " : row[k]) + (k + 1 < row.size() ? '\t' : '\n');
    return text;
}
/// Variables of gnuplot for plot/table.gp: rows, columns, widths (letters of each column).
inline std::string table_sizes(const text_rows& rows) {
    std::string widths;
    for (const std::size_t width : column_widths(rows)) widths += (widths.empty() ? "" : " ") + std::to_string(width);
    return "rows = " + std::to_string(rows.size()) + "\ncolumns = " + std::to_string(rows.front().size()) + "\nwidths = '" + widths + "'\n";
}

}  // namespace ncsn
