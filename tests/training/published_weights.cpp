// SPDX-License-Identifier: Apache-2.0
#include <support/files.hpp>
#include <support/scattered.hpp>

#include <ncsn/autodiff/functions.hpp>
#include <ncsn/training/published_weights.hpp>

using namespace ncsn;
using A = tensor<float>;

namespace {

/// One convolution and one dense layer under the names of others.
template <class P> struct small_network {
    static constexpr double epsilon = 1e-2;
    static published_names names_of(const std::string& name) { return {name + ".kernel", name + ".norm"}; }

    folded_conv<P> conv;
    dense<P> fc;
    static constexpr std::tuple members{field{"conv", &small_network::conv}, field{"fc", &small_network::fc}};
};

small_network<A> fresh() {
    philox rng{1};
    return {{2, 3, rng, {.height = 3, .width = 1}}, {3, 4, rng}};
}

safetensors_writer published(const std::string& left_out = "") {
    safetensors_writer file;
    const auto add = [&](const std::string& name, const shape& s, float offset = 0) {
        if (name != left_out) file.add(name, tensor<float>{offset + scattered<float>(s, static_cast<std::uint32_t>(name.size()))});
    };
    add("conv.kernel", {3, 2, 3, 1});                                               // [out, in, kh, kw]
    add("conv.norm.weight", {3}), add("conv.norm.bias", {3}), add("conv.norm.running_mean", {3}), add("conv.norm.running_var", {3}, 1.5f);
    add("fc.weight", {4, 3}), add("fc.bias", {4});
    return file;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_convolution_takes_in_its_normalisation_and_axes_are_exchanged) {
    const scratch_folder place;
    const auto path = place / "weights.safetensors";
    published().save(path);
    auto network = fresh();
    load_published(path, network);
    const auto file = safetensors_file::open(path);
    const auto of = [&](const char* name) { return file.load<double>(name); };
    const auto w = of("conv.kernel"), gamma = of("conv.norm.weight"), beta = of("conv.norm.bias"), mean = of("conv.norm.running_mean"),
               variance = of("conv.norm.running_var");
    for (std::size_t o = 0; o < 3; ++o) {
        const double scale = gamma[o] / std::sqrt(variance[o] + 1e-2);
        BOOST_TEST(double(network.conv.bias[o]) == beta[o] - mean[o] * scale, boost::test_tools::tolerance(1e-6));
        for (std::size_t i = 0; i < 2; ++i)
            for (std::size_t k = 0; k < 3; ++k)
                BOOST_TEST(double(network.conv.weight[(o * 3 + k) * 2 + i]) == scale * w[(o * 2 + i) * 3 + k], boost::test_tools::tolerance(1e-6));
    }
    const auto dense_weight = file.load<float>("fc.weight");
    BOOST_TEST(std::equal(dense_weight.data(), dense_weight.data() + 12, network.fc.weight.data()));
}

BOOST_AUTO_TEST_CASE(a_file_of_something_else_is_refused_and_changes_nothing) {
    const scratch_folder place;
    const auto path = place / "weights.safetensors";
    const auto refused = [&](const safetensors_writer& file, const std::string& words) {
        file.save(path);
        auto network = fresh();
        BOOST_CHECK_EXCEPTION(load_published(path, network), error,
                              [&](const error& e) { return std::string{e.what()}.find(words) != std::string::npos; });
        const auto before = fresh();
        BOOST_TEST(std::equal(before.conv.weight.data(), before.conv.weight.data() + 18, network.conv.weight.data()));
    };
    for (const char* name : {"conv.kernel", "conv.norm.running_var", "fc.bias"}) refused(published(name), std::string{"'"} + name + "'");
    auto more = published();
    more.add("aux.weight", A({2}, 1.f));
    refused(more, "'aux.weight' has no place");
    auto other = published("conv.kernel");
    other.add("conv.kernel", A({3, 3, 1, 2}, 1.f));
    refused(other, "'conv.kernel' is [3,3,1,2]; [3,2,3,1] was expected");
    auto ours = published();
    ours.metadata("layout", weight_layout);
    refused(ours, "published ones");
    auto counts = published();                                                      // PyTorch's counter of batches is no weight
    counts.add_integers("conv.norm.num_batches_tracked", {7});
    counts.save(path);
    auto network = fresh();
    BOOST_CHECK_NO_THROW(load_published(path, network));
}
