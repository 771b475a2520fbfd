# SPDX-License-Identifier: Apache-2.0
# The kind inpainting: panels of images.
load here.'/samples.gp'
