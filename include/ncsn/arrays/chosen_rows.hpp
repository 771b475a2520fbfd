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

/// Rows to be gathered. Beside them lie the tables in which devices read them, made at the first use. Copies share both, and the last of them frees
/// them: a network that makes one from its levels and hands it to its layers sends the levels of a step once.
class chosen_rows {
public:
    explicit chosen_rows(std::vector<std::size_t> rows) : shared_{std::make_shared<contents>(std::move(rows))} {}

    std::span<const std::size_t> list() const { return shared_->rows; }
    operator std::span<const std::size_t>() const { return list(); }

    /// The table that make() makes, known by its type and a number: one purpose, one number.
    template <class Table, class Make> const Table& table(std::size_t number, const Make& make) const {
        const std::lock_guard lock{shared_->mutex};
        for (const entry& known : shared_->tables)
            if (known.type == &type_of<Table> && known.number == number) return *static_cast<const Table*>(known.table.get());
        shared_->tables.push_back({&type_of<Table>, number, std::make_shared<Table>(make())});
        return *static_cast<const Table*>(shared_->tables.back().table.get());
    }

private:
    template <class Table> static constexpr char type_of = 0;                       // its address tells the type
    struct entry {
        const void* type;
        std::size_t number;
        std::shared_ptr<const void> table;
    };
    struct contents {
        explicit contents(std::vector<std::size_t> r) : rows{std::move(r)} {}
        const std::vector<std::size_t> rows;
        std::mutex mutex;                                                           // of the tables, which any layer's thread may ask for first
        std::vector<entry> tables;
    };
    std::shared_ptr<contents> shared_;
};

}  // namespace ncsn
