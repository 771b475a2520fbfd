// SPDX-License-Identifier: Apache-2.0
/// \file  A model as a tree of parameters: one `members` tuple a struct names its leaves, and everything that walks parameters follows.
#pragma once

#include <ncsn/autodiff/dual.hpp>

#include <string>
#include <tuple>

namespace ncsn {

inline std::string numbered(std::size_t i) { return std::to_string(i); }

/// One entry of a `members` tuple: a name and the member it names. The elements of a vector are called name.0, name.1, ... unless `element` says
/// otherwise. Without a name the members of a module (or the elements of a vector) count as the owner's.
template <class Owner, class Member> struct field {
    const char* name;
    Member Owner::*member;
    std::string (*element)(std::size_t) = numbered;

    constexpr field(const char* n, Member Owner::*m, std::string (*e)(std::size_t) = numbered) : name{n}, member{m}, element{e} {}
};

/// A struct with a `members` tuple. It lists every data member: parameters (leaves), modules and vectors of modules (branches), buffers, and
/// settings, which are copied along and otherwise passed over.
template <class M>
concept Module = requires { std::remove_cvref_t<M>::members; };

/// State that is no parameter: copied, saved and averaged with the model, never differentiated.
template <Array A> struct buffer {
    A value;
};
template <class T> inline constexpr bool is_buffer = false;
template <class A> inline constexpr bool is_buffer<buffer<A>> = true;

template <class T> inline constexpr bool is_leaf = Array<T> || is_var<T>;
template <class T> inline constexpr bool is_vector = false;
template <class T, class Allocator> inline constexpr bool is_vector<std::vector<T, Allocator>> = Module<T> || is_leaf<T>;

/// M with every parameter type From replaced by To, in all its template arguments; buffers keep their type.
template <class M, class From, class To> struct rebind { using type = M; };
template <class From, class To> struct rebind<From, From, To> { using type = To; };
template <class A, class From, class To> struct rebind<buffer<A>, From, To> { using type = buffer<A>; };
template <template <class...> class M, class... Parts, class From, class To>
    requires(!std::same_as<M<Parts...>, From>)
struct rebind<M<Parts...>, From, To> {
    using type = M<typename rebind<Parts, From, To>::type...>;
};
template <class M, class From, class To> using rebind_t = typename rebind<M, From, To>::type;

/// Walks trees of the same structure in step. visit(path, part, parts...) is called for every leaf, buffer and setting; Resize makes the
/// vectors of the later trees as long as the first one's.
template <bool Resize, class Visit, class First, class... Rest>
void walk(const Visit& visit, const std::string& path, First& first, Rest&... rest) {
    using node = std::remove_const_t<First>;
    if constexpr (Module<node>) {
        const auto step = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
            const auto& entry = std::get<I>(node::members);
            const std::string prefix = path.empty() || path.back() == '.' ? path : path + '.';
            auto& child = first.*(entry.member);
            if constexpr (is_vector<std::remove_cvref_t<decltype(child)>>) {
                if constexpr (Resize) ((rest.*(std::get<I>(std::remove_cvref_t<Rest>::members).member)).resize(child.size()), ...);
                else {
                    (require((rest.*(std::get<I>(std::remove_cvref_t<Rest>::members).member)).size() == child.size(), "models differ: ", prefix,
                             entry.name, " has ", child.size(), " parts in one and another number in the other"),
                     ...);
                }
                for (std::size_t i = 0; i < child.size(); ++i) {
                    const std::string name = *entry.name ? entry.name + ('.' + entry.element(i)) : entry.element(i);
                    walk<Resize>(visit, prefix + name, child[i], (rest.*(std::get<I>(std::remove_cvref_t<Rest>::members).member))[i]...);
                }
            } else walk<Resize>(visit, prefix + entry.name, child, rest.*(std::get<I>(std::remove_cvref_t<Rest>::members).member)...);
        };
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (step(std::integral_constant<std::size_t, I>{}), ...);
        }(std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(node::members)>>>{});
    } else visit(path, first, rest...);
}

