// SPDX-License-Identifier: Apache-2.0
/// \file  Trains a network on images. Defaults: MNIST in Song & Ermon (2019), with a running average, which that paper has not; CIFAR-10 there has
/// --features 128 --flip.
#include "networks/training_session.hpp"
#include "networks/trained_network.hpp"
#include "support/early_option.hpp"

using namespace ncsn;

/// What a network named in the arguments, or a discriminator, has in place of the usual defaults.
void take_defaults(training_settings& s, int argc, char** argv) {
    s.model = early_option(argc, argv, "--model", s.model);
    s.adversarial = early_option(argc, argv, "--adversarial", s.adversarial);
    if (s.is_adversarial()) s.rate = hybrid_score_adam.rate, s.beta1 = hybrid_score_adam.beta1, s.beta2 = hybrid_score_adam.beta2;
    if (const auto found = catalogue().find(s.model); found != catalogue().end() && found->second.defaults) found->second.defaults(s);
}

int main(int argc, char** argv) {
    training_settings s;
    take_defaults(s, argc, argv);
    program_options app{"Trains a network on images and keeps everything about the run in one folder.", "train"};
    s.add_to(app);
    return run_program(app, argc, argv, [&] {
        require(!s.resume || !s.force, "--resume continues a run and --force replaces it; give one of them");
        std::optional<run_directory> run;
        if (s.resume) {
            run.emplace(s.out, existing_run::resume);
            s = resumed(s, *run, argc, argv);
        }
        s.check();
        use_threads(s.threads);
        const bool energy = network_named(s.model).energy;
        const auto sigmas = energy ? noise_of(recovery_of(s).make()) : make_schedule(s.schedule, {s.sigma_first, s.sigma_last, s.levels});
        const data_set data = open_dataset<host_array>(s.data, split::train, s.data_dir);
        const data_set test_data = find_dataset<host_array>(s.data, split::test, s.data_dir).value_or(data_set{});
        require(s.batch > 0 && s.batch <= data.size(), "--batch ", s.batch, ": 1 to ", data.size(), " images, as many as there are, were expected");
        return network_named(s.model).train({s, data, test_data, sigmas, run});
    });
}
