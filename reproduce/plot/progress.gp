# SPDX-License-Identifier: Apache-2.0
# The kind progress: panels of images.
load here.'/samples.gp'
