// SPDX-License-Identifier: Apache-2.0
/// \file  Tensors in NumPy's .npy files.
#pragma once

#include <ncsn/arrays/files/read_file.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <string>

namespace ncsn {

/// NumPy's name of an element type.
template <class T> inline constexpr const char* npy_type = nullptr;
template <> inline constexpr const char* npy_type<float> = "<f4";
template <> inline constexpr const char* npy_type<double> = "<f8";
template <> inline constexpr const char* npy_type<std::uint8_t> = "|u1";

/// What a .npy file (version 1.0, C order) of such elements begins with.
inline std::string npy_preamble(const char* type, const shape& s) {
    std::string header = std::string{"{'descr': '"} + type + "', 'fortran_order': False, 'shape': (";
    for (const std::size_t extent : s) header += std::to_string(extent) + (s.rank() == 1 ? "," : ", ");
    if (s.rank() > 1) header.resize(header.size() - 2);
    header += "), }";
    constexpr std::size_t before = 10, alignment = 64;                              // the data start at a multiple of 64, as in numpy.save
    header.append(alignment - 1 - (before + header.size()) % alignment, ' ') += '\n';
    const char start[before] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, static_cast<char>(header.size() & 255),
                                static_cast<char>(header.size() >> 8)};
    return std::string{start, before} + header;
}

/// Writes x as a .npy file; numpy.load reads it. Atomic.
template <class T> void save_npy(const std::filesystem::path& path, const tensor<T, cpu>& x) {
    static_assert(npy_type<T> != nullptr, "save_npy: elements are float, double or bytes");
    require(!x.empty(), "save_npy ", path, ": the tensor is empty (default constructed); there is nothing to save");
    atomic_file file{path};
    file.write(npy_preamble(npy_type<T>, x.shape()));
    file.write(x.data(), x.size() * sizeof(T));
    file.commit();
}
template <class T, Device D> void save_npy(const std::filesystem::path& path, const tensor<T, D>& x) { save_npy(path, on_device<cpu>(x)); }

/// The header of a .npy file: a Python dictionary with the keys descr, fortran_order and shape.
struct npy_header {
    std::string type;
    bool fortran_order = false;
    ncsn::shape extents;
    std::size_t data_begin = 0;  ///< bytes before the first element

