// SPDX-License-Identifier: Apache-2.0
/// \file  The loss of a classifier.
#pragma once

#include <ncsn/autodiff/structure.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace ncsn {

/// Mean of -ln p(label):  ln Σₖ exp(logitₖ) - logit of the label.   logits: [N, K]; labels: N numbers below K.
template <Differentiable X, class Label> auto cross_entropy(const X& logits, std::span<const Label> labels) {
    const shape& s = shape_of(logits);
    require(s.rank() == 2 && s[0] == labels.size(), "cross_entropy: logits are ", s, " but there are ", labels.size(), " labels; [", labels.size(),
            ",K] was expected");
    using A = array_under_t<X>;
    std::vector<typename A::value_type> chosen(s.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        require(labels[i] < s[1], "cross_entropy: label ", static_cast<std::size_t>(labels[i]), " of sample ", i, "; numbers below ", s[1],
                " were expected");
        chosen[i * s[1] + labels[i]] = 1;
    }
    return mean_over_batch(row_log_sum_exp(logits) - row_sum(logits * A{s, std::span<const typename A::value_type>{chosen}}));
}

/// For each sample the class with the largest logit and its probability.
struct prediction {
    std::size_t label;
    double probability;
};
template <Array A> std::vector<prediction> predictions(const A& logits) {
    require(logits.shape().rank() == 2 && logits.shape()[1] > 0 && all_finite(logits), "predictions: logits are ", logits.shape(),
            all_finite(logits) ? "" : " and hold what is not finite", "; [N,classes] of finite numbers was expected");
    const auto p = on_device<cpu>(softmax(logits));
    const std::size_t n = p.shape()[0], classes = p.shape()[1];
    std::vector<prediction> result;
    for (std::size_t i = 0; i < n; ++i) {
        const auto* row = p.data() + i * classes;
        const auto* best = std::max_element(row, row + classes);
        result.push_back({static_cast<std::size_t>(best - row), static_cast<double>(*best)});
    }
    return result;
}

}  // namespace ncsn
