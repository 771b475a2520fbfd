# SPDX-License-Identifier: Apache-2.0
# The kind nearest: panels of images.
load here.'/samples.gp'
