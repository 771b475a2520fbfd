# SPDX-License-Identifier: Apache-2.0
# The kind sweep: panels of images.
load here.'/samples.gp'