    explicit npy_header(const input_file& file) : path_{file.path()} {
        std::array<std::uint8_t, 12> start{};
        file.read(0, start.data(), std::min<std::size_t>(start.size(), file.size()));
        require(file.size() >= 10 && std::memcmp(start.data(), "\x93NUMPY", 6) == 0, "load_npy ", path_, ": the first bytes are not those of a "
                ".npy file; write it with save_npy or numpy.save");
        require(start[6] >= 1 && start[6] <= 3, "load_npy ", path_, ": format version ", int{start[6]}, "; versions 1 to 3 were expected");
        const std::size_t begin = start[6] == 1 ? 10 : 12, longest = std::size_t{1} << 20;
        require(file.size() >= begin, "load_npy ", path_, ": ends inside its header; the file is incomplete");
        const std::size_t length = start[6] == 1 ? little_endian<std::uint16_t>(&start[8]) : little_endian<std::uint32_t>(&start[8]);
        require(length <= file.size() - begin && length <= longest, "load_npy ", path_, ": a header of ", length, " bytes in a file of ", file.size(),
                "; the file is incomplete or damaged");
        data_begin = begin + length;
        std::string text(length, '\0');
        file.read(begin, text.data(), length);
        rest_ = text;
        parse();
        rest_ = {};
    }
    /// An error unless the elements, of so many bytes each and in C order, fill the rest of the file.
    void require_elements(const input_file& file, std::size_t each) const {
        require(!fortran_order, "load_npy ", path_, ": the elements are in Fortran order; save numpy.ascontiguousarray(x) instead");
        std::uint64_t size = each;
        bool fits = true;
        for (const std::size_t extent : extents) fits = fits && multiplied(size, extent, size);
        const std::uint64_t available = file.size() - data_begin;
        require(fits && size == available, "load_npy ", path_, ": shape ", extents, " of '", type, "' does not fill the ", available,
                " bytes after the header; the file is incomplete or damaged");
    }

private:
    void parse() {
        bool have_type = false, have_order = false, have_shape = false;
        expect('{');
        while (!accept('}')) {
            const std::string key = word();
            expect(':');
            if (key == "descr" && !std::exchange(have_type, true)) {
                type = word();
            } else if (key == "fortran_order" && !std::exchange(have_order, true)) {
                fortran_order = accept("True");
                if (!fortran_order) expect_false();
            } else if (key == "shape" && !std::exchange(have_shape, true)) {
                extents = tuple();
            } else {
                malformed();
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip_space();
        if (!rest_.empty() || !have_type || !have_order || !have_shape) malformed();
    }
    ncsn::shape tuple() {
        std::array<std::size_t, ncsn::shape::max_rank> found{};
        std::size_t rank = 0;
        expect('(');
        while (!accept(')')) {
            require(rank < found.size(), "load_npy ", path_, ": more than ", found.size(), " axes; a tensor has at most ", found.size());
            found[rank++] = number();
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return ncsn::shape{std::span<const std::size_t>{found.data(), rank}};
    }
    std::size_t number() {
        skip_space();
        std::uint64_t value = 0;
        std::size_t digits = 0;
        for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
            if (!multiplied(value, 10, value) || __builtin_add_overflow(value, static_cast<std::uint64_t>(rest_[digits] - '0'), &value)) malformed();
        }
        if (digits == 0) malformed();
        rest_.remove_prefix(digits);
        if (rest_.starts_with('L')) rest_.remove_prefix(1);                         // a long of Python 2
        return value;
    }
    std::string word() {
        skip_space();
        const char quote = rest_.empty() ? '\0' : rest_.front();
        if (quote != '\'' && quote != '"') malformed();
        const std::size_t end = rest_.find(quote, 1);
        if (end == rest_.npos) malformed();
        const std::string found{rest_.substr(1, end - 1)};
        rest_.remove_prefix(end + 1);
        return found;
    }
    bool accept(std::string_view token) {
        skip_space();
        if (!rest_.starts_with(token)) return false;
        rest_.remove_prefix(token.size());
        return true;
    }
    bool accept(char token) { return accept(std::string_view{&token, 1}); }
    void expect(char token) { if (!accept(token)) malformed(); }
    void expect_false() { if (!accept("False")) malformed(); }
    void skip_space() { while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) rest_.remove_prefix(1); }
    [[noreturn]] void malformed() const {
        fail("load_npy ", path_, ": the header is malformed at \"", rest_.substr(0, 40), "\"; {'descr': '<f4', 'fortran_order': False, 'shape': "
             "(2, 3)} was expected");
    }

    std::filesystem::path path_;
    std::string_view rest_;
};

/// The tensor in a .npy file (versions 1 to 3) of float32 or float64 numbers or of bytes, in C order. float32 is widened to double; nothing is
/// narrowed, and bytes are read as bytes only.
template <Array A> A load_npy(const std::filesystem::path& path) {
    using T = typename A::value_type;
    static_assert(npy_type<T> != nullptr, "load_npy: elements are float, double or bytes");
    const input_file file{path};
    const npy_header header{file};
    const bool widen = std::same_as<T, double> && header.type == npy_type<float>;
    require(header.type == npy_type<T> || widen, "load_npy ", path, ": the elements are '", header.type, "'; '", npy_type<T>, "' was expected",
            header.type == npy_type<double> ? "; load it as doubles, or save it with astype('" : "; save it with astype('", npy_type<T>, "')");
    header.require_elements(file, widen ? sizeof(float) : sizeof(T));
    auto x = tensor<T, cpu>::uninitialized(header.extents);
    if (widen) {
        auto narrow = tensor<float, cpu>::uninitialized(header.extents);
        file.read(header.data_begin, narrow.write(), x.size() * sizeof(float));
        std::copy_n(narrow.data(), x.size(), x.write());
    } else {
        file.read(header.data_begin, x.write(), x.size() * sizeof(T));
    }
    return on_device<typename A::device_type>(x);
}

}  // namespace ncsn
