// SPDX-License-Identifier: Apache-2.0
/// \file  Writing .safetensors files.
#pragma once

#include <ncsn/arithmetic/float16.hpp>
#include <ncsn/arrays/files/read_file.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <variant>

namespace ncsn {

/// Collects named tensors (sharing their elements) and writes them as one file. The same content gives the same bytes, whatever the order in
/// which it was added: wide types first, so that every tensor is aligned, then by name.
class safetensors_writer {
public:
    template <class T> void add(const std::string& name, const tensor<T, cpu>& x) {
        static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "safetensors_writer: elements are float or double");
        require(!x.empty(), "safetensors: tensor '", name, "' is empty (default constructed); there is nothing to save");
        insert(name, {x.shape(), sizeof(T) == sizeof(float) ? "F32" : "F64", sizeof(T), x});
    }
    /// The same rounded to half precision (F16): half of the bytes, three digits.
    void add_rounded(const std::string& name, const tensor<float, cpu>& x) {
        require(!x.empty(), "safetensors: tensor '", name, "' is empty (default constructed); there is nothing to save");
        std::vector<std::uint16_t> bits(x.size());
        std::ranges::transform(x.values(), bits.begin(), [](float value) { return float16{value}.bits; });
        insert(name, {x.shape(), "F16", sizeof(std::uint16_t), std::move(bits)});
    }
    void add_integers(const std::string& name, std::vector<std::int64_t> values) {
        const ncsn::shape extents{values.size()};
        insert(name, {extents, "I64", sizeof(std::int64_t), std::move(values)});
    }
    void metadata(const std::string& key, const std::string& value) { metadata_[key] = value; }

    /// Writes the file; atomic.   (A template for the sake of those who include this and do not call it: what JSON needs costs them 0.2 s.)
    template <class Json = nlohmann::ordered_json> void save(const std::filesystem::path& path) const {
        std::vector<std::pair<std::string, const item*>> order;
        for (const std::size_t width : {sizeof(double), sizeof(float), sizeof(std::uint16_t)})
            for (const auto& [name, value] : items_)
                if (value.width == width) order.emplace_back(name, &value);
        std::string header = header_of<Json>(path, order);
        header.append((8 - header.size() % 8) % 8, ' ');
        const std::uint64_t length = header.size();
        atomic_file file{path};
        file.write(&length, sizeof length);
        file.write(header);
        for (const auto& part : order) {
            const item& value = *part.second;
            std::visit([&](const auto& numbers) { file.write(numbers.data(), numbers.size() * value.width); }, value.numbers);
        }
        file.commit();
    }

private:
    struct item {
        ncsn::shape extents;
        const char* type;
        std::size_t width;
        std::variant<tensor<float, cpu>, tensor<double, cpu>, std::vector<std::int64_t>, std::vector<std::uint16_t>> numbers;
    };

    void insert(const std::string& name, item value) {
        require(name != "__metadata__", "safetensors: no tensor can be called '__metadata__'; use metadata(key, value)");
        require(items_.emplace(name, std::move(value)).second, "safetensors: a tensor called '", name, "' was added before");
    }
    template <class Json>
    std::string header_of(const std::filesystem::path& path, const std::vector<std::pair<std::string, const item*>>& order) const {
        Json header = Json::object();
        if (!metadata_.empty()) header["__metadata__"] = metadata_;
        std::size_t begin = 0;
        for (const auto& [name, value] : order) {
            const std::size_t end = begin + value->extents.size() * value->width;
            header[name] = {{"dtype", value->type},
                            {"shape", std::vector<std::size_t>(value->extents.begin(), value->extents.end())},
                            {"data_offsets", {begin, end}}};
            begin = end;
        }
        try {
            return header.dump();
        } catch (const nlohmann::json::exception&) {
            fail("safetensors ", path, ": a name or a metadata text is not UTF-8; write it in UTF-8");
        }
    }

    std::map<std::string, item> items_;
    std::map<std::string, std::string> metadata_;
};

}  // namespace ncsn