/// f(parameter, the same parameter of the other trees...) for every parameter.
template <class F, class First, class... Rest> void for_each_leaf(const F& f, First& first, Rest&... rest) {
    walk<false>([&f](const std::string&, auto& leaf, auto&... others) {
        if constexpr (is_leaf<std::remove_cvref_t<decltype(leaf)>>) f(leaf, others...);
    }, std::string{}, first, rest...);
}
/// f(name, parameter, ...) for every parameter and, as an array, every buffer: what a checkpoint holds.
template <class F, class First, class... Rest> void for_each_named(const F& f, First& first, Rest&... rest) {
    walk<false>([&f](const std::string& path, auto& leaf, auto&... others) {
        using node = std::remove_cvref_t<decltype(leaf)>;
        if constexpr (is_leaf<node>) f(path, leaf, others...);
        else if constexpr (is_buffer<node>) f(path, leaf.value, others.value...);
    }, std::string{}, first, rest...);
}

/// A tree of another parameter type: leaves through `convert`, everything else copied.
template <class To, class From, class Convert> To converted(const From& model, const Convert& convert) {
    To result;
    walk<true>([&convert](const std::string&, const auto& from, auto& to) {
        if constexpr (is_leaf<std::remove_cvref_t<decltype(from)>>) to = convert(from);
        else to = from;
    }, std::string{}, model, result);
    return result;
}

/// The type of a model's parameters: the first leaf of the tree.
template <class M> struct parameter_of {
    template <class Node> static auto find() {
        if constexpr (is_leaf<Node>) return std::type_identity<Node>{};
        else if constexpr (is_vector<Node>) return find<typename Node::value_type>();
        else if constexpr (Module<Node>)
            return search<Node>(std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(Node::members)>>>{});
        else return std::type_identity<void>{};
    }
    template <class Node, std::size_t... I> static auto search(std::index_sequence<I...>) {
        return first(find<std::remove_cvref_t<decltype(std::declval<Node>().*(std::get<I>(Node::members).member))>>()...);
    }
    static auto first() { return std::type_identity<void>{}; }
    template <class Head, class... Tail> static auto first(std::type_identity<Head> head, Tail... tail) {
        if constexpr (std::is_void_v<Head>) return first(tail...);
        else return head;
    }
    using type = typename decltype(find<M>())::type;
};
template <class M> using parameter_t = typename parameter_of<std::remove_cvref_t<M>>::type;
/// Whether a model's parameters are on a tape.
template <class M> inline constexpr bool on_tape = is_var<parameter_t<M>>;

/// A module that can be put on a tape: a struct template over the type of its parameters, so that the type can be replaced.
template <class M>
concept Trainable = Module<M> && !std::same_as<rebind_t<M, parameter_t<M>, var<parameter_t<M>>>, M>;

/// The model with every parameter a leaf of the tape.
template <Module M, Array A> auto on(tape<A>& t, const M& model) {
    return converted<rebind_t<M, A, var<A>>>(model, [&t](const A& p) { return on(t, p); });
}
/// The model with plain parameters.
template <Module M> auto values(const M& model) {
    if constexpr (on_tape<M>) {
        using A = array_under_t<parameter_t<M>>;
        return converted<rebind_t<M, var<A>, A>>(model, [](const var<A>& p) { return p.value(); });
    } else return model;
}
/// The adjoints of a model on a tape after a sweep, as a model; zero where nothing arrived.
template <Module M> auto adjoints(const M& model) {
    using A = array_under_t<parameter_t<M>>;
    return converted<rebind_t<M, var<A>, A>>(model, [](const var<A>& p) {
        const A& adjoint = p.place().tape->adjoint(p.place().index);
        return adjoint.empty() ? zeros_like(p) : adjoint;
    });
}
/// How many numbers the parameters are.
template <Module M> std::size_t parameter_count(const M& model) {
    std::size_t n = 0;
    for_each_leaf([&n](const auto& p) { n += shape_of(p).size(); }, model);
    return n;
}

}  // namespace ncsn
