// SPDX-License-Identifier: Apache-2.0
/// \file  Reading .safetensors files: an 8-byte length, a JSON header, raw little-endian numbers.
#pragma once

#include <ncsn/arithmetic/bfloat16.hpp>
#include <ncsn/arithmetic/float16.hpp>
#include <ncsn/arrays/files/read_file.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace ncsn {

/// A .safetensors file, read whole and checked whole: after open() every name has a part of the file of its own. Tensors of types that are not read
/// here (F8, C64, what comes later) may lie beside others; asking for one of them is an error.
class safetensors_file {
public:
    static safetensors_file open(const std::filesystem::path& path) { return safetensors_file{path}; }

    /// All names, in alphabetical order.
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& [name, where] : entries_) all.push_back(name);
        return all;
    }
    bool contains(const std::string& name) const { return entries_.contains(name); }
    const ncsn::shape& shape_of(const std::string& name) const { return find(name).extents; }
    /// "F32", "F64", "I64", ...
    const std::string& dtype_of(const std::string& name) const { return find(name).type; }
    /// What the file says about itself.
    const std::map<std::string, std::string>& metadata() const { return metadata_; }

    /// A tensor of floating-point numbers (F64, F32, F16 or BF16), rounded or widened to T.
    template <class T> tensor<T, cpu> load(const std::string& name) const {
        const entry& e = find(name);
        const bool known = e.type == "F32" || e.type == "F64" || e.type == "F16" || e.type == "BF16";
        require(known, "safetensors ", path_, ": tensor '", name, "' is ", e.type, "; F64, F32, F16 or BF16 was expected; load_integers reads "
                "integers");
        auto x = tensor<T, cpu>::uninitialized(e.extents);
        if (e.type == "F32") copy<float>(e, x.write());
        else if (e.type == "F64") copy<double>(e, x.write());
        else {
            const bool brain = e.type == "BF16";
            std::vector<std::uint16_t> bits(e.extents.size());
            copy<std::uint16_t>(e, bits.data());
            std::ranges::transform(bits, x.write(), [brain](std::uint16_t word) {
                return static_cast<T>(brain ? float(bfloat16::from_bits(word)) : float(float16::from_bits(word)));
            });
        }
        return x;
    }
    /// A tensor of integers (I64, I32, I16, I8, U32, U16, U8 or BOOL), last axis fastest.
    std::vector<std::int64_t> load_integers(const std::string& name) const {
        const entry& e = find(name);
        std::vector<std::int64_t> values(e.extents.size());
        if (e.type == "I64") copy<std::int64_t>(e, values.data());
        else if (e.type == "I32") copy<std::int32_t>(e, values.data());
        else if (e.type == "I16") copy<std::int16_t>(e, values.data());
        else if (e.type == "I8") copy<std::int8_t>(e, values.data());
        else if (e.type == "U32") copy<std::uint32_t>(e, values.data());
        else if (e.type == "U16") copy<std::uint16_t>(e, values.data());
        else if (e.type == "U8" || e.type == "BOOL") copy<std::uint8_t>(e, values.data());
        else fail("safetensors ", path_, ": tensor '", name, "' is ", e.type, "; integers were expected; load<float> reads F32 and F64");
        return values;
    }

