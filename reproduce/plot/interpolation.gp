# SPDX-License-Identifier: Apache-2.0
# The kind interpolation: panels of rows of images.
load here.'/samples.gp'
