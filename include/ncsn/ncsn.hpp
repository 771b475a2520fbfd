// SPDX-License-Identifier: Apache-2.0
/// \file  The whole library, in dependency order. arrays/xtensor.hpp and data/xtensor.hpp are left to those who want them: they bring in xtensor.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arithmetic/error.hpp>
#include <ncsn/arithmetic/float16.hpp>
#include <ncsn/arithmetic/host_device.hpp>
#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arithmetic/stop.hpp>

#include <ncsn/arrays/files/atomic_file.hpp>
#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/device.hpp>
#include <ncsn/arrays/eigen.hpp>
#include <ncsn/arrays/elementwise.hpp>
#include <ncsn/arrays/files/image_bytes.hpp>
#include <ncsn/arrays/files/image_file.hpp>
#include <ncsn/arrays/files/jpeg.hpp>
#include <ncsn/arrays/files/png.hpp>
#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/instance_norm_plus.hpp>
#include <ncsn/arrays/async_readback.hpp>
#include <ncsn/arrays/matmul.hpp>
#include <ncsn/arrays/mixture.hpp>
#include <ncsn/arrays/normalization.hpp>
#include <ncsn/arrays/files/npy.hpp>
#include <ncsn/arrays/parallel.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/arrays/files/read_file.hpp>
#include <ncsn/arrays/reductions.hpp>
#include <ncsn/arrays/resampling.hpp>
#include <ncsn/arrays/files/safetensors.hpp>
#include <ncsn/arrays/shape.hpp>
#include <ncsn/arrays/tensor.hpp>
#include <ncsn/arrays/windows.hpp>

#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/autodiff/dual.hpp>
#include <ncsn/autodiff/families.hpp>
#include <ncsn/autodiff/functions.hpp>
#include <ncsn/autodiff/image_operations.hpp>
#include <ncsn/autodiff/module.hpp>
#include <ncsn/autodiff/normalization.hpp>
#include <ncsn/autodiff/structure.hpp>
#include <ncsn/autodiff/var.hpp>

#include <ncsn/data/any_dataset.hpp>
#include <ncsn/data/cifar10.hpp>
#include <ncsn/data/dataset.hpp>
#include <ncsn/data/idx.hpp>
#include <ncsn/data/image_folder.hpp>
#include <ncsn/data/image_resizing.hpp>
#include <ncsn/data/loader.hpp>
#include <ncsn/data/npy_images.hpp>
#include <ncsn/data/open_dataset.hpp>
#include <ncsn/data/planar.hpp>
#include <ncsn/data/read_ahead.hpp>
#include <ncsn/data/transforms.hpp>

#include <ncsn/layers/attention.hpp>
#include <ncsn/layers/batch_norm.hpp>
#include <ncsn/layers/conv2d.hpp>
#include <ncsn/layers/conv_transpose.hpp>
#include <ncsn/layers/dense.hpp>
#include <ncsn/layers/encoder_decoder.hpp>
#include <ncsn/layers/group_norm.hpp>
#include <ncsn/layers/instance_norm.hpp>
#include <ncsn/layers/pointwise.hpp>
#include <ncsn/layers/refine.hpp>
#include <ncsn/layers/residual.hpp>
#include <ncsn/layers/same_conv.hpp>
#include <ncsn/layers/spectral_norm.hpp>
#include <ncsn/layers/timestep_embedding.hpp>
#include <ncsn/layers/unet_block.hpp>

#include <ncsn/levels/columns.hpp>
#include <ncsn/levels/diffusion.hpp>
#include <ncsn/levels/noise_level.hpp>
#include <ncsn/levels/recovery.hpp>
#include <ncsn/levels/schedule.hpp>

#include <ncsn/models/adapters.hpp>
#include <ncsn/models/diffusion_scores.hpp>
#include <ncsn/models/digit_classifier.hpp>
#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/models/energy_score.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/log_density.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/models/nearest_level.hpp>
#include <ncsn/models/recovery_conditional.hpp>
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/models/refinenet.hpp>
#include <ncsn/models/res_score.hpp>
#include <ncsn/models/score_model.hpp>
#include <ncsn/models/toy_resnet.hpp>

#include <ncsn/samplers/ancestral.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/hamiltonian.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/mala.hpp>
#include <ncsn/samplers/metropolis.hpp>
#include <ncsn/samplers/predictor_corrector.hpp>
#include <ncsn/samplers/probability_flow.hpp>
#include <ncsn/samplers/progressive.hpp>
#include <ncsn/samplers/sampler.hpp>
#include <ncsn/samplers/step_size.hpp>
#include <ncsn/samplers/unchecked.hpp>

#include <ncsn/statistics/ecdf.hpp>
#include <ncsn/statistics/frechet.hpp>
#include <ncsn/statistics/plane_grid.hpp>
#include <ncsn/statistics/inception_score.hpp>
#include <ncsn/statistics/kolmogorov_smirnov.hpp>
#include <ncsn/statistics/likelihood.hpp>
#include <ncsn/statistics/mode_weights.hpp>
#include <ncsn/statistics/moments.hpp>
#include <ncsn/statistics/nearest.hpp>
#include <ncsn/statistics/partition_function.hpp>
#include <ncsn/statistics/pca.hpp>

#include <ncsn/training/adam.hpp>
#include <ncsn/training/batches.hpp>
#include <ncsn/training/checkpoint.hpp>
#include <ncsn/training/communicator.hpp>
#include <ncsn/training/cross_entropy.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/ema.hpp>
#include <ncsn/training/gradient.hpp>
#include <ncsn/training/gradient_step.hpp>
#include <ncsn/training/guard.hpp>
#include <ncsn/training/learning_rate.hpp>
#include <ncsn/training/objective.hpp>
#include <ncsn/training/recovery_likelihood.hpp>
#include <ncsn/training/run_directory.hpp>
#include <ncsn/training/score_matching.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>
#include <ncsn/training/training_state.hpp>
#include <ncsn/training/weights.hpp>

#include <iostream>  // the library prints nothing; the programs that include all of it do
