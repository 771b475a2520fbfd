// SPDX-License-Identifier: Apache-2.0
/// \file  A list of rows with its tables on devices, for those who gather the same rows many times.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace ncsn {

/// Rows to be gathered. Beside them lie the forms in which devices read them, made at the first use and kept as long as the object: the layers of a
/// network that share one (noise_levels::rows) send the levels of a step once.
class chosen_rows {
public:
    explicit chosen_rows(std::vector<std::size_t> rows) : rows_{std::move(rows)} {}

    std::span<const std::size_t> list() const { return rows_; }
    operator std::span<const std::size_t>() const { return rows_; }

    /// The table that make() makes, known by its type and a number: one purpose, one number.
    template <class Table, class Make> const Table& table(std::size_t number, const Make& make) const {
        const std::lock_guard lock{mutex_};
        for (const entry& known : tables_)
            if (known.type == &type_of<Table> && known.number == number) return *static_cast<const Table*>(known.table.get());
        tables_.push_back({&type_of<Table>, number, std::make_shared<Table>(make())});
        return *static_cast<const Table*>(tables_.back().table.get());
    }

private:
    template <class Table> static constexpr char type_of = 0;                       // its address tells the type
    struct entry {
        const void* type;
        std::size_t number;
        std::shared_ptr<const void> table;
    };
    std::vector<std::size_t> rows_;
    mutable std::mutex mutex_;
    mutable std::vector<entry> tables_;
};

}  // namespace ncsn