private:
    struct entry {
        std::string type;
        ncsn::shape extents;
        std::size_t begin = 0, end = 0;  ///< bytes, counted from the end of the header
    };

    explicit safetensors_file(const std::filesystem::path& path) : path_{path}, bytes_{read_file(path)} {
        const std::string_view begin{reinterpret_cast<const char*>(bytes_.data()), std::min<std::size_t>(bytes_.size(), 4)};
        require(!begin.starts_with("PK\3\4") && !begin.starts_with("\x80\x02"), "safetensors ", path_, ": this is a file of PyTorch's own (.pth), a "
                "pickled program; write its tensors with safetensors.torch.save_file, and give the layout \"out,in,kh,kw\"");
        constexpr std::uint64_t longest_header = 100'000'000;                       // the format's own limit
        require(bytes_.size() >= 8, "safetensors ", path_, ": ", bytes_.size(), " bytes; at least 8 were expected");
        const auto length = little_endian<std::uint64_t>(bytes_.data());
        require(length <= bytes_.size() - 8 && length <= longest_header, "safetensors ", path_, ": a header of ", length, " bytes in a file of ",
                bytes_.size(), "; the file is incomplete, damaged or of another format");
        data_begin_ = 8 + length;
        header_reader reader{*this};
        const auto* text = reinterpret_cast<const char*>(bytes_.data());
        const bool whole = nlohmann::json::sax_parse(text + 8, text + data_begin_, &reader);
        require(whole, "safetensors ", path_, ": the header is not valid JSON (", reader.failure, "); the file is damaged or of another format");
        check_overlaps();
    }

    /// Takes the header while it is being parsed, in a time that grows with its length alone, and refuses what it cannot be: repeated names, values
    /// where others belong, deep or long nesting.
    struct header_reader {
        explicit header_reader(safetensors_file& of) : file{of} {}
        std::string failure;                                                        ///< what the parser says

        bool null() {
            if (depth == 1 && metadata) return true;                                // some writers have nothing to say
            return other();
        }
        bool boolean(bool) { return other(); }
        bool number_integer(std::int64_t) { return other(); }
        bool number_unsigned(std::uint64_t value) {
            if (!in_list || !numbers) return other();
            numbers->push_back(value);
            return within_axes();
        }
        bool number_float(double, const std::string&) { return other(); }
        bool binary(std::vector<std::uint8_t>&) { return other(); }
        bool string(std::string& text) {
            if (depth == 2 && metadata) file.metadata_[field] = std::move(text);
            else if (depth == 2 && field == "dtype") type = std::move(text);
            else return other();
            return true;
        }
        bool start_object(std::size_t) {
            require(depth < 2 && !in_list, "safetensors ", file.path_, ": the header is nested too deeply; {name: {dtype, shape, data_offsets}} was "
                    "expected");
            if (++depth == 2) {
                fields.clear();
                shape_numbers.clear(), offsets.clear(), type.reset();
                have_shape = have_offsets = false, well = true;
            }
            return true;
        }
        bool key(std::string& text) {
            const bool first = depth == 1 ? names.insert(text).second : fields.insert(text).second;
            require(first, "safetensors ", file.path_, ": the name '", text, "' appears twice in the header");
            if (depth == 1) name = std::move(text), metadata = name == "__metadata__";
            else field = std::move(text);
            return true;
        }
        bool end_object() {
            if (--depth == 1 && !metadata) {
                const bool complete = well && type && have_shape && have_offsets && offsets.size() == 2;
                require(complete, "safetensors ", file.path_, ": tensor '", name, "' is not described by {dtype, shape, data_offsets: [begin, end]}");
                file.entries_[name] = file.read_entry(name, *type, shape_numbers, offsets);
            }
            return true;
        }
        bool start_array(std::size_t) {
            require(depth == 2 && !in_list, "safetensors ", file.path_, ": the header has a list where {name: {dtype, shape, data_offsets}} was "
                    "expected");
            if (metadata) other();
            in_list = true, elements = 0;
            numbers = field == "shape" ? &shape_numbers : field == "data_offsets" ? &offsets : nullptr;
            (field == "shape" ? have_shape : have_offsets) |= numbers != nullptr;
            return true;
        }
        bool end_array() {
            in_list = false;
            return true;
        }
        bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& reason) {
            failure = reason.what();
            return false;
        }

    private:
        /// A value that is of no use: where one was expected, an error, now or when the tensor is complete.
        bool other() {
            require(depth > 0, "safetensors ", file.path_, ": the header is not a JSON object; the file is damaged or of another format");
            require(!metadata || depth < 2, "safetensors ", file.path_, ": __metadata__ '", field, "' is not a string");
            require(!metadata, "safetensors ", file.path_, ": __metadata__ is not an object of strings");
            require(depth == 2, "safetensors ", file.path_, ": tensor '", name, "' is not described by {dtype, shape, data_offsets: [begin, end]}");
            if (in_list) return (well &= numbers == nullptr), within_axes();
            well &= field != "dtype" && field != "shape" && field != "data_offsets";
            return true;
        }
        bool within_axes() {                                                        // what else a writer lists has no limit: it is not kept
            require(numbers == nullptr || ++elements <= shape::max_rank, "safetensors ", file.path_, ": a tensor with more than ", shape::max_rank,
                    " axes");
            return true;
        }

        safetensors_file& file;
        std::size_t depth = 0, elements = 0;
        bool metadata = false, in_list = false, have_shape = false, have_offsets = false, well = true;
        std::string name, field;
        std::set<std::string> names, fields;
        std::optional<std::string> type;
        std::vector<std::size_t> shape_numbers, offsets;
        std::vector<std::size_t>* numbers = nullptr;
    };

    static std::size_t width_of(const std::string& type) {
        static const std::map<std::string, std::size_t> widths{{"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F16", 2}, {"BF16", 2}, {"I16", 2}, {"U16", 2},
                                                               {"F32", 4},  {"I32", 4}, {"U32", 4}, {"F64", 8}, {"I64", 8},  {"U64", 8}};
        const auto found = widths.find(type);
        return found == widths.end() ? 0 : found->second;
    }

    entry read_entry(const std::string& name, const std::string& type, const std::vector<std::size_t>& extents,
                     const std::vector<std::size_t>& offsets) const {
        const entry e{type, ncsn::shape{std::span<const std::size_t>{extents}}, offsets[0], offsets[1]};
        const std::size_t available = bytes_.size() - data_begin_;
        require(e.begin <= e.end && e.end <= available, "safetensors ", path_, ": tensor '", name, "' lies at bytes ", e.begin, " to ", e.end,
                " of ", available, "; the file is incomplete or damaged");
        std::uint64_t size = width_of(e.type);
        if (size == 0) return e;                                                    // a type of another time
        bool fits = true;
        for (const std::size_t extent : extents) fits = fits && multiplied(size, extent, size);
        require(fits && size == e.end - e.begin, "safetensors ", path_, ": tensor '", name, "' is ", e.type, " ", e.extents, " in ", e.end - e.begin,
                " bytes; type and shape do not fill them");
        return e;
    }
    void check_overlaps() const {
        std::vector<std::pair<std::size_t, std::map<std::string, entry>::const_iterator>> order;
        for (auto i = entries_.begin(); i != entries_.end(); ++i) {
            if (i->second.begin != i->second.end) order.emplace_back(i->second.begin, i);
        }
        std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        for (std::size_t i = 1; i < order.size(); ++i) {
            require(order[i - 1].second->second.end <= order[i].first, "safetensors ", path_, ": tensors '", order[i - 1].second->first, "' and '",
                    order[i].second->first, "' overlap");
        }
    }

    const entry& find(const std::string& name) const {
        const auto found = entries_.find(name);
        if (found == entries_.end()) {
            const auto near = entries_.lower_bound(name);
            fail("safetensors ", path_, ": no tensor is called '", name, "' among ", entries_.size(),
                 near != entries_.end() ? "; the next name in order is '" + near->first + "'" : std::string{});
        }
        return found->second;
    }
    template <class Stored, class T> void copy(const entry& e, T* to) const {
        const std::uint8_t* from = bytes_.data() + data_begin_ + e.begin;
        for (std::size_t i = 0; i < (e.end - e.begin) / sizeof(Stored); ++i) to[i] = static_cast<T>(little_endian<Stored>(from + i * sizeof(Stored)));
    }

    std::filesystem::path path_;
    std::vector<std::uint8_t> bytes_;
    std::size_t data_begin_ = 0;
    std::map<std::string, entry> entries_;
    std::map<std::string, std::string> metadata_;
};

}  // namespace ncsn
