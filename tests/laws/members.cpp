// SPDX-License-Identifier: Apache-2.0
/// \file  Every layer and model of the library lists its members: its copy of another parameter type is made, which asserts it for all parts.
#include <ncsn/models/refinenet.hpp>
#include <ncsn/models/res_score.hpp>
#include <ncsn/models/toy_resnet.hpp>
#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/models/digit_classifier.hpp>
#include <ncsn/models/nearest_level.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/layers/attention.hpp>
#include <ncsn/layers/unet_block.hpp>
#include <ncsn/layers/spectral_norm.hpp>
#include <ncsn/layers/encoder_decoder.hpp>
#include <ncsn/layers/same_conv.hpp>
#include <ncsn/layers/conv_transpose.hpp>
#include <ncsn/models/energy_score.hpp>
#include <ncsn/models/biggan_discriminator.hpp>
#include <ncsn/models/ncsnv2.hpp>
#include <ncsn/models/report_refinenet.hpp>
#include <ncsn/models/report_resnet.hpp>
#include <ncsn/models/unet.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>

using namespace ncsn;
using array = tensor<float>;

namespace {

template <class... M> void copied(std::type_identity<M>...) {
    (static_cast<void>(converted<M>(M{}, [](const array& p) { return p; })), ...);
}

/// A setting and a parameter that were forgotten, and a class with a virtual function that lists all it has.
template <class P> struct forgets_a_setting {
    P weight;
    double scale;
    static constexpr std::tuple members{field{"weight", &forgets_a_setting::weight}};
};
template <class P> struct forgets_a_parameter {
    bool first, second, third;
    P weight;
    static constexpr std::tuple members{field{"first", &forgets_a_parameter::first}, field{"second", &forgets_a_parameter::second},
                                        field{"third", &forgets_a_parameter::third}};
};
template <class P> struct in_another_order {
    bool first;
    P weight;
    bool second;
    double numbers[3];
    static constexpr std::tuple members{field{"weight", &in_another_order::weight}, field{"numbers", &in_another_order::numbers},
                                        field{"second", &in_another_order::second}, field{"first", &in_another_order::first}};
};
/// Settings so small that one more changes no size: counted in an aggregate; with a constructor nothing shows.
template <class P> struct forgets_a_flag {
    P weight;
    std::vector<dense<P>> layers;
    bool first = false, second = false;
    static constexpr std::tuple members{field{"weight", &forgets_a_flag::weight}, field{"layers", &forgets_a_flag::layers},
                                        field{"first", &forgets_a_flag::first}};
};
template <class P> struct lists_its_flags {
    P weight;
    buffer<array> state;
    std::vector<dense<P>> layers;
    std::vector<P> offsets;
    noise_levels levels;
    std::function<double(double)> function;
    bool first = false, second = false;
    static constexpr std::tuple members{field{"weight", &lists_its_flags::weight}, field{"state", &lists_its_flags::state},
                                        field{"layers", &lists_its_flags::layers}, field{"offsets", &lists_its_flags::offsets},
                                        field{"levels", &lists_its_flags::levels}, field{"function", &lists_its_flags::function},
                                        field{"first", &lists_its_flags::first}, field{"second", &lists_its_flags::second}};
};
template <class P> struct has_one_flag_more : lists_its_flags<P> {
    bool third = false;
};
struct tag {};
template <class P> struct with_a_base : tag {
    P weight;
    bool first = false, second = false;
    static constexpr std::tuple members{field{"weight", &with_a_base::weight}, field{"first", &with_a_base::first},
                                        field{"second", &with_a_base::second}};
};
template <class P> struct hides_a_flag {
    P weight;
    bool first = false, second = false;
    static constexpr std::tuple members{field{"weight", &hides_a_flag::weight}, field{"first", &hides_a_flag::first}};
    hides_a_flag() = default;
};
struct with_virtual_function {
    virtual ~with_virtual_function() = default;
    array weight;
    static constexpr std::tuple members{field{"weight", &with_virtual_function::weight}};
};

}  // namespace

static_assert(!lists_its_members<forgets_a_setting<array>> && !lists_its_members<forgets_a_parameter<array>>);
static_assert(lists_its_members<in_another_order<array>> && lists_its_members<with_virtual_function>);
static_assert(!lists_its_members<forgets_a_flag<array>> && !lists_its_members<has_one_flag_more<array>>);
static_assert(lists_its_members<lists_its_flags<array>> && lists_its_members<with_a_base<array>>);
static_assert(lists_its_members<hides_a_flag<array>>);                                // the limit, which docs/decisions/members.md names

BOOST_AUTO_TEST_CASE(no_layer_of_the_library_forgets_a_member) {
    using std::type_identity;
    copied(type_identity<refinenet<array>>{}, type_identity<refinenet<array, unconditional_norm>>{}, type_identity<res_score_block<array>>{},
           type_identity<toy_resnet<array>>{}, type_identity<energy_mlp<array>>{}, type_identity<mlp<array>>{},
           type_identity<digit_classifier<array>>{}, type_identity<nearest_level<mlp<array>>>{}, type_identity<parametrised<mlp<array>>>{},
           type_identity<reduced_precision<float, mlp<array>>>{}, type_identity<energy_score<energy_mlp<array>>>{},
           type_identity<report_refinenet<array>>{}, type_identity<report_resnet<array>>{}, type_identity<ncsnv2<array>>{},
           type_identity<unet<array>>{}, type_identity<biggan_discriminator<array>>{});
    copied(type_identity<attention_block<array>>{}, type_identity<unet_residual<array>>{}, type_identity<unet_upsample<array>>{},
           type_identity<spectral_conv<array>>{}, type_identity<spectral_dense<array>>{}, type_identity<same_conv_layer<array>>{},
           type_identity<same_conv_transpose_layer<array>>{}, type_identity<conv_transpose_layer<array>>{}, type_identity<batch_norm_layer<array>>{},
           type_identity<group_norm_layer<array>>{}, type_identity<conv_mean_pool<array>>{});
    BOOST_TEST(true);
}
