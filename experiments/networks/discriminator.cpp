// SPDX-License-Identifier: Apache-2.0
/// \file  The discriminator's losses and its learning, for every score that is trained beside one.
#include "discriminator.hpp"

namespace ncsn {

discriminator_training::discriminator_training(const discriminator_training_settings& settings, const std::vector<double>& sigmas)
    : settings_{settings}, objective_{sigmas, settings.losses} {}

discriminator_state discriminator_training::start(const shape& images, std::uint64_t seed) const {
    constexpr std::uint32_t own_stream = 3;                                         // beside those of training_session
    constexpr std::size_t large = 64;
    philox rng{seed, own_stream};
    biggan_discriminator<array> network{
        {.channels = images[3], .features = settings_.features, .resolution = std::min(images[1], images[2]) < large ? large / 2 : large}, rng};
    (void)network(array{images.with_rows(1)});                                      // what is too small is found here
    return {network, adam{network, settings_.rates}};
}

array discriminator_training::fakes(const array& s, const array& noisy, const noise_levels& levels) const {
    return objective_.fakes(s, noisy, levels);
}

void discriminator_training::teach(discriminator_state& d, const turn_images<array>& images, philox& rng, std::size_t step, std::size_t parts,
                                   const alone&) {
    turn_ = teach_discriminator(settings_.losses, d.network, d.optimizer, images, rng, step, parts);
    denoising_ = fooling_ = {}, parts_ = parts;
    if constexpr (observable_steps<array>) watch_.see(turn_, step);
}

var<array> discriminator_training::loss(const discriminator_state& d, const var<array>& s, const array& x, const array& noisy,
                                        const noise_levels& levels, const array& z) {
    const auto denoising = objective_.denoising(s, levels, z), fooling = objective_.fooling(s, d.network, x, noisy, levels);
    denoising_ = denoising_.empty() ? plain(denoising) : denoising_ + plain(denoising);
    fooling_ = fooling_.empty() ? plain(fooling) : fooling_ + plain(fooling);
    pixels_ = static_cast<double>(x.shape().row_size());
    return settings_.losses.denoising * denoising + settings_.losses.fooling * fooling;
}

void discriminator_training::end_step(discriminator_state& d, const array& gradient_norm, std::size_t step) {
    advance(d.network, 2);
    gradient_norm_ = gradient_norm;
    if constexpr (observable_steps<array>)
        see_score(step);
}

void discriminator_training::see_score(std::size_t step) {
    watch_.see(static_cast<double>(denoising_.item()) / (pixels_ * static_cast<double>(parts_)), static_cast<double>(gradient_norm_.item()), step);
}

void discriminator_training::tell(json& entry, std::size_t step) {
    const auto put = [&](const char* name, const char* network, const array& sum, std::size_t parts = 1) {
        const double value = static_cast<double>(sum.item()) / static_cast<double>(parts);
        named_network(network, [&] { require_finite(value, step); });
        entry[name] = value;
    };
    put("denoising_loss", the_score, denoising_, parts_), put("fooling_loss", the_score, fooling_, parts_);
    put("gradient_norm", the_score, gradient_norm_);
    put("discriminator_loss", the_discriminator, turn_.loss), put("discriminator_gradient_norm", the_discriminator, turn_.gradient_norm);
    put("discriminator_of_real", the_discriminator, mean(turn_.real)), put("discriminator_of_fake", the_discriminator, mean(turn_.fake));
    if constexpr (!observable_steps<array>) watch_.see(turn_, step), see_score(step);
}

}  // namespace ncsn
